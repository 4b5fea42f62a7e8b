package run

import (
	"slices"
	"sync"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/target"
)

// A round is what becomes of executions that run side by side. A result is held back until something that began after it has shown the instance alive: a target may end later than the
// connections of whoever ended it. What is still held when an instance is lost is under suspicion. Its methods may be called concurrently.
type round struct {
	mu        sync.Mutex
	held      []held // in the order in which they ended
	ended     int    // executions that have ended
	lost      []*target.Instance
	postponed []Execution // had not begun when their instance was lost
}

// A held is a result that is not yet sure.
type held struct {
	Execution
	instance *target.Instance
	result   *event.Result
	place    int // in the order in which executions end
}

// begin returns the place of the next that ends, or postpones e, whose instance is lost.
func (o *round) begin(e Execution, i *target.Instance) (place int, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if ended(i) && !slices.Contains(o.lost, i) {
		o.lost = append(o.lost, i)
	}
	if slices.Contains(o.lost, i) {
		o.postponed = append(o.postponed, e)
		return 0, false
	}
	return o.ended, true
}

// end holds the result of e.
func (o *round) end(e Execution, i *target.Instance, result *event.Result) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.held = append(o.held, held{Execution: e, instance: i, result: result, place: o.ended})
	o.ended++
}

// now returns the place of the next that ends.
func (o *round) now() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ended
}

// take hands out what ended on the instance before that place.
func (o *round) take(i *target.Instance, place int) []*event.Result {
	o.mu.Lock()
	defer o.mu.Unlock()
	var sure []*event.Result
	o.held = slices.DeleteFunc(o.held, func(h held) bool {
		take := h.instance == i && h.place < place
		if take {
			sure = append(sure, h.result)
		}
		return take
	})
	return sure
}

// lose notes that the instance gives no sign of life.
func (o *round) lose(i *target.Instance) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !slices.Contains(o.lost, i) {
		o.lost = append(o.lost, i)
	}
}

// unsure returns the instances of what is still held that are not lost.
func (o *round) unsure() []*target.Instance {
	o.mu.Lock()
	defer o.mu.Unlock()
	var list []*target.Instance
	for _, h := range o.held {
		if !slices.Contains(list, h.instance) && !slices.Contains(o.lost, h.instance) {
			list = append(list, h.instance)
		}
	}
	return list
}

// suspects returns what is still held of a lost instance.
func (o *round) suspects(i *target.Instance) []Execution {
	o.mu.Lock()
	defer o.mu.Unlock()
	var list []Execution
	for _, h := range o.held {
		if h.instance == i {
			list = append(list, h.Execution)
		}
	}
	return list
}

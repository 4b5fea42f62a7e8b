package server

import (
	"slices"
	"sync"
)

// A queue runs functions one after the other, in the order in which they were
// pushed. It has a goroutine only while there is something to run.
type queue struct {
	start    func(func()) // starts a goroutine
	maxItems int
	maxBytes int64

	itemsMu sync.Mutex // guards what follows
	items   []item
	bytes   int64
	running bool
}

// An item is a function in a queue. An event may be discarded, and counts
// against the limits.
type item struct {
	run   func()
	event bool
	bytes int64
}

// push adds an item. It returns false, and adds nothing, if that exceeds a
// limit.
func (q *queue) push(i item) bool {
	q.itemsMu.Lock()
	defer q.itemsMu.Unlock()
	if i.event && (len(q.items) >= q.maxItems || q.bytes+i.bytes > q.maxBytes) {
		return false
	}
	q.items = append(q.items, i)
	q.bytes += i.bytes
	if !q.running {
		q.running = true
		q.start(q.loop)
	}
	return true
}

// discard removes the events that have not begun to run.
func (q *queue) discard() {
	q.itemsMu.Lock()
	defer q.itemsMu.Unlock()
	q.items = slices.DeleteFunc(q.items, func(i item) bool { return i.event })
	q.bytes = 0
}

func (q *queue) loop() {
	for {
		i, ok := q.next()
		if !ok {
			return
		}
		i.run()
	}
}

func (q *queue) next() (item, bool) {
	q.itemsMu.Lock()
	defer q.itemsMu.Unlock()
	if len(q.items) == 0 {
		q.items, q.running = nil, false
		return item{}, false
	}
	i := q.items[0]
	q.items[0] = item{}
	q.items = q.items[1:]
	q.bytes = max(0, q.bytes-i.bytes)
	return i, true
}

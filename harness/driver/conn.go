package driver

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/sio-conform/sio-conform/harness/target"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// Limits of what a driver may say.
const (
	maxLine  = 16 << 20 // bytes of a line
	maxLines = 20000    // lines in one scenario
)

// A Link is a running driver as its starter hands it over.
type Link struct {
	In         io.WriteCloser
	Out        io.ReadCloser
	Stop       func()          // ends it and waits for the end
	Exited     <-chan struct{} // closed when it has ended; nil when nobody can tell
	ExitStatus func() string
	Printed    func() string // the end of what it printed beside the protocol
}

// A Start starts a driver, or waits for one that somebody else starts.
type Start func(ctx context.Context) (Link, error)

// Spawn starts drivers by their description.
func Spawn(spec *target.Spec) Start {
	return func(context.Context) (Link, error) {
		p, stdio, err := spec.StartDriver()
		if err != nil {
			return Link{}, err
		}
		return Link{In: stdio.In, Out: stdio.Out, Stop: p.Stop, Exited: p.Exited(), ExitStatus: p.ExitStatus, Printed: p.Printed}, nil
	}
}

// A Hello is what a driver says of itself.
type Hello struct {
	Driver       int      `json:"driver"` // version of the protocol
	Client       string   `json:"client"`
	Version      string   `json:"version"`
	Revisions    []int    `json:"revisions"`
	Transports   []string `json:"transports"`
	Capabilities []string `json:"capabilities"`
}

// ProtocolVersion is the version of docs/driver.md.
const ProtocolVersion = 1

// Has reports whether the driver announces the capability.
func (h *Hello) Has(capability string) bool { return slices.Contains(h.Capabilities, capability) }

// errSilent says that a driver did not answer an operation in time.
var errSilent = errors.New("driver: it does not answer")

// A Conn is a conversation with one driver. A scenario has it for itself.
type Conn struct {
	link  Link
	hello Hello
	met   map[string]bool // addresses of the scripted servers that it has met; the leasing scenario's goroutine only

	writeMu sync.Mutex
	nextID  int

	stateMu sync.Mutex
	replies map[int]chan Line
	sink    func(Line)                   // takes the events
	spoken  func(wire.Direction, []byte) // sees every line
	lines   int                          // in this scenario
	broken  error                        // why no further line can come
	gone    chan struct{}                // closed with broken
}

// helloWithin is how long a driver may take to start and say hello.
const helloWithin = 60 * time.Second

func open(ctx context.Context, start Start, scale float64) (*Conn, error) {
	link, err := start(ctx)
	if err != nil {
		return nil, err
	}
	c := &Conn{link: link, met: map[string]bool{}, replies: map[int]chan Line{}, gone: make(chan struct{})}
	c.attach(nil, nil)
	go c.read()
	if err := c.greet(ctx, time.Duration(float64(helloWithin)*scale)); err != nil {
		c.Close()
		return nil, fmt.Errorf("driver: no hello: %w; it printed: %s", err, c.printed())
	}
	return c, nil
}

func (c *Conn) greet(ctx context.Context, within time.Duration) error {
	reply, err := c.Call(ctx, Op{"op": "hello"}, within)
	if err != nil {
		return err
	}
	text, err := json.Marshal(reply)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &c.hello); err != nil {
		return err
	}
	switch {
	case c.hello.Driver != ProtocolVersion:
		return fmt.Errorf("it speaks version %d of the driver protocol, and this is version %d", c.hello.Driver, ProtocolVersion)
	case len(c.hello.Revisions) == 0:
		return errors.New("it names no protocol revision")
	}
	return nil
}

// attach hands events to sink from now on, and every line to spoken.
func (c *Conn) attach(sink func(Line), spoken func(wire.Direction, []byte)) {
	c.stateMu.Lock()
	defer c.stateMu.Unlock()
	if sink == nil {
		sink = func(Line) {}
	}
	if spoken == nil {
		spoken = func(wire.Direction, []byte) {}
	}
	c.sink, c.spoken, c.lines = sink, spoken, 0
}

func (c *Conn) read() {
	scanner := bufio.NewScanner(c.link.Out)
	scanner.Buffer(make([]byte, 64<<10), maxLine)
	for scanner.Scan() {
		if err := c.take(slices.Clone(scanner.Bytes())); err != nil {
			c.fail(err)
			return
		}
	}
	err := scanner.Err()
	if err == nil {
		err = io.EOF
	}
	c.fail(err)
}

// take handles one line.
func (c *Conn) take(text []byte) error {
	l, err := parseLine(text)
	if err != nil {
		return err
	}
	c.stateMu.Lock()
	c.lines++
	flood, sink, spoken := c.lines > maxLines, c.sink, c.spoken
	var waiting chan Line
	if l["re"] != nil {
		id := int(l.Number("re"))
		waiting = c.replies[id]
		delete(c.replies, id)
	}
	c.stateMu.Unlock()
	spoken(wire.In, text)
	switch {
	case flood:
		return fmt.Errorf("driver: it floods: more than %d lines", maxLines)
	case l["re"] == nil && l["ev"] == nil:
		return fmt.Errorf("driver: neither a reply nor an event: %s", wire.Quote(text))
	case l["ev"] != nil:
		sink(l)
	case waiting == nil:
		return fmt.Errorf("driver: a reply to nothing: %s", wire.Quote(text))
	default:
		waiting <- l
	}
	return nil
}

func (c *Conn) fail(err error) {
	c.stateMu.Lock()
	c.broken = err
	sink := c.sink
	c.stateMu.Unlock()
	close(c.gone)
	sink(nil) // whoever waits looks again
}

// Broken returns why the driver says nothing any more, nil while it may.
func (c *Conn) Broken() error {
	c.stateMu.Lock()
	defer c.stateMu.Unlock()
	return c.broken
}

// Call sends an operation and waits for its reply.
func (c *Conn) Call(ctx context.Context, op Op, within time.Duration) (Line, error) {
	answer, err := c.send(op)
	if err != nil {
		return nil, err
	}
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case l := <-answer:
		return l, nil
	case <-c.gone:
		select { // the reply may have been its last words
		case l := <-answer:
			return l, nil
		default:
			return nil, c.Broken()
		}
	case <-timer.C:
		return nil, fmt.Errorf("%w: %s within %v", errSilent, op["op"], within)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (c *Conn) send(op Op) (<-chan Line, error) {
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	c.nextID++
	op = maps.Clone(op)
	op["id"] = c.nextID
	text, err := json.Marshal(op)
	if err != nil {
		return nil, err
	}
	answer := make(chan Line, 1)
	c.stateMu.Lock()
	c.replies[c.nextID] = answer
	spoken := c.spoken
	c.stateMu.Unlock()
	spoken(wire.Out, text)
	_, err = c.link.In.Write(append(text, '\n'))
	if err != nil {
		select { // what ended it says more than that it does not listen
		case <-c.gone:
			return answer, nil
		case <-time.After(time.Second):
		}
	}
	return answer, err
}

// Close ends the driver.
func (c *Conn) Close() {
	_ = c.link.In.Close() // a driver ends at the end of its input
	if c.link.Stop != nil {
		c.link.Stop()
	}
	_ = c.link.Out.Close()
	<-c.gone
}

// A Died says that a driver ended, or cannot be used any more, in the middle of a scenario.
type Died struct {
	Reason  string
	Printed string
}

func (d *Died) Error() string { return d.Reason }

// death says what became of a driver of which no further line can come.
func (c *Conn) death(err error) *Died {
	d := &Died{Reason: fmt.Sprintf("the driver cannot be used any more: %v", err)}
	if errors.Is(err, io.EOF) && c.link.Exited != nil {
		select {
		case <-c.link.Exited:
			d.Reason = "the client ended: " + c.link.ExitStatus()
		case <-time.After(time.Second):
			d.Reason = "the driver closed its output and runs on"
		}
	}
	d.Printed = c.printed()
	return d
}

// printed returns the end of what the driver printed beside the protocol.
func (c *Conn) printed() string {
	if c.link.Printed == nil {
		return ""
	}
	return c.link.Printed()
}

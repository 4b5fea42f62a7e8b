// Package driver is a driver of docs/driver.md around the reference client: the correct client of the project, against which the suite for clients is proved.
package driver

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/sio-conform/sio-conform/reference/client"
)

// Options say how a driver differs from one of its own.
type Options struct {
	Version string // of the client, for hello
	// Dial opens network connections. Default: that of a net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// maxLine bounds a line, in bytes.
const maxLine = 16 << 20

// Serve reads operations from in and writes replies and events to out, until in ends or the operation exit comes. When it returns nothing of the client is left. The error is that of in, or says
// that a line is no operation.
func Serve(in io.Reader, out io.Writer, o Options) error {
	d := &driver{options: o, began: time.Now(), out: out, scene: newScene()}
	defer d.end()
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	for lines.Scan() {
		var op operation
		if err := json.Unmarshal(lines.Bytes(), &op); err != nil {
			return fmt.Errorf("driver: no operation: %w", err)
		}
		switch op.Op {
		case "exit":
			return nil
		case "pause":
			d.closing.Go(func() { d.pause(op) })
		default:
			d.answer(op.ID, d.attempt(op))
		}
	}
	return lines.Err()
}

// An operation is a line of the harness.
type operation struct {
	ID       int                        `json:"id"`
	Op       string                     `json:"op"`
	Sock     string                     `json:"sock"`
	URL      string                     `json:"url"`
	Opts     map[string]json.RawMessage `json:"opts"`
	Revision int                        `json:"revision"`
	Event    json.RawMessage            `json:"event"`
	Args     []json.RawMessage          `json:"args"`
	Ack      *string                    `json:"ack"`
	Volatile bool                       `json:"volatile"`
	Timeout  int                        `json:"timeout"`
	Promise  bool                       `json:"promise"`
	Reply    []json.RawMessage          `json:"reply"`
	Times    int                        `json:"times"`
	Dir      string                     `json:"dir"`
	Auth     json.RawMessage            `json:"auth"`
	Query    json.RawMessage            `json:"query"`
	MS       int                        `json:"ms"`
	Once     bool                       `json:"once"`
	Of       string                     `json:"of"`
	Space    string                     `json:"namespace"`
	Ops      []operation                `json:"ops"`
}

// A line is what the driver writes: a reply or an event.
type line = map[string]any

// A driver is one conversation.
type driver struct {
	options Options
	began   time.Time
	closing sync.WaitGroup // what ends by itself: pauses, and clients of former scenes

	outMu sync.Mutex // serializes writes
	out   io.Writer

	sceneMu sync.Mutex // guards scene
	scene   *scene
}

func (d *driver) write(l line) {
	text, err := json.Marshal(l)
	if err != nil {
		panic(err) // a defect of this package
	}
	d.outMu.Lock()
	defer d.outMu.Unlock()
	_, _ = d.out.Write(append(text, '\n')) // a harness that is gone ends the input too
}

func (d *driver) answer(id int, reply line) {
	reply["re"] = id
	d.write(reply)
}

// report writes an event.
func (d *driver) report(ev string, l line) {
	l["ev"], l["t"] = ev, float64(time.Since(d.began).Microseconds())/1000
	d.write(l)
}

func (d *driver) pause(op operation) {
	<-time.After(time.Duration(op.MS) * time.Millisecond)
	d.answer(op.ID, line{"ok": true})
}

// attempt does an operation and returns its reply.
func (d *driver) attempt(op operation) line {
	reply, err := d.do(op)
	if err != nil {
		return line{"ok": false, "err": err.Error()}
	}
	if reply == nil {
		reply = line{}
	}
	reply["ok"] = true
	return reply
}

// current returns the scene that is played.
func (d *driver) current() *scene {
	d.sceneMu.Lock()
	defer d.sceneMu.Unlock()
	return d.scene
}

// reset begins a new scene. The sockets of the old one say nothing any more.
func (d *driver) reset() {
	d.sceneMu.Lock()
	old := d.scene
	d.scene = newScene()
	d.sceneMu.Unlock()
	old.over.Store(true)
	d.closing.Go(func() { old.close() })
}

func (d *driver) end() {
	d.reset()
	d.closing.Wait()
}

var errUnknown = errors.New("unsupported: op")

// do does an operation.
func (d *driver) do(op operation) (line, error) {
	switch op.Op {
	case "hello":
		return d.hello(), nil
	case "batch":
		replies := make([]line, len(op.Ops))
		for i, inner := range op.Ops {
			replies[i] = d.attempt(inner)
		}
		return line{"replies": replies}, nil
	case "open":
		return d.open(op)
	case "sibling":
		return d.sibling(op)
	case "reset":
		d.reset()
		return nil, nil
	}
	s, err := d.current().find(op.Sock)
	if err != nil {
		return nil, err
	}
	switch op.Op {
	case "on":
		return nil, s.on(op)
	case "emit":
		return nil, s.emit(op)
	case "connect":
		s.Connect()
	case "disconnect":
		s.Disconnect()
	case "state":
		return s.state(), nil
	case "set":
		return nil, s.set(op)
	case "kill":
		s.Manager().Interrupt()
	case "when":
		return nil, s.when(op)
	case "any":
		s.any(op)
	case "off":
		return nil, s.takeAway("event " + string(op.Event))
	case "offAny":
		return nil, s.takeAway("any " + op.Dir)
	case "throwOn":
		return nil, s.throwOn(op)
	default:
		return nil, fmt.Errorf("%w %s", errUnknown, op.Op)
	}
	return nil, nil
}

// capabilities are all that docs/driver.md knows.
var capabilities = []string{
	"binary", "reset", "when", "any-in", "any-out", "set", "kill", "throw", "volatile", "timeout", "promise", "auth-function", "ack-timeout", "retries", "try-all-transports",
	"remember-upgrade", "force-base64", "recovery", "max-payload", "manager-events", "manager-ping", "once", "off", "any-off", "sibling", "timestamps", "add-trailing-slash", "cookies",
	"event-state", "event-active", "disconnect-details",
}

func (d *driver) hello() line {
	return line{
		"driver": 1, "client": "sio-conform reference client", "version": d.options.Version, "revisions": []int{4, 5}, "transports": []string{client.Polling, client.WebSocket},
		"capabilities": capabilities,
	}
}

package driver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sio-conform/sio-conform/reference/client"
)

// A scene is what was opened since the last reset.
type scene struct {
	io   client.Client
	over atomic.Bool // nothing of it is reported any more

	openMu   sync.Mutex // guards what follows
	sockets  map[string]*socket
	managers []*client.Manager
}

func newScene() *scene { return &scene{sockets: map[string]*socket{}} }

// closeWithin is how long the last packets of a scene may take.
const closeWithin = time.Second

func (c *scene) close() {
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	_ = c.io.Close(ctx) // what did not go out in time is cut
}

func (c *scene) find(label string) (*socket, error) {
	c.openMu.Lock()
	defer c.openMu.Unlock()
	if s := c.sockets[label]; s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("there is no socket %q", label)
}

// add takes a socket up. It returns the number of its manager, and whether that is a new one.
func (c *scene) add(s *socket) (number int, isNew bool, err error) {
	c.openMu.Lock()
	defer c.openMu.Unlock()
	if c.sockets[s.label] != nil {
		return 0, false, fmt.Errorf("the label %q is taken", s.label)
	}
	c.sockets[s.label] = s
	number = slices.Index(c.managers, s.Manager())
	if number < 0 {
		number, isNew = len(c.managers), true
		c.managers = append(c.managers, s.Manager())
	}
	return number, isNew, nil
}

// open makes a socket, listens to it, and connects it unless it is to wait.
func (d *driver) open(op operation) (line, error) {
	config, connect, err := d.config(op)
	if err != nil {
		return nil, err
	}
	c := d.current()
	config.Panic = func(v any) {
		if !c.over.Load() {
			d.report("uncaught", line{"message": fmt.Sprint(v)})
		}
	}
	made, err := c.io.Open(op.URL, config)
	if err != nil {
		return nil, err
	}
	return d.take(&socket{Socket: made, driver: d, scene: c, label: op.Sock, revision4: op.Revision == 4}, connect)
}

// sibling asks the connection of a socket for the socket of another namespace, and connects that as the library's own way of opening one does.
func (d *driver) sibling(op operation) (line, error) {
	c := d.current()
	of, err := c.find(op.Of)
	if err != nil {
		return nil, err
	}
	made, err := of.Manager().Socket(op.Space, client.Config{})
	if err != nil {
		return nil, err
	}
	return d.take(&socket{Socket: made, driver: d, scene: c, label: op.Sock, revision4: of.revision4}, true)
}

// take takes a socket up, listens to it, and connects it if it is to.
func (d *driver) take(s *socket, connect bool) (line, error) {
	number, isNew, err := s.scene.add(s)
	if err != nil {
		return nil, err
	}
	if isNew {
		s.scene.watch(d, s.Manager(), number)
	}
	s.watch()
	if connect {
		s.Connect()
	}
	return line{"mgr": number}, nil
}

// watch reports what happens to a connection.
func (c *scene) watch(d *driver, m *client.Manager, number int) {
	m.Notify(func(e client.Event) {
		if c.over.Load() {
			return
		}
		l := line{"mgr": number, "name": string(e.Kind), "arg": nil}
		switch {
		case e.Attempt > 0:
			l["arg"] = e.Attempt
		case e.Err != nil:
			l["arg"] = e.Err.Error()
		}
		d.report("mgr", l)
	})
}

// watch reports the life of a socket.
func (s *socket) watch() {
	s.OnConnect(func(id string, recovered bool) { s.report("connect", s.seen(line{"id": id, "recovered": recovered})) })
	s.OnDisconnect(func(r client.Reason, err error) {
		l := s.seen(line{"reason": reason(r), "id": orNull(s.ID())})
		if err != nil {
			l["details"] = err.Error()
		}
		s.report("disconnect", l)
	})
	s.OnConnectError(func(err error) {
		refused, ok := errors.AsType[*client.RefusedError](err)
		switch {
		case ok && s.revision4:
			s.report("error", line{"data": orUndefined(refused.Data)})
		case ok:
			s.report("connect_error", s.seen(line{"message": refused.Message, "data": orUndefined(refused.Data)}))
		default:
			s.report("connect_error", s.seen(line{"message": err.Error(), "data": undefined}))
		}
	})
}

// seen adds what a listener sees of the socket.
func (s *socket) seen(l line) line {
	l["connected"], l["active"] = s.Connected(), s.Active()
	return l
}

// orNull returns a text, or null for an empty one.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// reason returns the driver protocol's word for a reason.
func reason(r client.Reason) string {
	if r == client.Overflow {
		return string(client.TransportError)
	}
	return string(r)
}

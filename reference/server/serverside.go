package server

import (
	"context"
	"fmt"

	"github.com/sio-conform/sio-conform/reference/sio"
)

// OnServerSide registers a function for an event that another server of the
// cluster sends with [Namespace.ServerSideEmit]. Ack is nil if that wants no
// acknowledgement. It runs in a goroutine of the adapter.
func (n *Namespace) OnServerSide(event string, h Handler) {
	n.handlersMu.Lock()
	defer n.handlersMu.Unlock()
	if n.serverSide == nil {
		n.serverSide = map[string][]Handler{}
	}
	n.serverSide[event] = append(n.serverSide[event], h)
}

// ServerSideEmit sends an event to the other servers of the cluster, and to none
// with the adapter in memory. Arguments are those of [Socket.Emit]. The error
// says that one has no JSON form, that the name is reserved, or comes from the
// adapter.
func (n *Namespace) ServerSideEmit(event string, args ...any) error {
	_, err := n.askServers(context.Background(), noAck, event, args)
	return err
}

// ServerSideEmitWithAck sends an event to the other servers of the cluster and
// returns the arguments of their acknowledgements. If ctx ends before all are
// there it returns an error and those that came.
func (n *Namespace) ServerSideEmitWithAck(ctx context.Context, event string, args ...any) ([]Args, error) {
	return n.askServers(ctx, n.nextAck(), event, args)
}

func (n *Namespace) askServers(ctx context.Context, id int64, event string, args []any) ([]Args, error) {
	switch event {
	case "connection", "connect", "new_namespace":
		return nil, &ReservedEventError{event}
	}
	m, err := sio.EncodeEvent(event, args...)
	if err != nil {
		return nil, fmt.Errorf("server: event %q: %w", event, err)
	}
	m.Namespace, m.AckID = n.name, id
	return n.adapter.ServerSideEmit(ctx, m)
}

// ServerSide runs the functions of [Namespace.OnServerSide] for an event of
// another server. It is for adapters. Ack is nil if the event has no id. A panic
// of a function is logged.
func (n *Namespace) ServerSide(m sio.Message, ack Ack) {
	name, args, err := m.Event()
	if err != nil {
		return // no event
	}
	n.handlersMu.RLock()
	handlers := n.serverSide[name]
	n.handlersMu.RUnlock()
	n.server.guard("handler of an event of another server", func() {
		for _, h := range handlers {
			h(args, ack)
		}
	})
}

// guard runs a function of the application that belongs to no socket. A panic is
// logged.
func (s *Server) guard(where string, f func()) {
	defer func() {
		if v := recover(); v != nil {
			logPanic(s.config.Logger, where, v)
		}
	}()
	f()
}

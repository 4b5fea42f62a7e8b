package server_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/sio-conform/sio-conform/reference/server"
	"github.com/sio-conform/sio-conform/reference/server/servertest"
	"github.com/sio-conform/sio-conform/reference/sio"
)

// A bus joins the adapters of several servers: what a Redis one does over the
// network, with nothing but the exported interface.
type bus struct {
	nodesMu sync.Mutex // guards nodes
	nodes   []*node
}

// A node is the adapter of a namespace of one server.
type node struct {
	server.Adapter // the one in memory

	namespace *server.Namespace
	bus       *bus
}

func (b *bus) adapter(n *server.Namespace) server.Adapter {
	b.nodesMu.Lock()
	defer b.nodesMu.Unlock()
	joined := &node{server.NewMemoryAdapter(n), n, b}
	b.nodes = append(b.nodes, joined)
	return joined
}

// each returns the adapters of the namespace that are meant.
func (n *node) each(local bool) []*node {
	n.bus.nodesMu.Lock()
	defer n.bus.nodesMu.Unlock()
	return slices.DeleteFunc(slices.Clone(n.bus.nodes), func(o *node) bool {
		return o.namespace.Name() != n.namespace.Name() || local && o != n
	})
}

func (n *node) Broadcast(m sio.Message, o server.BroadcastOptions) {
	for _, other := range n.each(o.Local) {
		other.Adapter.Broadcast(m, o)
	}
}

func (n *node) BroadcastWithAck(ctx context.Context, m sio.Message, o server.BroadcastOptions, expect func(int), answer func(server.Args)) {
	for _, other := range n.each(o.Local) {
		other.Adapter.BroadcastWithAck(ctx, m, o, expect, answer)
	}
}

func (n *node) FetchSockets(ctx context.Context, o server.BroadcastOptions) ([]server.RemoteSocket, error) {
	var all []server.RemoteSocket
	for _, other := range n.each(o.Local) {
		some, err := other.Adapter.FetchSockets(ctx, o)
		if err != nil {
			return nil, err
		}
		for _, s := range some {
			all = append(all, server.NewRemoteSocket(n.namespace, s.ID, s.Rooms, s.Data, s.Handshake))
		}
	}
	return all, nil
}

func (n *node) AddSockets(o server.BroadcastOptions, rooms []string) {
	for _, other := range n.each(o.Local) {
		other.Adapter.AddSockets(o, rooms)
	}
}

func (n *node) DelSockets(o server.BroadcastOptions, rooms []string) {
	for _, other := range n.each(o.Local) {
		other.Adapter.DelSockets(o, rooms)
	}
}

func (n *node) DisconnectSockets(o server.BroadcastOptions, close bool) {
	for _, other := range n.each(o.Local) {
		other.Adapter.DisconnectSockets(o, close)
	}
}

func (n *node) ServerCount(context.Context) (int, error) { return len(n.each(false)), nil }

func (n *node) ServerSideEmit(ctx context.Context, m sio.Message) ([]server.Args, error) {
	others := slices.DeleteFunc(n.each(false), func(o *node) bool { return o == n })
	answers := make(chan server.Args, len(others))
	for _, other := range others {
		var ack server.Ack
		if m.AckID != sio.NoAck {
			ack = func(args ...any) error {
				answer, err := sio.EncodeAck(m.AckID, args...)
				if err == nil {
					answers <- answer.Args()
				}
				return err
			}
		}
		go other.namespace.ServerSide(m, ack)
	}
	var all []server.Args
	for m.AckID != sio.NoAck && len(all) < len(others) {
		select {
		case a := <-answers:
			all = append(all, a)
		case <-ctx.Done():
			return all, ctx.Err()
		}
	}
	return all, nil
}

// inCluster runs a test against two servers of one cluster.
func inCluster(t *testing.T, test func(t *testing.T, one, two rig)) {
	t.Helper()
	b := &bus{}
	inBubble(t, server.Config{Adapter: b.adapter}, func(t *testing.T, one rig) {
		s := server.New(server.Config{Adapter: b.adapter})
		s.OnConnection(one.standard)
		t.Cleanup(func() { _ = s.Shutdown(context.Background()) })
		test(t, one, rig{servertest.New(t, s, "/socket.io/"), s, one.log})
	})
}

func TestClusterReachesSocketsOfOtherServers(t *testing.T) {
	inCluster(t, func(t *testing.T, one, two rig) {
		a, b := one.joined("/"), two.WebSocket("")
		id := b.Connect("/")[0]
		_ = one.server.Emit("all")
		a.Want(`42["all"]`)
		b.Want(`42["all"]`)
		_ = one.server.Local().Emit("local")
		a.Want(`42["local"]`)
		one.server.In(id).SocketsJoin("r")
		_ = one.server.To("r").Emit("room")
		b.Want(`42["room"]`)

		fetched, err := one.server.FetchSockets(t.Context())
		if err != nil || len(fetched) != 2 {
			t.Fatalf("fetched %d, %v", len(fetched), err)
		}
		_ = fetched[slices.IndexFunc(fetched, func(s server.RemoteSocket) bool { return s.ID == id })].Emit("remote")
		b.Want(`42["remote"]`)
		one.server.In("r").DisconnectSockets(false)
		b.Want("41")
		alive(a, "/")
	})
}

func TestServerSideEmit(t *testing.T) {
	inCluster(t, func(t *testing.T, one, two rig) {
		two.server.OnServerSide("ping", func(args server.Args, ack server.Ack) {
			if ack == nil {
				one.log <- string(args.At(0).Raw)
				return
			}
			_ = ack("pong", args.At(0))
		})
		one.server.OnServerSide("ping", func(server.Args, server.Ack) { t.Error("it came back") })
		two.server.OnServerSide("panic", func(server.Args, server.Ack) { panic("out of order") })

		if err := one.server.ServerSideEmit("ping", "hello"); err != nil {
			t.Fatal(err)
		}
		wantNotes(t, one, `"hello"`)
		answers, err := one.server.ServerSideEmitWithAck(t.Context(), "ping", 1)
		if err != nil || len(answers) != 1 || string(answers[0].At(1).Raw) != "1" {
			t.Errorf("answers %v, %v", answers, err)
		}
		if n, err := one.server.Adapter().ServerCount(t.Context()); n != 2 || err != nil {
			t.Errorf("%d servers, %v", n, err)
		}
		if err := one.server.ServerSideEmit("panic"); err != nil {
			t.Error(err)
		}
		if _, reserved := errors.AsType[*server.ReservedEventError](one.server.ServerSideEmit("connection")); !reserved {
			t.Error("a reserved event was sent")
		}
	})
}

func TestServerSideEmitAlone(t *testing.T) {
	inBubble(t, server.Config{}, func(t *testing.T, r rig) {
		r.server.OnServerSide("ping", func(server.Args, server.Ack) { t.Error("it came back") })
		answers, err := r.server.ServerSideEmitWithAck(t.Context(), "ping")
		if err != nil || len(answers) != 0 {
			t.Errorf("answers %v, %v", answers, err)
		}
	})
}

package client_test

import (
	"fmt"
	"testing"

	"github.com/sio-conform/sio-conform/reference/client"
)

func TestManagers(t *testing.T) {
	type opened struct {
		url     string
		config  client.Config
		manager int // counted in the order of appearance
	}
	for _, row := range []struct {
		name  string
		opens []opened
	}{
		{"several namespaces", []opened{{"http://a", client.Config{}, 1}, {"http://a/orders", client.Config{}, 1}, {"http://a/users", client.Config{}, 1}}},
		{"the same namespace twice", []opened{{"http://a/x", client.Config{}, 1}, {"http://a/x", client.Config{}, 2}}},
		{"the documented four", []opened{
			{"http://a", client.Config{}, 1}, {"http://a/", client.Config{}, 2}, {"http://a/admin", client.Config{}, 1}, {"http://a/admin", client.Config{}, 3},
		}},
		{"hosts", []opened{{"http://first.example.com", client.Config{}, 1}, {"http://second.example.com/x", client.Config{}, 2}}},
		{"ports", []opened{{"http://a:1", client.Config{}, 1}, {"http://a:2/x", client.Config{}, 2}}},
		{"default port", []opened{{"http://a", client.Config{}, 1}, {"http://a:80/x", client.Config{}, 1}}},
		{"schemes", []opened{{"http://a", client.Config{}, 1}, {"ws://a/x", client.Config{}, 2}, {"https://a/y", client.Config{}, 3}}},
		{"forceNew", []opened{{"http://a", client.Config{}, 1}, {"http://a/x", client.Config{ForceNew: true}, 2}, {"http://a/y", client.Config{}, 1}}},
		{"forceNew is private", []opened{{"http://a", client.Config{ForceNew: true}, 1}, {"http://a/x", client.Config{}, 2}}},
		{"multiplex false", []opened{{"http://a", client.Config{}, 1}, {"http://a/x", client.Config{NoMultiplex: true}, 2}}},
		{"paths", []opened{{"http://a", client.Config{}, 1}, {"http://a/x", client.Config{Path: "/v9"}, 2}, {"http://a/y", client.Config{Path: "v9/"}, 2}}},
		{"queries", []opened{{"http://a/?k=1", client.Config{}, 1}, {"http://a/x?k=2", client.Config{}, 1}, {"http://a", client.Config{}, 2}}},
		{"a slash at the end", []opened{{"http://a/x", client.Config{}, 1}, {"http://a/x/", client.Config{}, 1}}},
		{"revisions", []opened{{"http://a", client.Config{}, 1}, {"http://a/x", client.Config{Revision: 4}, 2}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var io client.Client
			numbers := map[*client.Manager]int{}
			for i, o := range row.opens {
				s, err := io.Open(o.url, o.config)
				if err != nil {
					t.Fatal(err)
				}
				if numbers[s.Manager()] == 0 {
					numbers[s.Manager()] = len(numbers) + 1
				}
				if got := numbers[s.Manager()]; got != o.manager {
					t.Errorf("socket %d uses manager %d, want %d", i, got, o.manager)
				}
			}
		})
	}
}

func TestNamespaceNames(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		names := []string{"/Admin", "/a/b-c.d", "/%20x", "/é", "/a/", "/?"}
		for _, name := range names[:5] {
			r.socket(name+"?q#f", client.Config{})
		}
		s, err := r.open("http://server/#f", client.Config{}).Manager().Socket(names[5], client.Config{})
		if err != nil {
			t.Fatal(err)
		}
		s.Connect()
		c := r.accept()
		for _, name := range names {
			c.want(connectPacket(name))
		}
	})
}

func TestManagerSocketIsTheSame(t *testing.T) {
	m, err := client.NewManager("http://server", client.Config{})
	if err != nil {
		t.Fatal(err)
	}
	a, errA := m.Socket("", client.Config{})
	b, errB := m.Socket("/", client.Config{})
	if a != b || errA != nil || errB != nil {
		t.Error("two sockets for one namespace")
	}
	for _, name := range []string{"a", "/a,b"} {
		if _, err := m.Socket(name, client.Config{}); err == nil {
			t.Errorf("namespace %q is taken", name)
		}
	}
}

func TestOneConnection(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		c, sockets := r.joined(client.Config{}, "/c", "/a", "/")
		late := r.socket("/late", client.Config{})
		c.join("/late")
		c.send(`42/c,["x"]`, `42["y"]`, `42/a,["z"]`, `42/none,["no"]`, `430[]`, `41/none,`, `44/none,{"message":"x"}`)
		r.wantNotes("/late connect id-/late", "/c x []", "/ y []", "/a z []")
		for _, s := range append(sockets, late) {
			s.Disconnect()
			c.want(map[bool]string{true: "41", false: "41" + s.Namespace() + ","}[s.Namespace() == "/"])
		}
		c.want("closed")
		r.wantNotes("/c disconnect io client disconnect", "/a disconnect io client disconnect",
			"/ disconnect io client disconnect", "/late disconnect io client disconnect")
		r.wantIdle()
		sockets[1].Connect()
		r.accept().join("/a")
		r.wantNotes("/a connect id-/a")
	})
}

func TestDisconnectAndConnectInOneBreath(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		c, sockets := r.joined(client.Config{}, "/a")
		sockets[0].Disconnect()
		sockets[0].Connect()
		c.want("41/a,", "closed")
		r.accept().join("/a")
		r.wantNotes("/a disconnect io client disconnect", "/a connect id-/a")
	})
}

func TestManyNamespaces(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		for i := range 100 {
			r.socket(fmt.Sprintf("/n%d", i), client.Config{})
		}
		c := r.accept()
		for i := range 100 {
			c.join(fmt.Sprintf("/n%d", i))
		}
		r.wantIdle()
		if n := len(r.log); n != 100 {
			t.Errorf("%d sockets are connected", n)
		}
	})
}

func TestServerDisconnect(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		c, sockets := r.joined(client.Config{}, "/a", "/b")
		c.send("41/a,")
		r.wantNotes("/a disconnect io server disconnect")
		if sockets[0].Active() {
			t.Error("still active")
		}
		c.send("41/a,", `42/b,["x"]`)
		r.wantNotes("/b x []")
		sockets[0].Connect()
		c.join("/a")
		c.send("41/a,", "41/b,")
		c.want("closed")
		r.wantNotes("/a connect id-/a", "/a disconnect io server disconnect", "/b disconnect io server disconnect")
		r.wantIdle()
	})
}

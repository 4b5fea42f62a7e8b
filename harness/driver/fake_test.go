package driver

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/target"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// A fake is a driver in this process around a client that is just good enough: it joins one namespace over WebSocket, and acknowledges fences. A test replaces what it does at single operations.
type fake struct {
	t     *testing.T
	heard func(line string)
	on    map[string]func(c *fakeConn, id int) // by op: instead of what a good driver does
	mu    sync.Mutex
	count int // drivers started
}

// A fakeConn is one running fake.
type fakeConn struct {
	*fake
	writeMu sync.Mutex
	out     *io.PipeWriter
	in      *io.PipeReader
	socket  *websocket.Conn
}

func newFake(t *testing.T, on map[string]func(c *fakeConn, id int)) *fake {
	t.Helper()
	return &fake{t: t, heard: func(string) {}, on: on}
}

func (f *fake) start(context.Context) (Link, error) {
	f.mu.Lock()
	f.count++
	f.mu.Unlock()
	opsOut, opsIn := io.Pipe()
	linesOut, linesIn := io.Pipe()
	c := &fakeConn{fake: f, out: linesIn, in: opsOut}
	go c.serve()
	return Link{In: opsIn, Out: linesOut, Stop: func() { opsOut.Close(); linesIn.Close() }}, nil
}

func (c *fakeConn) say(format string, args ...any) {
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	fmt.Fprintf(c.out, format+"\n", args...)
}

func (c *fakeConn) serve() {
	scanner := bufio.NewScanner(c.in)
	for scanner.Scan() {
		c.heard(scanner.Text())
		var op struct {
			ID  int
			Op  string
			Ops []struct{ Op, URL, Sock string }
			MS  int
		}
		if json.Unmarshal(scanner.Bytes(), &op) != nil {
			return
		}
		if f := c.on[op.Op]; f != nil {
			f(c, op.ID)
			continue
		}
		switch op.Op {
		case "hello":
			c.say(`{"re":%d,"ok":true,"driver":1,"client":"fake","version":"1","revisions":[5],"transports":["websocket"],"capabilities":["reset"]}`, op.ID)
		case "batch":
			c.say(`{"re":%d,"ok":true,"replies":[%s]}`, op.ID, strings.TrimSuffix(strings.Repeat(`{"ok":true},`, len(op.Ops)), ","))
			if op.Ops[0].Op == "open" {
				go c.connect(op.Ops[0].URL, op.Ops[0].Sock)
			}
		case "reset":
			if c.socket != nil {
				c.socket.Close()
			}
			c.say(`{"re":%d,"ok":true}`, op.ID)
		default:
			c.say(`{"re":%d,"ok":true}`, op.ID)
		}
	}
}

// connect joins the namespace of the URL and acknowledges fences.
func (c *fakeConn) connect(url, sock string) {
	rest := strings.TrimPrefix(url, "http://")
	host, name, _ := strings.Cut(rest, "/")
	socket, _, err := websocket.DefaultDialer.Dial("ws://"+host+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		return
	}
	c.socket = socket
	for {
		_, text, err := socket.ReadMessage()
		if err != nil {
			return
		}
		p := wire.Dissect(wire.Revision5, false, text)
		switch {
		case p.Engine == '0':
			socket.WriteMessage(websocket.TextMessage, []byte("40/"+name+","))
		case p.Type == '0':
			var data struct{ SID string }
			json.Unmarshal(p.Data, &data)
			c.say(`{"ev":"connect","t":1,"sock":%q,"id":%q}`, sock, data.SID)
		case p.IsEvent() && strings.Contains(string(p.Data), fenceEvent):
			var args []any
			json.Unmarshal(p.Data, &args)
			c.say(`{"ev":"event","t":2,"sock":%q,"name":%q,"args":[%v],"ack":true}`, sock, fenceEvent, args[1])
			socket.WriteMessage(websocket.TextMessage, []byte("43/"+name+","+p.AckID+"[]"))
		}
	}
}

// pool returns a pool of the fake.
func (f *fake) pool(t *testing.T) *Pool {
	t.Helper()
	profile, _ := target.ProfileByName("default")
	running, err := Starter{Launch: f.start}.Start(t.Context(), profile)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(running.Stop)
	return running.(*Pool)
}

// play plays a scenario and its end, and returns what it ended with.
func (f *fake) play(t *testing.T, scenario func(s *Stage)) (failure any) {
	t.Helper()
	return playOn(t, f.pool(t), scenario)
}

func playOn(t *testing.T, pool *Pool, scenario func(s *Stage)) (failure any) {
	t.Helper()
	s, err := NewStage(t.Context(), Config{Pool: pool, Revision: wire.Revision5, Transport: peer.WebSocket})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	defer func() { failure = recover() }()
	scenario(s)
	s.Finish()
	return nil
}

// soon bounds what must not take long.
const soon = 20 * time.Second

//go:build interop

package client_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sio-conform/sio-conform/reference/client"
	"github.com/sio-conform/sio-conform/reference/sio"
)

// soon is how long a test waits for a real server.
const soon = 30 * time.Second

// A real is a process with a real server.
type real struct {
	t       *testing.T
	dir     string
	recover string // "recovery" if the server recovers sessions
	port    string
	process *exec.Cmd
}

func (s *real) start() {
	s.t.Helper()
	s.process = exec.Command("node", "app.js", s.dir, s.port, s.recover)
	s.process.Dir = "interop"
	s.process.Stderr = os.Stderr
	out, err := s.process.StdoutPipe()
	if err == nil {
		err = s.process.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		s.t.Fatalf("no port: %v", err)
	}
	s.port = strings.TrimSpace(line)
}

func (s *real) stop() {
	_ = s.process.Process.Kill()
	_ = s.process.Wait()
}

// A visit is a client at a real server.
type visit struct {
	*testing.T
	real   *real
	io     *client.Client
	config client.Config
	ctx    context.Context
}

func (v *visit) open(namespace string, change func(*client.Config)) *client.Socket {
	v.Helper()
	c := v.config
	if change != nil {
		change(&c)
	}
	s, err := v.io.Open("http://127.0.0.1:"+v.real.port+namespace, c)
	if err != nil {
		v.Fatal(err)
	}
	return s
}

func (v *visit) connect(s *client.Socket) {
	v.Helper()
	s.Connect()
	v.connected(s)
}

func (v *visit) connected(s *client.Socket) {
	v.Helper()
	if err := s.WaitConnected(v.ctx); err != nil {
		v.Fatalf("%s is not connected: %v", s.Namespace(), err)
	}
}

// text returns values with blanks between them.
func text(values []any) string { return strings.TrimSpace(fmt.Sprintln(values...)) }

// on returns a channel of the arguments of an event.
func on(s *client.Socket, event string) <-chan string {
	c := make(chan string, 10_000)
	s.On(event, func(args client.Args, ack client.Ack) {
		values, _ := args.Values()
		c <- text(values)
		if ack != nil {
			_ = ack(args.Forward()...)
		}
	})
	return c
}

func (v *visit) want(c <-chan string, want string) {
	v.Helper()
	select {
	case got := <-c:
		if got != want {
			v.Fatalf("got %.200q, want %.200q", got, want)
		}
	case <-v.ctx.Done():
		v.Fatalf("no %.200q", want)
	}
}

func disconnects(s *client.Socket) <-chan string {
	c := make(chan string, 100)
	s.OnDisconnect(func(r client.Reason, _ error) { c <- string(r) })
	return c
}

func TestInterop(t *testing.T) {
	transports := []struct {
		name   string
		config client.Config
	}{
		{"polling", client.Config{Transports: []string{client.Polling}}},
		{"polling base64", client.Config{Transports: []string{client.Polling}, ForceBase64: true}},
		{"websocket", client.Config{Transports: []string{client.WebSocket}}},
		{"websocket base64", client.Config{Transports: []string{client.WebSocket}, ForceBase64: true}},
		{"websocket compressed", client.Config{Transports: []string{client.WebSocket}, Compression: true}},
		{"upgrade", client.Config{}},
	}
	tests := []struct {
		name string
		run  func(*visit)
	}{
		{"events", events}, {"binary", binary}, {"refusal", refusal}, {"multiplexing", multiplexing}, {"credentials", credentials},
		{"losses", losses}, {"restart", restart}, {"no recovery", noRecovery}, {"retries", retries}, {"order", order},
	}
	for _, version := range []string{"2", "3", "4"} {
		server := &real{t: t, dir: "socketio-" + version, port: "0"}
		server.start()
		for _, transport := range transports {
			for _, test := range tests {
				t.Run("socketio-"+version+"/"+transport.name+"/"+test.name, func(t *testing.T) {
					visited(t, server, transport.config, test.run)
				})
			}
		}
		server.stop()
	}
	server := &real{t: t, dir: "socketio-4", port: "0", recover: "recovery"}
	server.start()
	defer server.stop()
	for _, transport := range transports {
		t.Run("socketio-4/"+transport.name+"/recovery", func(t *testing.T) { visited(t, server, transport.config, recovery) })
	}
}

// visited runs a test at a server, and fails it if the client leaves a goroutine.
func visited(t *testing.T, server *real, config client.Config, test func(*visit)) {
	t.Helper()
	config.ReconnectionDelay = 50 * time.Millisecond
	if server.dir == "socketio-2" {
		config.Revision = sio.Revision4
	}
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	v := &visit{T: t, real: server, io: &client.Client{}, config: config, ctx: ctx}
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		defer cancel()
		if err := v.io.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
		v.wantGoroutines(before)
	})
	test(v)
}

// wantGoroutines fails the test if there come to be more than n goroutines for
// good: those of net/http end a moment after their connection.
func (v *visit) wantGoroutines(n int) {
	v.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for runtime.NumGoroutine() > n {
		select {
		case <-tick.C:
		case <-v.ctx.Done():
			stacks := make([]byte, 1<<20)
			stacks = stacks[:runtime.Stack(stacks, true)]
			v.Fatalf("%d goroutines, want %d:\n%s", runtime.NumGoroutine(), n, stacks)
		}
	}
}

func events(v *visit) {
	s := v.open("/a", nil)
	back, asked, answered := on(s, "message-back"), on(s, "answer me"), on(s, "answered")
	_ = s.Emit("message", "early")
	v.connect(s)
	v.want(back, "early")
	long := strings.Repeat("é€😀", 50_000)
	_ = s.Emit("message", long, map[string]any{"a": []any{1, nil}})
	v.want(back, long+" map[a:[1 <nil>]]")
	args, err := s.EmitWithAck(v.ctx, "ask", 1, "2")
	if values, _ := args.Values(); err != nil || text(values) != "1 2" {
		v.Errorf("acknowledgement is %v %v", values, err)
	}
	_ = s.Emit("question", 7)
	v.want(asked, "7")
	v.want(answered, "7")
	if _, err := s.Timeout(10*time.Millisecond).EmitWithAck(v.ctx, "mute"); !errors.Is(err, client.ErrAckTimeout) {
		v.Errorf("error is %v", err)
	}
}

func binary(v *visit) {
	s := v.open("/", nil)
	back := on(s, "message-back")
	v.connect(s)
	b := []byte{0, 1, 4, 0x1e, 0x80, 0xff}
	for range 3 {
		_ = s.Emit("message", b, map[string]any{"x": []byte{}}, "é")
		v.want(back, "[0 1 4 30 128 255] map[x:[]] é")
	}
	args, err := s.EmitWithAck(v.ctx, "ask", b)
	if got, _ := args.At(0).Binary(); err != nil || !bytes.Equal(got, b) {
		v.Errorf("acknowledgement is %v %v", got, err)
	}
	big := bytes.Repeat(b, 50_000)
	args, err = s.EmitWithAck(v.ctx, "ask", big, big)
	if got, _ := args.At(1).Binary(); err != nil || !bytes.Equal(got, big) {
		v.Errorf("acknowledgement of %d bytes, %v", len(got), err)
	}
}

func refusal(v *visit) {
	admin, a, none := v.open("/admin", nil), v.open("/a", nil), v.open("/none", nil)
	back := on(a, "message-back")
	v.connect(a)
	admin.Connect()
	none.Connect()
	refused, ok := errors.AsType[*client.RefusedError](admin.WaitConnected(v.ctx))
	if !ok || v.config.Revision == sio.Revision4 && string(refused.Data) != `{"code":1}` || v.config.Revision != sio.Revision4 && refused.Message != "not authorized" {
		v.Errorf("refusal is %+v", refused)
	}
	refused, ok = errors.AsType[*client.RefusedError](none.WaitConnected(v.ctx))
	if !ok || refused.Message != "Invalid namespace" {
		v.Errorf("refusal is %+v", refused)
	}
	_ = a.Emit("message", "still here")
	v.want(back, "still here")
	admin.SetQuery(url.Values{"token": {"right"}})
	_ = admin.SetAuth(map[string]string{"token": "right"})
	v.connect(admin)
}

func multiplexing(v *visit) {
	main, a, b := v.open("/", nil), v.open("/a", nil), v.open("/b", nil)
	second := v.open("/a", nil)
	if main.Manager() != a.Manager() || a.Manager() != b.Manager() || second.Manager() == a.Manager() {
		v.Fatal("wrong managers")
	}
	hello := map[*client.Socket]<-chan string{}
	for _, s := range []*client.Socket{main, a, b, second} {
		hello[s] = on(s, "message-back")
		v.connect(s)
	}
	if a.ID() == second.ID() || a.ID() == b.ID() || main.ID() == a.ID() {
		v.Error("ids are not unique")
	}
	for s, c := range hello {
		_ = s.Emit("message", s.ID())
		v.want(c, s.ID())
	}
	main.Disconnect()
	a.Disconnect()
	_ = b.Emit("message", "b")
	v.want(hello[b], "b")
	v.connect(main) // and again, on the same connection
	_ = main.Emit("message", "main")
	v.want(hello[main], "main")
	v.connect(a)
	_ = a.Emit("leave")
	left := disconnects(a)
	v.want(left, "io server disconnect")
	v.connect(a)
}

func credentials(v *visit) {
	calls := 0
	s := v.open("/a", func(c *client.Config) {
		c.Query = url.Values{"q": {"a b&c"}}
		c.Header = http.Header{"X-Token": {"secret"}}
		c.AuthFunc = func(context.Context) (any, error) {
			calls++
			return map[string]int{"n": calls}, nil
		}
	})
	said := make(chan string, 10)
	s.On("hello", func(args client.Args, _ client.Ack) {
		var auth struct {
			N int `json:"n"`
		}
		var query struct {
			Q string `json:"q"`
		}
		var token string
		_ = args.Decode(&auth, &query, &token)
		said <- fmt.Sprint(auth.N, " ", query.Q, " ", token)
	})
	v.connect(s)
	first, second := "1 a b&c secret", "2 a b&c secret"
	if v.config.Revision == sio.Revision4 {
		first, second = "0 a b&c secret", "0 a b&c secret"
	}
	v.want(said, first)
	_ = s.Emit("cut")
	v.want(said, second)
}

func losses(v *visit) {
	a, b := v.open("/a", nil), v.open("/b", nil)
	lostA, lostB, back := disconnects(a), disconnects(b), on(b, "message-back")
	v.connect(a)
	v.connect(b)
	for range 3 {
		_ = a.Emit("cut")
		for _, c := range []<-chan string{lostA, lostB} {
			v.want(c, "transport close")
		}
		v.connected(a)
		v.connected(b)
		_ = b.Emit("message", "x")
		v.want(back, "x")
	}
	a.Disconnect()
	v.want(lostA, "io client disconnect")
	_ = b.Emit("cut")
	v.want(lostB, "transport close")
	v.connected(b)
	if a.Connected() || a.Active() {
		v.Error("it has come back though it had left")
	}
}

func restart(v *visit) {
	a, main := v.open("/a", nil), v.open("/", nil)
	lost, back := disconnects(a), on(a, "message-back")
	v.connect(a)
	v.connect(main)
	v.real.stop()
	select {
	case <-lost:
	case <-v.ctx.Done():
		v.Fatal("nothing is lost")
	}
	_ = a.Emit("message", "meanwhile")
	failed := make(chan string, 1000)
	a.OnConnectError(func(error) { failed <- "failed" })
	v.want(failed, "failed")
	v.real.start()
	v.want(back, "meanwhile")
	v.connected(main)
}

func recovery(v *visit) {
	s := v.open("/a", nil)
	missed := on(s, "missed")
	v.connect(s)
	_ = s.Emit("later", 1)
	first := <-missed // gives the offset
	id := s.ID()
	lost := disconnects(s)
	_ = s.Emit("later", 10)
	_ = s.Emit("cut")
	v.want(lost, "transport close")
	if second := <-missed; second == first {
		v.Error("the offset has not changed")
	}
	if !s.Recovered() || s.ID() != id {
		v.Error("not recovered")
	}
}

func noRecovery(v *visit) {
	s := v.open("/a", nil)
	v.connect(s)
	lost := disconnects(s)
	_ = s.Emit("cut")
	v.want(lost, "transport close")
	v.connected(s)
	if s.Recovered() {
		v.Error("recovered by a server that does not")
	}
}

func retries(v *visit) {
	s := v.open("/a", func(c *client.Config) { c.Retries, c.AckTimeout = 2, 50*time.Millisecond })
	mute := s.Ask(v.ctx, "mute")
	one, two := s.Ask(v.ctx, "ask", 1), s.Ask(v.ctx, "ask", 2)
	s.Connect()
	if _, err := mute.Wait(); !errors.Is(err, client.ErrAckTimeout) {
		v.Errorf("error is %v", err)
	}
	for i, q := range []*client.Question{one, two} {
		args, err := q.Wait()
		if values, _ := args.Values(); err != nil || text(values) != fmt.Sprint(i+1) {
			v.Errorf("answer is %v %v", values, err)
		}
	}
}

func order(v *visit) {
	s := v.open("/a", nil)
	back, n := on(s, "message-back"), on(s, "n")
	s.Connect()
	_ = s.Emit("flood", 200)
	for i := range 200 {
		_ = s.Emit("message", i)
	}
	for i := range 200 {
		v.want(back, fmt.Sprint(i))
		v.want(n, fmt.Sprint(i))
	}
}

package driver_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/internal/schematest"
	"github.com/sio-conform/sio-conform/reference/driver"
	"github.com/sio-conform/sio-conform/reference/server"
)

// A talk is a conversation with a driver. Every line of the driver must conform to the schema.
type talk struct {
	t     *testing.T
	in    *io.PipeWriter
	lines chan line
	ended chan error
	early []line // events that came before a reply
	id    int
	url   string
}

type line map[string]any

// begin starts a driver, and a server that answers "ask" with its arguments, sends "told" for "tell", and refuses "/closed".
func begin(t *testing.T) *talk {
	t.Helper()
	srv := server.New(server.Config{})
	srv.Of("/").OnConnection(func(s *server.Socket) {
		s.On("ask", func(args server.Args, ack server.Ack) { _ = ack(args.Forward()...) })
		s.On("tell", func(args server.Args, _ server.Ack) { _ = s.Emit("told", args.Forward()...) })
	})
	srv.Of("/closed").Use(func(context.Context, *server.Socket) error { return &server.Error{Message: "closed"} })
	http := httptest.NewServer(srv)
	operations, in := io.Pipe()
	out, said := io.Pipe()
	k := &talk{t: t, in: in, lines: make(chan line, 1000), ended: make(chan error, 1), url: http.URL}
	go func() {
		err := driver.Serve(operations, said, driver.Options{Version: "1"})
		_ = said.Close()
		k.ended <- err
	}()
	go k.read(out)
	t.Cleanup(func() {
		_ = in.Close()
		for range k.lines { // until the driver has ended
		}
		_ = srv.Close()
		http.Close()
	})
	return k
}

func (k *talk) read(out io.Reader) {
	defer close(k.lines)
	schema := schematest.Compile(k.t, filepath.Join("..", "..", "docs", "driver.schema.json"), "")
	for s := bufio.NewScanner(out); s.Scan(); {
		if err := schematest.Validate(k.t, schema, s.Text()); err != nil {
			k.t.Errorf("%s: %v", s.Text(), err)
		}
		var l line
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			k.t.Error(err)
		}
		k.lines <- l
	}
}

// ask sends an operation, without its id, and returns the reply.
func (k *talk) ask(op string) line {
	k.t.Helper()
	k.id++
	if _, err := fmt.Fprintf(k.in, "{\"id\":%d,%s\n", k.id, op[1:]); err != nil {
		k.t.Fatal(err)
	}
	for l := range k.lines {
		if l["re"] == float64(k.id) {
			return l
		}
		k.early = append(k.early, l)
	}
	k.t.Fatalf("%s: the driver has ended", op)
	return nil
}

// want sends an operation that must succeed.
func (k *talk) want(op string) line {
	k.t.Helper()
	reply := k.ask(op)
	if reply["ok"] != true {
		k.t.Fatalf("%s: %v", op, reply)
	}
	return reply
}

// hear waits for an event of that kind, passing over others, and returns its JSON without time and socket.
func (k *talk) hear(ev string) string {
	k.t.Helper()
	for l := range k.events() {
		if l["ev"] == ev {
			delete(l, "t")
			delete(l, "sock")
			text, err := json.Marshal(l)
			if err != nil {
				k.t.Fatal(err)
			}
			return string(text)
		}
	}
	k.t.Fatalf("want %s: the driver has ended", ev)
	return ""
}

// events yields the events as they come.
func (k *talk) events() iter.Seq[line] {
	return func(yield func(line) bool) {
		for len(k.early) > 0 {
			l := k.early[0]
			k.early = k.early[1:]
			if !yield(l) {
				return
			}
		}
		for l := range k.lines {
			if !yield(l) {
				return
			}
		}
	}
}

func (k *talk) open(sock, namespace, opts string) {
	k.t.Helper()
	k.want(fmt.Sprintf(`{"op":"open","sock":%q,"url":%q,"opts":{%s},"revision":5}`, sock, k.url+namespace, opts))
}

func TestHelloNamesWhatTheReferenceClientHas(t *testing.T) {
	reply := begin(t).want(`{"op":"hello"}`)
	schema := schematest.Compile(t, filepath.Join("..", "..", "docs", "driver.schema.json"), "hello")
	text, _ := json.Marshal(reply)
	if err := schematest.Validate(t, schema, string(text)); err != nil {
		t.Error(err)
	}
	if got := fmt.Sprint(reply["revisions"]); got != "[4 5]" {
		t.Errorf("revisions %s", got)
	}
}

func TestValuesTravelUnchanged(t *testing.T) {
	k := begin(t)
	k.open("a", "", "")
	k.hear("connect")
	k.want(`{"op":"on","sock":"a","event":"told"}`)
	for given, want := range map[string]string{
		`1,"<two>",null,[true],{"b":{}}`:            `1,"\u003ctwo\u003e",null,[true],{"b":{}}`,
		`{"$bin":"AQID"},{"x":[{"$bin":""}]}`:       `{"$bin":"AQID"},{"x":[{"$bin":""}]}`,
		`{"$undef":1},2`:                            `null,2`,
		`{"_placeholder":true,"num":0}`:             `{"_placeholder":true,"num":0}`,
		`{"$bin":"AQ=="},{"a":1,"b":[1,"x"]},false`: `{"$bin":"AQ=="},{"a":1,"b":[1,"x"]},false`,
	} {
		k.want(fmt.Sprintf(`{"op":"emit","sock":"a","event":"tell","args":[%s]}`, given))
		if got := k.hear("event"); !strings.Contains(got, `"args":[`+want+`]`) {
			t.Errorf("%s came back as %s", given, got)
		}
	}
}

func TestAnAcknowledgementIsReportedUnderItsLabel(t *testing.T) {
	k := begin(t)
	k.open("a", "", "")
	k.want(`{"op":"emit","sock":"a","event":"ask","args":[1,2],"ack":"plain"}`)
	if got := k.hear("ack"); got != `{"args":[1,2],"err":null,"ev":"ack","label":"plain"}` {
		t.Errorf("got %s", got)
	}
	k.want(`{"op":"emit","sock":"a","event":"ask","args":[1,2],"ack":"first","promise":true}`)
	if got := k.hear("ack"); got != `{"args":[1],"err":null,"ev":"ack","label":"first"}` {
		t.Errorf("a promise: got %s", got)
	}
	k.want(`{"op":"emit","sock":"a","event":"nobody","args":[],"ack":"late","timeout":1}`)
	if got := k.hear("ack"); !strings.Contains(got, "no acknowledgement in time") {
		t.Errorf("a time-out: got %s", got)
	}
}

func TestTheLifeOfASocketIsReported(t *testing.T) {
	k := begin(t)
	k.open("a", "", `"transports":["websocket"],"autoConnect":false,"reconnectionDelay":1`)
	if state := k.want(`{"op":"state","sock":"a"}`); state["connected"] != false || state["id"] != nil || state["active"] != false {
		t.Errorf("before connect: %v", state)
	}
	k.want(`{"op":"connect","sock":"a"}`)
	k.hear("connect")
	if state := k.want(`{"op":"state","sock":"a"}`); state["connected"] != true || state["transport"] != "websocket" {
		t.Errorf("connected: %v", state)
	}
	k.want(`{"op":"kill","sock":"a"}`)
	if got := k.hear("disconnect"); !strings.Contains(got, "forced close") {
		t.Errorf("kill: %s", got)
	}
	k.hear("connect")
	k.want(`{"op":"disconnect","sock":"a"}`)
	if got := k.hear("disconnect"); !strings.Contains(got, "io client disconnect") {
		t.Errorf("disconnect: %s", got)
	}
	k.open("b", "/closed", "")
	if got := k.hear("connect_error"); got != `{"active":false,"connected":false,"data":{"$undef":1},"ev":"connect_error","message":"closed"}` {
		t.Errorf("refused: %s", got)
	}
}

func TestListeners(t *testing.T) {
	k := begin(t)
	k.open("a", "", "")
	k.hear("connect")
	k.want(`{"op":"any","sock":"a","dir":"out"}`)
	k.want(`{"op":"throwOn","sock":"a","event":"told"}`)
	k.want(`{"op":"when","sock":"a","event":"told","ops":[{"op":"emit","sock":"a","event":"inside","args":[]},{"op":"emit","sock":"b","event":"x","args":[]}]}`)
	k.want(`{"op":"emit","sock":"a","event":"tell","args":[]}`)
	if got := k.hear("any_out"); !strings.Contains(got, `"tell"`) {
		t.Errorf("got %s", got)
	}
	if got := k.hear("uncaught"); got != `{"ev":"uncaught","message":"thrown by the listener"}` {
		t.Errorf("got %s", got)
	}
	if got := k.hear("op_error"); !strings.Contains(got, "there is no socket") {
		t.Errorf("got %s", got)
	}
	if got := k.hear("any_out"); !strings.Contains(got, `"inside"`) {
		t.Errorf("got %s", got)
	}
}

func TestWhatCannotBeDoneIsRefused(t *testing.T) {
	k := begin(t)
	k.open("a", "", "")
	for op, want := range map[string]string{
		`{"op":"jump","sock":"a"}`:                                                       "unsupported: op jump",
		`{"op":"connect","sock":"z"}`:                                                    "there is no socket",
		`{"op":"open","sock":"a","url":"` + k.url + `","opts":{}}`:                       "is taken",
		`{"op":"open","sock":"b","url":"` + k.url + `","opts":{"magic":1}}`:              "unsupported: option magic",
		`{"op":"open","sock":"b","url":"` + k.url + `","opts":{"timeout":"x"}}`:          "option timeout",
		`{"op":"open","sock":"b","url":"` + k.url + `","opts":{"auth":{}},"revision":4}`: "unsupported: option auth",
		`{"op":"open","sock":"b","url":"ftp://host","opts":{}}`:                          "scheme",
		`{"op":"emit","sock":"a","event":"disconnect","args":[]}`:                        "reserved",
		`{"op":"set","sock":"a","auth":1}`:                                               "credentials",
		`{"op":"emit","sock":"a","event":{},"args":[]}`:                                  "unmarshal",
	} {
		if reply := k.ask(op); reply["ok"] != false || !strings.Contains(fmt.Sprint(reply["err"]), want) {
			t.Errorf("%s: %v, want %q", op, reply, want)
		}
	}
	batch := k.want(`{"op":"batch","ops":[{"op":"connect","sock":"a"},{"op":"connect","sock":"z"}]}`)
	if got := fmt.Sprint(batch["replies"]); !strings.Contains(got, "map[ok:true] map[err:") {
		t.Errorf("a batch: %v", batch)
	}
}

func TestResetForgetsAndFallsSilent(t *testing.T) {
	k := begin(t)
	k.open("a", "", "")
	k.hear("connect")
	k.want(`{"op":"reset"}`)
	k.open("a", "", "") // the label is free again, and the old socket says nothing of its end
	for l := range k.events() {
		if l["ev"] == "connect" {
			break
		}
		if l["ev"] == "disconnect" {
			t.Errorf("behind a reset the old socket says %v", l)
		}
	}
}

func TestADriverEndsWhenItIsTold(t *testing.T) {
	k := begin(t)
	k.open("a", "", "")
	if _, err := io.WriteString(k.in, `{"id":99,"op":"exit"}`+"\n"); err != nil {
		t.Fatal(err)
	}
	if err := <-k.ended; err != nil {
		t.Error(err)
	}
	k = begin(t)
	if _, err := io.WriteString(k.in, "what?\n"); err != nil {
		t.Fatal(err)
	}
	if err := <-k.ended; err == nil || !strings.Contains(err.Error(), "no operation") {
		t.Errorf("a line that is no operation: %v", err)
	}
	var broken io.Reader = errorReader{}
	if err := driver.Serve(broken, io.Discard, driver.Options{}); !errors.Is(err, errBroken) {
		t.Errorf("an input that breaks: %v", err)
	}
}

var errBroken = errors.New("broken")

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, errBroken }

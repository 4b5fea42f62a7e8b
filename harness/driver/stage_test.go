package driver

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sio-conform/sio-conform/harness/peer"
)

func connects(s *Stage) { s.Connected("/a") }

func TestAGoodClientPasses(t *testing.T) {
	if failure := newFake(t, nil).play(t, connects); failure != nil {
		t.Errorf("it ended with %v", failure)
	}
}

func TestADriverIsUsedAgainAndReplacedWhenItIsSpoiled(t *testing.T) {
	f := newFake(t, nil)
	pool := f.pool(t)
	for range 3 {
		if failure := playOn(t, pool, connects); failure != nil {
			t.Fatal(failure)
		}
	}
	if f.count != 1 {
		t.Errorf("%d drivers were started for three scenarios, want 1", f.count)
	}
	f.on = map[string]func(c *fakeConn, id int){"state": func(c *fakeConn, _ int) { c.say(`{"ev":"uncaught","t":1,"message":"boom"}`) }}
	playOn(t, pool, func(s *Stage) { s.Connected("/a").State() })
	f.on = nil
	if failure := playOn(t, pool, connects); failure != nil {
		t.Fatal(failure)
	}
	if f.count != 2 {
		t.Errorf("%d drivers were started, want another one for the spoiled one", f.count)
	}
}

// TestADriverThatMisbehavesIsAnOutcome shows that whatever a driver does ends the scenario, soon and with a reason.
func TestADriverThatMisbehavesIsAnOutcome(t *testing.T) {
	asks := func(s *Stage) { s.Connected("/a").State() }
	rows := []struct {
		name     string
		does     func(c *fakeConn, id int) // at the op state
		scenario func(s *Stage)
		died     bool // crashed, and not failed
		want     string
	}{
		{"ends", func(c *fakeConn, _ int) { c.out.Close() }, asks, true, "cannot be used any more: EOF"},
		{"says no JSON", func(c *fakeConn, _ int) { c.say("Segmentation fault") }, asks, true, "no JSON object"},
		{"says a member twice", func(c *fakeConn, id int) { c.say(`{"re":%d,"ok":true,"ok":false}`, id) }, asks, true, "no JSON object"},
		{"answers nothing that was asked", func(c *fakeConn, _ int) { c.say(`{"re":4711,"ok":true}`) }, asks, true, "a reply to nothing"},
		{"says neither", func(c *fakeConn, _ int) { c.say(`{"hello":1}`) }, asks, true, "neither a reply nor an event"},
		{"floods", func(c *fakeConn, _ int) {
			for range maxLines + 1 {
				c.say(`{"ev":"mgr","t":1,"mgr":0,"name":"noise","arg":0}`)
			}
		}, asks, true, "it floods"},
		{"does not answer", func(*fakeConn, int) {}, asks, true, "the client hangs"},
		{"lets an exception escape", func(c *fakeConn, id int) {
			c.say(`{"ev":"uncaught","t":1,"message":"Error: boom"}`)
			c.say(`{"re":%d,"ok":true}`, id)
		}, asks, true, "an exception escaped"},
		{"reports of a socket that is not there", func(c *fakeConn, id int) {
			c.say(`{"ev":"connect","t":1,"sock":"zz","id":"x"}`)
			c.say(`{"re":%d,"ok":true}`, id)
		}, asks, false, "a socket that was not opened"},
		{"reports what was not asked for", func(c *fakeConn, id int) {
			c.say(`{"ev":"event","t":1,"sock":"a","name":"n","args":[],"ack":false}`)
			c.say(`{"re":%d,"ok":true}`, id)
		}, asks, false, "want nothing; got"},
		{"fails", func(c *fakeConn, id int) { c.say(`{"re":%d,"ok":false,"err":"thrown"}`, id) }, asks, false, "thrown"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			failure := newFake(t, map[string]func(c *fakeConn, id int){"state": r.does}).play(t, r.scenario)
			if took := time.Since(began); took > soon {
				t.Errorf("it took %v", took)
			}
			_, died := failure.(*Died)
			if got := fmt.Sprint(failure); died != r.died || !strings.Contains(got, r.want) {
				t.Errorf("it ended with %T %q, want crashed %v and %q", failure, got, r.died, r.want)
			}
		})
	}
}

func TestWhatADriverCannotDoIsUnsupported(t *testing.T) {
	f := newFake(t, map[string]func(c *fakeConn, id int){"kill": func(c *fakeConn, id int) { c.say(`{"re":%d,"ok":false,"err":"unsupported: kill"}`, id) }})
	failure := f.play(t, func(s *Stage) { s.Connected("/a").Kill() })
	if u, ok := failure.(*peer.Unsupported); !ok || u.Feature != "kill" {
		t.Errorf("it ended with %v", failure)
	}
}

func TestADriverThatSaysNoHelloIsASetupError(t *testing.T) {
	rows := []struct{ hello, want string }{
		{`{"re":%d,"ok":true,"driver":7,"client":"c","version":"1","revisions":[5],"transports":[],"capabilities":[]}`, "version 7"},
		{`{"re":%d,"ok":true,"driver":1}`, "no protocol revision"},
		{`what? %d`, "no JSON object"},
	}
	for _, r := range rows {
		f := newFake(t, map[string]func(c *fakeConn, id int){"hello": func(c *fakeConn, id int) { c.say(r.hello, id) }})
		if _, err := open(t.Context(), f.start, 1); err == nil || !strings.Contains(err.Error(), r.want) {
			t.Errorf("%s: got %v, want %q", r.hello, err, r.want)
		}
	}
}

func TestMatchJSONIsStrict(t *testing.T) {
	rows := []struct {
		pattern, got string
		same         bool
	}{
		{`[1,"x"]`, `[1,"x"]`, true}, {`[1]`, `[1,2]`, false}, {`{"a":1}`, `{"A":1}`, false}, {`<text>`, `""`, false},
		{`9007199254740993`, `9007199254740992`, false}, {`1`, `1.0`, true}, {`{"$undef":1}`, `null`, false},
	}
	for _, r := range rows {
		if got := matchJSON(r.pattern, r.got) == ""; got != r.same {
			t.Errorf("%s and %s: same %v, want %v", r.pattern, r.got, got, r.same)
		}
	}
}

var errNever = errors.New("never")

func TestATapAltersWhatPasses(t *testing.T) {
	pool := newFake(t, nil).pool(t)
	s, err := NewStage(t.Context(), Config{Pool: pool, Revision: 5, Transport: peer.WebSocket, Tap: &Tap{
		Lines: func(l Line) []Line {
			if l.Text("ev") == "connect" {
				return []Line{l, l}
			}
			return []Line{l}
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	failure := func() (f any) {
		defer func() { f = recover() }()
		connects(s)
		s.Finish()
		return errNever
	}()
	if !strings.Contains(fmt.Sprint(failure), "want nothing; got") || s.Faulted() == 0 {
		t.Errorf("it ended with %v, the tap changed %d times", failure, s.Faulted())
	}
}

package client_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sio-conform/sio-conform/reference/client"
)

func TestReconnect(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		c, sockets := r.joined(client.Config{}, "/a", "/b", "/c", "/d")
		a, b := sockets[0], sockets[1]
		b.Disconnect()
		c.send("41/c,")
		c.want("41/b,")
		_ = a.Emit("sent")
		c.want(`42/a,["sent"]`)
		r.wantNotes("/b disconnect io client disconnect", "/c disconnect io server disconnect")
		c.cut()
		r.wantNotes("/a disconnect transport close", "/d disconnect transport close")
		if a.Connected() || !a.Active() || a.ID() != "" {
			t.Error("state is wrong")
		}
		_ = a.Emit("1", []byte{1})
		_ = a.Emit("2")
		_ = a.Volatile().Emit("v")
		sockets[2].Connect()
		r.socket("/new", client.Config{})
		c = r.accept()
		c.want("40/a,", "40/d,", "40/c,", "40/new,")
		c.send(`40/d,{"sid":"D"}`)
		r.wantNotes("/d connect D")
		c.send(`40/a,{"sid":"A"}`)
		c.want(`451-/a,["1",{"_placeholder":true,"num":0}]`, "bin 01", `42/a,["2"]`)
		c.wantNothing()
	})
}

func TestBackoff(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		c, sockets := r.joined(client.Config{
			ReconnectionDelay: 80 * time.Millisecond, ReconnectionDelayMax: 300 * time.Millisecond, RandomizationFactor: -1, ReconnectionAttempts: 5,
		}, "/")
		start := time.Now()
		sockets[0].Manager().Notify(func(e client.Event) {
			r.log <- fmt.Sprint(e.Kind, " ", e.Attempt, " ", time.Since(start))
			start = time.Now()
		})
		r.pipe.down.Store(true)
		c.cut()
		<-time.After(patience)
		const refused = "/ connect_error websocket: connection refused"
		var want []string
		for i, d := range []string{"80ms", "160ms", "300ms", "300ms", "300ms"} {
			want = append(want, fmt.Sprint("reconnect_attempt ", i+1, " ", d), "error 0 0s", fmt.Sprint("reconnect_error ", i+1, " 0s"), refused)
		}
		got := r.notes()
		if first := []string{"close 0 0s", "/ disconnect transport close"}; !slices.Equal(got[:2], first) {
			t.Errorf("notes begin with %q", got[:2])
		}
		want = append(want, "reconnect_failed 0 0s")
		if !slices.Equal(got[2:], want) {
			t.Errorf("notes are %q, want %q", got[2:], want)
		}
		if err := sockets[0].WaitConnected(t.Context()); err == nil || !sockets[0].Active() {
			t.Errorf("error is %v", err)
		}
		r.pipe.down.Store(false)
		sockets[0].Connect()
		r.accept().join("/")
		if err := sockets[0].WaitConnected(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestJitter(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		r.pipe.down.Store(true)
		s := r.open("http://server/", client.Config{ReconnectionDelay: 100 * time.Millisecond, ReconnectionDelayMax: 110 * time.Millisecond})
		var last time.Time
		var delays []time.Duration
		s.Manager().Notify(func(e client.Event) {
			switch e.Kind {
			case client.EventError:
				last = time.Now()
			case client.EventReconnectAttempt:
				delays = append(delays, time.Since(last))
			default:
			}
		})
		s.Connect()
		<-time.After(patience)
		s.Disconnect()
		synctest.Wait()
		short := 0
		for _, d := range delays {
			if d < 50*time.Millisecond || d > 110*time.Millisecond {
				t.Errorf("delay is %v", d)
			}
			if d < 100*time.Millisecond {
				short++
			}
		}
		if len(delays) < 500 || slices.Max(delays) != 110*time.Millisecond {
			t.Errorf("%d delays, the longest %v", len(delays), slices.Max(delays))
		}
	})
}

func TestCounterIsReset(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		c, sockets := r.joined(client.Config{RandomizationFactor: -1}, "/")
		sockets[0].Manager().Notify(func(e client.Event) {
			if e.Attempt > 0 {
				r.log <- fmt.Sprint(e.Kind, e.Attempt)
			}
		})
		r.pipe.down.Store(true)
		c.cut()
		<-time.After(1500 * time.Millisecond)
		r.pipe.down.Store(false)
		c = r.accept()
		c.join("/")
		const refused = "/ connect_error websocket: connection refused"
		r.wantNotes("/ disconnect transport close", "reconnect_attempt1", "reconnect_error1", refused,
			"reconnect_attempt2", "reconnect2", "/ connect id-/")
		c.cut()
		r.accept().join("/")
		r.wantNotes("/ disconnect transport close", "reconnect_attempt1", "reconnect1", "/ connect id-/")
	})
}

func TestNoReconnection(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		c, sockets := r.joined(client.Config{NoReconnection: true}, "/")
		c.cut()
		<-time.After(patience)
		r.wantIdle()
		if err := sockets[0].WaitConnected(t.Context()); err == nil {
			t.Error("no error")
		}
		sockets[0].Connect()
		r.accept().join("/")
		r.wantNotes("/ disconnect transport close", "/ connect id-/")
	})
}

func TestDisconnectEndsTheBackoff(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		c, sockets := r.joined(client.Config{}, "/a", "/b")
		c.cut()
		synctest.Wait()
		sockets[0].Disconnect()
		c = r.accept()
		c.join("/b")
		c.wantNothing()
		c.cut()
		synctest.Wait()
		sockets[1].Disconnect()
		<-time.After(patience)
		r.wantIdle()
	})
}

func TestLostBeforeTheAnswer(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		s := r.socket("/a", client.Config{})
		c := r.accept()
		c.want("40/a,")
		c.send(`42/a,["held"]`)
		c.send(`451-/a,["half",{"_placeholder":true,"num":0}]`)
		synctest.Wait()
		c.cut()
		c = r.accept()
		c.want("40/a,")
		if s.Connected() {
			t.Error("connected by the session alone")
		}
		c.send(`40/a,{"sid":"A"}`, `42/a,["m"]`)
		notes := r.notes()
		if len(notes) != 3 || notes[1] != "/a connect A" || notes[2] != "/a m []" {
			t.Errorf("notes are %q", notes)
		}
	})
}

func TestConnectTimeout(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		s := r.socket("/", client.Config{Timeout: 200 * time.Millisecond, NoReconnection: true})
		start := time.Now()
		err := s.WaitConnected(t.Context())
		if !errors.Is(err, client.ErrTimeout) || time.Since(start) != 200*time.Millisecond {
			t.Errorf("error is %v after %v", err, time.Since(start))
		}
		next(t, r.ws).want("closed")
	})
}

func TestParseErrorReconnects(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		c, _ := r.joined(client.Config{}, "/a", "/b")
		c.send(`42/a,{"x":1}`, `42/b,["m"]`)
		r.wantNotes("/a disconnect parse error", "/b disconnect parse error")
		c.want("closed")
		c = r.accept()
		c.want("40/a,", "40/b,")
	})
}

func TestRecovery(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		a := r.socket("/a", client.Config{Auth: map[string]any{"token": "t"}})
		r.socket("/b", client.Config{})
		c := r.accept()
		c.want(`40/a,{"token":"t"}`, "40/b,")
		c.send(`40/a,{"sid":"A","pid":"P1"}`, `40/b,{"sid":"B"}`, `42/a,["x",1,"off1"]`, `42/a,["m"]`, `42/a,5["q","no"]`, `42/b,["x","off"]`)
		r.notes()
		c.cut()
		c = r.accept()
		c.want(`40/a,{"offset":"off1","pid":"P1","token":"t"}`, "40/b,")
		c.send(`40/a,{"sid":"A","pid":"P1"}`, `42/a,["missed","off2"]`)
		r.notes()
		if !a.Recovered() {
			t.Error("not recovered")
		}
		c.cut()
		c = r.accept()
		c.want(`40/a,{"offset":"off2","pid":"P1","token":"t"}`, "40/b,")
		c.send(`40/a,{"sid":"C","pid":"P2"}`)
		r.notes()
		if a.Recovered() || a.ID() != "C" {
			t.Error("recovered by another session")
		}
		_ = a.SetAuth(map[string]string{"offset": "mine"})
		a.Disconnect()
		a.Connect()
		c.want("41/a,", `40/a,{"offset":"mine","pid":"P2"}`)
	})
}

package client_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sio-conform/sio-conform/reference/client"
)

func TestEmit(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		c, sockets := r.joined(client.Config{}, "/", "/admin")
		s, admin := sockets[0], sockets[1]
		_ = s.Emit("hello", 1, "2", map[string]any{"a": []any{3, nil, true}})
		_ = admin.Emit("ünï", nil, "€<>")
		_ = s.Emit("b", map[string]any{"_placeholder": true, "num": 0})
		c.want(`42["hello",1,"2",{"a":[3,null,true]}]`, `42/admin,["ünï",null,"€<>"]`, `42["b",{"_placeholder":true,"num":0}]`)
		attachment := []byte{1, 2}
		_ = admin.Emit("bin", map[string]any{"x": []any{attachment}}, []byte{}, "s")
		attachment[0] = 9 // it was copied
		c.want(`452-/admin,["bin",{"x":[{"_placeholder":true,"num":0}]},{"_placeholder":true,"num":1},"s"]`, "bin 0102", "bin ")
	})
}

func TestReservedNames(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		s := r.open("http://server/", client.Config{})
		s4 := r.open("http://server/", client.Config{Revision: 4})
		for _, name := range []string{"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"} {
			for _, s := range []*client.Socket{s, s4} {
				if _, ok := errors.AsType[*client.ReservedEventError](s.Emit(name)); !ok {
					t.Errorf("%q is sent", name)
				}
			}
		}
		if s.Emit("error") != nil || s4.Emit("error") == nil {
			t.Error("\"error\" is reserved in revision 4, and only there")
		}
		if s.Emit("x", func() {}) == nil {
			t.Error("a function is sent")
		}
	})
}

func TestBuffer(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		a, b := r.socket("/a", client.Config{}), r.socket("/b", client.Config{})
		_ = a.Emit("1", []byte{7})
		_ = a.Emit("2")
		_ = b.Emit("3")
		if err := a.Volatile().Emit("v"); !errors.Is(err, client.ErrDropped) {
			t.Errorf("error is %v", err)
		}
		c := r.accept()
		c.want("40/a,", "40/b,")
		if err := a.Volatile().Emit("v"); !errors.Is(err, client.ErrDropped) {
			t.Errorf("error is %v", err)
		}
		c.send(`40/a,{"sid":"A"}`)
		c.want(`451-/a,["1",{"_placeholder":true,"num":0}]`, "bin 07", `42/a,["2"]`)
		c.wantNothing()
		_ = a.Emit("x")
		_ = a.Volatile().Emit("v")
		c.want(`42/a,["x"]`, `42/a,["v"]`)
		a.Disconnect()
		_ = a.Emit("later")
		c.want("41/a,")
		a.Connect()
		c.join("/a")
		c.want(`42/a,["later"]`)
	})
}

func TestBufferIsLimited(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		s := r.socket("/", client.Config{MaxBuffered: 1000})
		big := strings.Repeat("x", 500)
		if err := s.Emit("x", big); err != nil {
			t.Fatal(err)
		}
		if err := s.Emit("x", big); !errors.Is(err, client.ErrBufferFull) {
			t.Errorf("error is %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		q := s.Ask(ctx, "small")
		cancel()
		if _, err := q.Wait(); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
		c := r.accept()
		c.join("/")
		c.want(fmt.Sprintf(`42["x",%q]`, big))
		c.wantNothing()
	})
}

func TestReceive(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		s := r.socket("/a", client.Config{})
		c := r.accept()
		c.want("40/a,")
		c.send(`42/a,["early",1]`, `40/a,{"sid":"A"}`, `42/a,[7,"x"]`, `42/a,["unheard"]`)
		r.wantNotes("/a connect A", "/a early [1]", "/a 7 [x]", "/a unheard []")
		c.send(`452-/a,["b",{"k":[{"_placeholder":true,"num":1}]},{"_placeholder":true,"num":0}]`)
		c.sendBinary(1)
		r.wantNotes()
		c.sendBinary(2)
		c.send("bAw==") // an attachment without a packet
		r.wantNotes("/a b [map[k:[[2]]] [1]]", "/a disconnect parse error")
		_ = s
	})
}

func TestHandlers(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		var panics []any
		c, sockets := r.joined(client.Config{Panic: func(v any) { panics = append(panics, v) }}, "/")
		s := sockets[0]
		s.Once("x", func(client.Args, client.Ack) { r.log <- "once" })
		s.On("x", func(client.Args, client.Ack) { panic("no") })
		s.On("x", func(client.Args, client.Ack) { r.log <- "on" })
		c.send(`42["x"]`, `42["x"]`)
		r.wantNotes("/ x []", "once", "on", "/ x []", "on")
		s.Off("x")
		c.send(`42["x"]`)
		r.wantNotes("/ x []")
		if len(panics) != 2 {
			t.Errorf("panics are %v", panics)
		}
		s.OnAnyOutgoing(func(event string, args client.Args) { r.log <- fmt.Sprint("out ", event, args.Len()) })
		_ = s.Emit("y", 1)
		r.wantNotes("out y1")
	})
}

func TestNothingIsDeliveredAfterDisconnect(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		c, sockets := r.joined(client.Config{}, "/a", "/b")
		gate := make(chan struct{})
		sockets[0].On("x", func(client.Args, client.Ack) {
			<-gate
			sockets[0].Disconnect()
		})
		c.send(`42/a,["x"]`, `42/a,["y"]`, `42/b,["z"]`)
		r.wantNotes("/a x []")
		close(gate)
		r.wantNotes("/b z []", "/a disconnect io client disconnect")
	})
}

func TestSlowHandlers(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		c, sockets := r.joined(client.Config{MaxQueued: 2}, "/")
		gate := make(chan struct{})
		sockets[0].On("x", func(client.Args, client.Ack) { <-gate })
		c.send(`42["x"]`)
		r.wantNotes("/ x []")
		c.send(`42["1"]`, `42["2"]`, `42["3"]`)
		synctest.Wait()
		close(gate)
		r.wantNotes("/ 1 []", "/ 2 []", "/ disconnect overflow")
	})
}

func TestAckOfTheServer(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		c, sockets := r.joined(client.Config{}, "/a")
		acks := make(chan client.Ack, 10)
		sockets[0].On("q", func(_ client.Args, ack client.Ack) { acks <- ack })
		c.send(`42/a,7["q"]`, `42/a,9007199254740991["q"]`, `42/a,["q"]`)
		first, second := <-acks, <-acks
		if third := <-acks; third != nil {
			t.Error("an acknowledgement that nobody wants")
		}
		if first(func() {}) == nil {
			t.Error("a function is sent")
		}
		_ = first("r", map[string]int{"x": 1})
		_ = first("again")
		c.want(`43/a,7["r",{"x":1}]`)
		_ = second([]byte{1})
		c.want(`461-/a,9007199254740991[{"_placeholder":true,"num":0}]`, "bin 01")
		c.send(`42/a,8["q"]`)
		late := <-acks
		c.cut()
		c = r.accept()
		c.join("/a")
		if err := late(); !errors.Is(err, client.ErrDisconnected) {
			t.Errorf("error is %v", err)
		}
		c.wantNothing()
	})
}

func TestAsk(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		c, sockets := r.joined(client.Config{}, "/a", "/b")
		a, b := sockets[0], sockets[1]
		q0, _, q1 := a.Ask(t.Context(), "0"), a.Emit("plain"), a.Ask(t.Context(), "1")
		qb := b.Ask(t.Context(), "b")
		c.want(`42/a,0["0"]`, `42/a,["plain"]`, `42/a,1["1"]`, `42/b,0["b"]`)
		q0.Then(func(args client.Args, err error) { r.log <- fmt.Sprint("0: ", args.Len(), err) })
		c.send(`43/a,1["r",{"x":1},null]`, `43/a,99["x"]`, `43/a,1["again"]`, `43/b,0`, `43/a,0[]`, `43/a,["no id"]`)
		args, err := q1.Wait()
		if values, _ := args.Values(); err != nil || fmt.Sprint(values) != "[r map[x:1] <nil>]" {
			t.Errorf("answer is %v %v", values, err)
		}
		if args, err := qb.Wait(); err != nil || args.Len() != 0 {
			t.Errorf("answer is %v %v", args, err)
		}
		r.wantNotes("0: 0 <nil>")
		q0.Then(func(client.Args, error) { r.log <- "known" })
		r.wantNotes("known")
		q := a.Ask(t.Context(), "bin")
		c.want(`42/a,2["bin"]`)
		c.send(`461-/a,2[{"_placeholder":true,"num":0}]`)
		c.sendBinary(1, 2)
		if args, _ := q.Wait(); args.Len() != 1 {
			t.Error("no binary answer")
		}
	})
}

func TestAskFails(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		c, sockets := r.joined(client.Config{AckTimeout: 30 * time.Second}, "/")
		s := sockets[0]
		start := time.Now()
		if _, err := s.EmitWithAck(t.Context(), "x"); !errors.Is(err, client.ErrAckTimeout) || time.Since(start) != 30*time.Second {
			t.Errorf("error is %v after %v", err, time.Since(start))
		}
		if _, err := s.Timeout(time.Second).EmitWithAck(t.Context(), "x"); !errors.Is(err, client.ErrAckTimeout) {
			t.Errorf("error is %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := s.EmitWithAck(ctx, "x"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
		if _, err := s.EmitWithAck(t.Context(), "connect"); err == nil {
			t.Error("a reserved event is sent")
		}
		c.want(`420["x"]`, `421["x"]`, `422["x"]`)
		c.send(`430["late"]`)
		q := s.Ask(t.Context(), "y")
		c.want(`423["y"]`)
		c.cut()
		if _, err := q.Wait(); !errors.Is(err, client.ErrDisconnected) {
			t.Errorf("error is %v", err)
		}
		waits := s.Ask(t.Context(), "z")
		gone := s.Timeout(time.Millisecond).Ask(t.Context(), "gone")
		if _, err := gone.Wait(); !errors.Is(err, client.ErrAckTimeout) {
			t.Errorf("error is %v", err)
		}
		c = r.accept()
		c.join("/")
		c.want(`424["z"]`)
		c.send(`434["ok"]`)
		if args, err := waits.Wait(); err != nil || args.Len() != 1 {
			t.Errorf("answer is %v %v", args, err)
		}
		last := s.Ask(t.Context(), "last")
		if err := r.io.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := last.Wait(); !errors.Is(err, client.ErrDisconnected) {
			t.Errorf("error is %v", err)
		}
		if err := s.Emit("x"); !errors.Is(err, client.ErrClosed) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestCloseEndsWhatWaits(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		s := r.open("http://server/", client.Config{})
		queued := r.open("http://server/q", client.Config{Retries: 1})
		a, b := s.Ask(t.Context(), "x"), queued.Ask(t.Context(), "x")
		if err := r.io.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, q := range []*client.Question{a, b} {
			if _, err := q.Wait(); !errors.Is(err, client.ErrClosed) {
				t.Errorf("error is %v", err)
			}
		}
		s.Connect()
		if err := s.WaitConnected(t.Context()); !errors.Is(err, client.ErrClosed) {
			t.Errorf("error is %v", err)
		}
		if _, err := r.io.Open("http://server", client.Config{}); !errors.Is(err, client.ErrClosed) {
			t.Errorf("error is %v", err)
		}
	})
}

func TestRetries(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		config := client.Config{Retries: 2, AckTimeout: time.Second}
		s := r.socket("/", config)
		r.socket("/other", config)
		x := s.Ask(t.Context(), "x")
		_ = s.Emit("y")
		_ = s.Emit("z")
		c := r.accept()
		c.want("40", "40/other,")
		c.send(`40{"sid":"A"}`)
		c.want(`420["x"]`)
		_ = s.Volatile().Emit("v")
		c.want(`42["v"]`)
		start := time.Now()
		c.want(`421["x"]`)
		c.send(`430["late"]`)
		c.want(`422["x"]`, `423["y"]`)
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("three tries took %v", took)
		}
		if _, err := x.Wait(); !errors.Is(err, client.ErrAckTimeout) {
			t.Errorf("error is %v", err)
		}
		c.send(`433["y"]`)
		c.want(`424["z"]`)
		c.cut()
		c = r.accept()
		c.want("40", "40/other,")
		c.send(`40{"sid":"A"}`)
		c.want(`425["z"]`)
		c.send(`435[]`)
		c.wantNothing()
	})
}

func TestRetryIsWithdrawn(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r *rig) {
		c, sockets := r.joined(client.Config{Retries: 5}, "/")
		ctx, cancel := context.WithCancel(t.Context())
		x := sockets[0].Ask(ctx, "x")
		_ = sockets[0].Emit("y")
		c.want(`420["x"]`)
		c.wantNothing()
		cancel()
		if _, err := x.Wait(); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
		c.want(`421["y"]`)
	})
}

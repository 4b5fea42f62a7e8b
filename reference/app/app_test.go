package app_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sio-conform/sio-conform/reference/app"
	"github.com/sio-conform/sio-conform/reference/server"
)

func TestUnknownFault(t *testing.T) {
	if _, err := app.New(server.Config{}, app.Options{Faults: []string{"app.nonsense"}}); err == nil {
		t.Error("no error")
	}
}

func TestNamespaces(t *testing.T) {
	for _, row := range []struct{ name, auth, answer string }{
		{"/", "", `40{"sid":"ID"}`},
		{"/custom", "", `40/custom,{"sid":"ID"}`},
		{"/orders", "", `40/orders,{"sid":"ID"}`},
		{"/users", "", `40/users,{"sid":"ID"}`},
		{"/guarded", "", `44/guarded,{"message":"not authorized","data":{"code":"TOKEN"}}`},
		{"/guarded", `{"token":"wrong"}`, `44/guarded,{"message":"not authorized","data":{"code":"TOKEN"}}`},
		{"/guarded", `{"token":"secret"}`, `40/guarded,{"sid":"ID"}`},
		{"/dynamic-12", "", `40/dynamic-12,{"sid":"ID"}`},
		{"/dynamic-x", "", `44/dynamic-x,{"message":"Invalid namespace"}`},
		{"/dynamic-1x", "", `44/dynamic-1x,{"message":"Invalid namespace"}`},
		{"/tenant-a", "", `40/tenant-a,{"sid":"ID"}`},
		{"/tenant-a", `{"tenant":{"allow":true,"ms":50}}`, `40/tenant-a,{"sid":"ID"}`},
		{"/tenant-a", `{"tenant":{"allow":false}}`, `44/tenant-a,{"message":"Invalid namespace"}`},
		{"/tenant-a", `{"tenant":{"error":"text"}}`, `44/tenant-a,{"message":"Invalid namespace"}`},
		{"/tenant-a", `{"tenant":{"unknown":1}}`, `44/tenant-a,{"message":"Invalid namespace"}`},
		{"/unknown", "", `44/unknown,{"message":"Invalid namespace"}`},
	} {
		t.Run(row.name+" "+row.auth, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, r rig) {
				if got := blind(r.dial().join(row.name, row.auth)); got != row.answer {
					t.Errorf("got %s, want %s", got, row.answer)
				}
			})
		})
	}
}

func TestAuth(t *testing.T) {
	inBubble(t, nil, func(_ *testing.T, r rig) {
		c := r.dial()
		c.join("/", `{"token":1.50}`)
		c.Want(`42["auth",{"token":1.50}]`)
		c.join("/custom", "")
		c.Want(`42/custom,["auth",{}]`)
	})
}

func TestHandlersOfTheOfficialSuite(t *testing.T) {
	inBubble(t, nil, func(_ *testing.T, r rig) {
		c := r.dial("/custom")
		c.Want(`42/custom,["auth",{}]`)
		c.Send(`42/custom,["message",1,{"a":[null]}]`, `42/custom,7["message-with-ack","x"]`, `42/custom,["message-with-ack"]`)
		c.Want(`42/custom,["message-back",1,{"a":[null]}]`, `43/custom,7["x"]`)
		c.Send(`451-/custom,["message",{"_placeholder":true,"num":0}]`, "bAQ==")
		c.Want(`451-/custom,["message-back",{"_placeholder":true,"num":0}]`, "bin 01")
	})
}

func TestScripts(t *testing.T) {
	for _, row := range []struct{ name, mw, answer string }{
		{"nothing", `[]`, `40/orders,{"sid":"ID"}`},
		{"empty scripts", `[[],[],[]]`, `40/orders,{"sid":"ID"}`},
		{"wait", `[[{"wait":50}]]`, `40/orders,{"sid":"ID"}`},
		{"reject", `[[],[{"reject":{"message":"no"}}]]`, `44/orders,{"message":"no"}`},
		{"reject with data", `[[{"reject":{"message":"no","data":{"a":1.50}}}]]`, `44/orders,{"message":"no","data":{"a":1.50}}`},
		{"reject with null", `[[{"reject":{"message":"no","data":null}}]]`, `44/orders,{"message":"no","data":null}`},
		{"disconnect", `[[{"disconnect":true}]]`, `40/orders,{"sid":"ID"}`},
		{"twice", `[[{"twice":true}]]`, `44/orders,{"message":"unsupported"}`},
		{"unknown step", `[[{"dance":true}]]`, `44/orders,{"message":"unsupported"}`},
		{"two steps in one", `[[{"wait":1,"join":"r"}]]`, `44/orders,{"message":"unsupported"}`},
		{"wrong type", `[[{"wait":"1"}]]`, `44/orders,{"message":"unsupported"}`},
		{"negative wait", `[[{"wait":-1}]]`, `44/orders,{"message":"unsupported"}`},
		{"never is true", `[[{"never":false}]]`, `44/orders,{"message":"unsupported"}`},
		{"reserved event", `[[{"emit":["disconnect"]}]]`, `44/orders,{"message":"unsupported"}`},
		{"no message", `[[{"reject":{"data":1}}]]`, `44/orders,{"message":"unsupported"}`},
		{"unknown member", `[[{"reject":{"message":"no","more":1}}]]`, `44/orders,{"message":"unsupported"}`},
		{"no list", `[{}]`, `44/orders,{"message":"unsupported"}`},
		{"no lists", `{}`, `44/orders,{"message":"unsupported"}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, r rig) {
				if got := blind(r.dial().join("/orders", `{"mw":`+row.mw+`}`)); got != row.answer {
					t.Errorf("got %s, want %s", got, row.answer)
				}
			})
		})
	}
}

func TestScriptTakesItsTime(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		began := time.Now()
		r.dial().join("/orders", `{"mw":[[{"wait":50}],[],[{"wait":20}]]}`)
		if took := time.Since(began); took != 70*time.Millisecond {
			t.Errorf("took %v", took)
		}
	})
}

func TestScriptThatNeverPassesOn(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		c := r.dial("/")
		c.Send(`40/orders,{"mw":[[{"never":true}]]}`)
		if got := c.frames(); got != "" {
			t.Errorf("got %s", got)
		}
	})
}

func TestWhatAScriptDoesToTheSocket(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		c := r.dial()
		c.join("/guarded", `{"token":"secret","mw":[[{"join":"r"},{"set":{"k":[1,null]}}],[{"emit":["early",1.50]}]]}`)
		if got := strings.Join(c.seen, " "); got != `42/guarded,["early",1.50]` {
			t.Errorf("seen %s", got)
		}
		if got := blind(c.op("/guarded", `{"do":"rooms"}`)); got != `[{"ok":["ID","r"]}]` {
			t.Errorf("rooms %s", got)
		}
		if got := c.op("/guarded", `{"do":"info"}`); !strings.Contains(got, `"data":{"k":[1,null],"trace":[0,1,2]}`) {
			t.Errorf("info %s", got)
		}
	})
}

func TestOperations(t *testing.T) {
	const unsupported = `[{"error":"unsupported"}]`
	for _, row := range []struct{ op, reply string }{
		{`{"do":"echo","value":{"a":[1.50,"<n>"]}}`, `[{"ok":{"a":[1.50,"<n>"]}}]`},
		{`{"do":"echo","value":null}`, `[{"ok":null}]`},
		{`{"do":"rooms"}`, `[{"ok":["ID"]}]`},
		{`{"do":"members"}`, `[{"ok":["ID"]}]`},
		{`{"do":"members","room":"nobody"}`, `[{"ok":[]}]`},
		{`{"do":"namespaces"}`, `[{"ok":["/","/custom","/guarded","/orders","/users"]}]`},
		{`{"do":"log","tag":"none"}`, `[{"ok":[]}]`},
		{`{"do":"log","tag":"t"}`, `[{"ok":[["middleware","/",0],["middleware","/",1],["middleware","/",2],["connection","/"],["connection","/custom"]]}]`},
		{`{"do":"join","rooms":["a","b"]}`, `[{"ok":null}]`},
		{`{"do":"leave","room":"a"}`, `[{"ok":null}]`},
		{`{"do":"set","data":{"k":1}}`, `[{"ok":null}]`},
		{`{"do":"declare","nsp":"/late"}`, `[{"ok":null}]`},
		{`{"do":"fetch"}`, `[{"ok":[{"data":{},"id":"ID","rooms":["ID"]}]}]`},
		{`{"do":"fetch","via":"nsp","to":["nobody"]}`, `[{"ok":[]}]`},
		{`{"do":"sockets-join","rooms":["a"],"via":"nsp"}`, `[{"ok":null}]`},
		{`{"do":"sockets-leave","rooms":["a"]}`, `[{"ok":null}]`},
		{`{"do":"sockets-disconnect","to":["nobody"],"close":true}`, `[{"ok":null}]`},
		{`{"do":"emit","via":"nsp","to":["nobody"],"args":["x"]}`, `[{"ok":null}]`},
		{`{"do":"emit","via":"nsp","to":["nobody"],"args":["x"],"ack":50}`, `[{"ok":[]}]`},
		{`{"do":"emit","via":"parent","args":["x"]}`, `[{"error":"failed","message":"namespace /custom has no parent"}]`},
		{`{"do":"emit","via":"nsp","of":"/none","args":["x"]}`, `[{"error":"failed","message":"namespace /none does not exist"}]`},
		{`{"do":"emit","via":"nsp","args":["disconnect"]}`, `[{"error":"failed","message":"server: \"disconnect\" is a reserved event name"}]`},
		{`{"do":"batch","ops":[{"do":"join","rooms":["a"]},{"do":"members","room":"a"},{"do":"nonsense"}]}`, `[{"ok":[{"ok":null},{"ok":["ID"]},{"error":"unsupported"}]}]`},
		{`{"do":"batch","ops":[]}`, `[{"ok":[]}]`},
		{`{"do":"ack","args":[1,"x"]}`, `[1,"x"]`},
		{`{"do":"ack","args":[],"times":2}`, `[]`},
		{`{"do":"ack","args":["late"],"wait":50}`, `["late"]`},

		{`{"do":"nonsense"}`, unsupported},
		{`{"do":null}`, unsupported},
		{`{}`, unsupported},
		{`"rooms"`, unsupported},
		{`{"do":"rooms"},1`, unsupported},
		{`{"do":"rooms","more":1}`, unsupported},
		{`{"do":"rooms","do":"members"}`, unsupported},
		{`{"do":"join"}`, unsupported},
		{`{"do":"join","rooms":null}`, unsupported},
		{`{"do":"join","rooms":"a"}`, unsupported},
		{`{"do":"join","rooms":["a",null]}`, unsupported},
		{`{"do":"declare","nsp":""}`, unsupported},
		{`{"do":"fetch","via":"socket"}`, unsupported},
		{`{"do":"disconnect","close":1}`, unsupported},
		{`{"do":"emit","args":["x"]}`, unsupported},
		{`{"do":"emit","via":"magic","args":["x"]}`, unsupported},
		{`{"do":"emit","via":"nsp","args":[]}`, unsupported},
		{`{"do":"emit","via":"nsp","args":[1]}`, unsupported},
		{`{"do":"emit","via":"socket","to":["r"],"args":["x"]}`, unsupported},
		{`{"do":"emit","via":"socket","flags":["local"],"args":["x"]}`, unsupported},
		{`{"do":"emit","via":"server","of":"/","args":["x"]}`, unsupported},
		{`{"do":"emit","via":"nsp","flags":["loud"],"args":["x"]}`, unsupported},
		{`{"do":"emit","via":"nsp","discard":{"of":"/"},"args":["x"]}`, unsupported},
		{`{"do":"emit","via":"nsp","ack":50,"times":2,"args":["x"]}`, unsupported},
		{`{"do":"emit","via":"nsp","ack":-1,"args":["x"]}`, unsupported},
		{`{"do":"batch","ops":[{"do":"ack","args":[]}]}`, unsupported},
		{`{"do":"batch","ops":[{"do":"batch","ops":[]}]}`, unsupported},
		{`{"do":"batch","ops":[1]}`, unsupported},
		{`{"do":"ack","args":[],"times":-1}`, unsupported},
		{`{"do":"ack"}`, unsupported},
	} {
		t.Run(row.op, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, r rig) {
				c := r.dial("/", "/custom")
				if got := blind(c.op("/custom", row.op)); got != row.reply {
					t.Errorf("got %s, want %s", got, row.reply)
				}
			})
		})
	}
}

func TestInfo(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		c := r.dial()
		c.join("/custom", `{"token":1}`)
		c.op("/custom", `{"do":"set","data":{"k":1.50}}`)
		got := c.op("/custom", `{"do":"info"}`)
		for _, want := range []string{
			`"nsp":"/custom"`, `"auth":{"token":1}`, `"data":{"k":1.50}`, `"recovered":false`,
			`"query":{"EIO":"4","tag":"t","transport":"websocket"}`, `"upgrade":"websocket"`, `"host":"server"`,
		} {
			if !strings.Contains(got, want) {
				t.Errorf("no %s in %s", want, got)
			}
		}
	})
}

func TestDisconnection(t *testing.T) {
	for _, row := range []struct{ op, frames string }{
		{`{"do":"disconnect"}`, `41/custom,`},
		{`{"do":"disconnect","close":false}`, `41/custom,`},
		{`{"do":"disconnect","close":true}`, `41 41/custom, closed 1005`},
		{`{"do":"sockets-disconnect"}`, `41/custom,`},
		{`{"do":"batch","ops":[{"do":"disconnect"},{"do":"join","rooms":["r"]}]}`, `41/custom,`},
	} {
		t.Run(row.op, func(t *testing.T) {
			inBubble(t, nil, func(t *testing.T, r rig) {
				c, other := r.dial("/", "/custom"), r.dial("/", "/orders")
				c.start("/custom", row.op)
				var got string
				if strings.Contains(row.frames, "closed") {
					c.until("-")
					for _, f := range append(c.seen, "closed 1005") {
						if !strings.Contains(f, "auth") {
							got += " " + f
						}
					}
				} else {
					got = " " + c.frames()
				}
				if got != " "+row.frames {
					t.Errorf("got %s", got)
				}
				synctest.Wait()
				log := other.op("/", `{"do":"log","tag":"t"}`)
				if !strings.Contains(log, `["disconnect","/custom","server namespace disconnect"]`) {
					t.Errorf("log %s", log)
				}
			})
		})
	}
}

func TestDeclaredNamespace(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		c := r.dial("/")
		for range 2 {
			c.op("/", `{"do":"declare","nsp":"/late"}`)
			c.op("/", `{"do":"declare","nsp":"/dynamic-5"}`)
		}
		c.join("/late", "")
		c.join("/dynamic-5", `{"mw":[[{"reject":{"message":"no"}}]]}`)
		c.join("/dynamic-5", "")
		synctest.Wait()
		c.op("/", `{"do":"echo","value":0}`)
		got := strings.Join(c.seen, " ")
		if got != `42["auth",{}] 42/late,["auth",{}] 42/dynamic-5,["auth",{}]` {
			t.Errorf("seen %s", got)
		}
	})
}

func TestServerAcknowledgements(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		c, other := r.dial("/"), r.dial("/")
		c.frames()
		other.frames()
		ask := func(op, answer, otherAnswer string) string {
			begin := c.start("/", op)
			synctest.Wait()
			for conn, a := range map[*client]string{c: answer, other: otherAnswer} {
				if a == "" {
					continue
				}
				question := conn.Next()
				id, _, _ := strings.Cut(strings.TrimPrefix(question, "42"), "[")
				conn.Send("43" + id + a)
				synctest.Wait()
			}
			return c.until(begin)
		}
		for _, row := range []struct{ op, answer, otherAnswer, reply string }{
			{`{"do":"emit","via":"socket","args":["q"],"ack":500}`, `[1,"x"]`, "", `[{"ok":[1,"x"]}]`},
			{`{"do":"emit","via":"socket","args":["q"],"ack":500}`, "", "", `[{"error":"failed","message":"timeout"}]`},
			{`{"do":"emit","via":"broadcast","args":["q"],"ack":500}`, "", `["b",2]`, `[{"ok":["b"]}]`},
			{`{"do":"emit","via":"broadcast","args":["q"],"ack":500}`, "", `[]`, `[{"ok":[null]}]`},
			{`{"do":"emit","via":"nsp","args":["q"],"ack":500}`, "", `["b"]`, `[{"answers":["b"],"error":"failed","message":"timeout"}]`},
		} {
			if got := ask(row.op, row.answer, row.otherAnswer); got != row.reply {
				t.Errorf("%s: got %s, want %s", row.op, got, row.reply)
			}
			c.frames()
			other.frames()
		}
	})
}

func TestWaitingOperationsDelayNoOthers(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		c := r.dial("/")
		late := c.start("/", `{"do":"ack","args":["late"],"wait":300}`)
		never := c.start("/", `{"do":"emit","via":"socket","args":["q"],"ack":200}`)
		if got := c.op("/", `{"do":"echo","value":1}`); got != `[{"ok":1}]` {
			t.Errorf("got %s", got)
		}
		if got := c.until(never); got != `[{"error":"failed","message":"timeout"}]` {
			t.Errorf("got %s", got)
		}
		if got := c.until(late); got != `["late"]` {
			t.Errorf("got %s", got)
		}
	})
}

func TestBatchThatAsksKeepsItsOrder(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		c := r.dial("/custom")
		c.Next()
		begin := c.start("/custom", `{"do":"batch","ops":[
			{"do":"emit","via":"socket","args":["q",0],"ack":100},{"do":"emit","via":"nsp","args":["q",1],"ack":100},
			{"do":"emit","via":"socket","args":["q",2]},{"do":"emit","via":"socket","args":["q",3],"ack":100}]}`)
		c.Want(`42/custom,0["q",0]`, `42/custom,1["q",1]`, `42/custom,["q",2]`, `42/custom,2["q",3]`)
		c.Send(`43/custom,2["d"]`, `43/custom,0["a"]`)
		if got := c.until(begin); got != `[{"ok":[{"ok":["a"]},{"answers":[],"error":"failed","message":"timeout"},{"ok":null},{"ok":["d"]}]}]` {
			t.Errorf("got %s", got)
		}
	})
}

func TestBinaryInOperations(t *testing.T) {
	inBubble(t, nil, func(_ *testing.T, r rig) {
		const p0, p1 = `{"_placeholder":true,"num":0}`, `{"_placeholder":true,"num":1}`
		c := r.dial("/")
		c.frames()
		c.Send(`452-["op",{"do":"emit","via":"socket","args":["bin",{"a":[`+p1+`]},`+p0+`]}]`, "bAQ==", "bAg==")
		c.Want(`452-["bin",{"a":[`+p0+`]},`+p1+`]`, "bin 02", "bin 01")
		c.Send(`451-7["op",{"do":"echo","value":`+p0+`}]`, "bAQ==")
		c.Want(`461-7[{"ok":`+p0+`}]`, "bin 01")
		c.Send(`42["op",{"do":"emit","via":"socket","args":["text",` + p0 + `]}]`)
		c.Want(`42["text",` + p0 + `]`)
	})
}

func TestTimes(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		c := r.dial("/")
		c.frames()
		c.op("/", `{"do":"emit","via":"nsp","args":["n","\u003cn>",["<n>"]],"times":3}`)
		if got := c.frames(); got != `42["n",0,["<n>"]] 42["n",1,["<n>"]] 42["n",2,["<n>"]]` {
			t.Errorf("got %s", got)
		}
	})
}

func TestLogForgetsTheOldestTags(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, r rig) {
		c := r.dial("/")
		other := &client{Conn: r.WebSocket("tag=other")}
		for range 5100 {
			other.join("/custom", "")
			other.Send("41/custom,")
			synctest.Wait()
		}
		if got := c.op("/", `{"do":"log","tag":"t"}`); got != `[{"ok":[]}]` {
			t.Errorf("got %.100s", got)
		}
	})
}

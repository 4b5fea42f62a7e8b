package suite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/run"
)

const (
	placeholder0 = `{"_placeholder":true,"num":0}`
	placeholder1 = `{"_placeholder":true,"num":1}`
	placeholder2 = `{"_placeholder":true,"num":2}`
)

// clientBinaryScenarios are about attachments.
var clientBinaryScenarios = func() []run.Scenario {
	list := []run.Scenario{
		forClients("client.binary.send-one", "an event with binary data is a header with a placeholder and an attachment behind it", clientEverywhere,
			caught("client.binary.as-text", "want BINARY_EVENT", "client.binary.attachment-lost", "want an attachment", "client.binary.attachment-altered", "bytes of the attachment differ",
				"client.binary.wrong-count", "attachments", "client.binary.header-behind", "want BINARY_EVENT", "client.event.sent-in-main", "want namespace /admin"),
			func(s *driver.Stage) {
				k := s.Connected("/admin")
				k.Emit("baz", driver.Binary(1, 2, 3, 4))
				k.Session().Want(`451-/admin,["baz",` + placeholder0 + `]`)
				k.Session().WantBinary([]byte{1, 2, 3, 4})
			}),
		forClients("client.binary.send-nested", "several binary values, nested ones too, are numbered and sent in that order", clientBoth,
			caught("client.binary.reordered", "bytes of the attachment differ", "client.binary.attachment-lost", "want an attachment", "client.ack.no-id", "want an acknowledgement id"),
			func(s *driver.Stage) {
				k := s.Connected("/admin")
				k.EmitAck("k", "b", map[string]any{"x": map[string]any{"y": driver.Binary(1)}}, []any{driver.Binary(2)}, "s", driver.Binary(3))
				k.Session().Want(`453-/admin,<integer>["b",{"x":{"y":` + placeholder0 + `}},[` + placeholder1 + `],"s",` + placeholder2 + `]`)
				k.Session().WantBinary([]byte{1}, []byte{2}, []byte{3})
			}),
		forClients("client.binary.send-inner", "binary values that are nested only make a binary event too", clientBoth,
			caught("client.binary.as-text", "want BINARY_EVENT", "client.binary.nested-as-text", "want BINARY_EVENT", "client.binary.attachment-lost", "want an attachment"),
			func(s *driver.Stage) {
				k := s.Connected("/")
				k.Emit("b", map[string]any{"x": []any{driver.Binary(1)}})
				k.Emit("b", []any{map[string]any{"y": driver.Binary(2)}})
				k.Session().Want(`451-["b",{"x":[` + placeholder0 + `]}]`)
				k.Session().WantBinary([]byte{1})
				k.Session().Want(`451-["b",[{"y":` + placeholder0 + `}]]`)
				k.Session().WantBinary([]byte{2})
			}),
		forClients("client.binary.beside", "values beside binary ones are sent and delivered as they are", clientBoth,
			caught("client.binary.falsy-lost", "data[3]", "client.event.arguments-lost", "args", "client.binary.delivered-empty", "args", "client.binary.attachment-lost", "want an attachment"),
			func(s *driver.Stage) {
				k := s.Connected("/")
				k.On("b")
				k.Emit("b", driver.Binary(1), 0, false, "", nil, []any{}, map[string]any{"n": 0})
				k.Session().Want(`451-["b",` + placeholder0 + `,0,false,"",null,[],{"n":0}]`)
				k.Session().WantBinary([]byte{1})
				k.Session().SendMessage(`451-["b",`+placeholder0+`,0,false,"",null,[],{"n":0}]`, []byte{2})
				k.WantEvent("b", `[`+driver.JSON(driver.Binary(2))+`,0,false,"",null,[],{"n":0}]`)
			}),
		forClients("client.binary.send-atomic", "nothing comes between a header and its attachments", clientBoth,
			caught("client.binary.header-behind", "want BINARY_EVENT", "client.binary.reordered", "want an attachment"),
			func(s *driver.Stage) {
				a, b := s.Connected("/a"), s.Connected("/b")
				s.Batch(func() {
					a.Emit("x", driver.Binary(1))
					b.Emit("plain")
					b.Emit("y", driver.Binary(2))
				})
				c := a.Session()
				c.Want(`451-/a,["x",` + placeholder0 + `]`)
				c.WantBinary([]byte{1})
				c.Want(`42/b,["plain"]`, `451-/b,["y",`+placeholder0+`]`)
				c.WantBinary([]byte{2})
			}),
		forClients("client.binary.send-empty", "empty binary data is an empty attachment", clientWS,
			caught("client.binary.attachment-lost", "want an attachment", "client.binary.attachment-altered", "bytes of the attachment differ"),
			func(s *driver.Stage) {
				k := s.Connected("/")
				k.Emit("b", driver.Binary())
				k.Session().Want(`451-["b",` + placeholder0 + `]`)
				k.Session().WantBinary([]byte{})
			}),
		forClients("client.binary.plain-not-binary", "what looks like a placeholder and is none is sent as plain data", clientBoth,
			caught("client.binary.plain-as-binary", "want EVENT"),
			func(s *driver.Stage) {
				k := s.Connected("/")
				k.Emit("b", map[string]any{"_placeholder": true, "num": 0})
				k.Session().Want(`42["b",` + placeholder0 + `]`)
			}),
		forClients("client.binary.receive-one", "a binary event is delivered when its attachment has come, with the data in its place", clientEverywhere,
			caught("client.binary.delivered-empty", "args", "client.event.undelivered", "want event b", "client.event.delivered-twice", "want nothing"),
			func(s *driver.Stage) {
				k := s.Connected("/a")
				k.On("b")
				k.Session().SendMessage(`451-/a,["b",`+placeholder0+`,"t"]`, []byte{10, 11})
				k.WantEvent("b", `[`+driver.JSON(driver.Binary(10, 11))+`,"t"]`)
			}),
		forClients("client.binary.receive-nested", "placeholders are replaced by their number, wherever they stand", clientBoth,
			caught("client.binary.delivered-empty", "args", "client.event.undelivered", "want event b"),
			func(s *driver.Stage) {
				k := s.Connected("/")
				k.On("b")
				k.Session().SendMessage(`452-["b",{"k":[`+placeholder1+`]},`+placeholder0+`]`, []byte{1}, []byte{2})
				k.WantEvent("b", `[{"k":[`+driver.JSON(driver.Binary(2))+`]},`+driver.JSON(driver.Binary(1))+`]`)
			}),
		forClients("client.binary.receive-several", "an event with many attachments is delivered with all of them", clientBoth,
			caught("client.binary.delivered-empty", "args", "client.event.undelivered", "want event b"),
			func(s *driver.Stage) {
				k := s.Connected("/")
				k.On("b")
				var holes, want []string
				var attachments [][]byte
				for i := range 8 {
					holes = append(holes, fmt.Sprintf(`{"_placeholder":true,"num":%d}`, i))
					want = append(want, driver.JSON(driver.Binary(byte(i))))
					attachments = append(attachments, []byte{byte(i)})
				}
				k.Session().SendMessage(`458-["b",[`+strings.Join(holes, ",")+`]]`, attachments...)
				k.WantEvent("b", `[[`+strings.Join(want, ",")+`]]`)
			}),
		forClients("client.binary.receive-then-text", "what comes behind a binary event is delivered as ever", clientBoth,
			caught("client.binary.text-behind-lost", "want event m", "client.event.undelivered", "want event b", "client.binary.delivered-empty", "args"),
			func(s *driver.Stage) {
				k := s.Connected("/")
				k.On("b")
				k.On("m")
				k.Session().SendMessage(`451-["b",`+placeholder0+`]`, []byte{1})
				k.Session().Send(`42["m"]`)
				k.Session().SendMessage(`451-["b",`+placeholder0+`]`, []byte{2})
				k.WantEvent("b", `[`+driver.JSON(driver.Binary(1))+`]`)
				k.WantEvent("m", "[]")
				k.WantEvent("b", `[`+driver.JSON(driver.Binary(2))+`]`)
			}),
		forClients("client.binary.receive-with-ack", "a binary event with an id is acknowledged", clientBoth,
			caught("client.ack.unsent", "want 4312", "client.ack.other-id", "acknowledgement id"),
			func(s *driver.Stage) {
				k := s.Connected("/")
				k.On("b", driver.Reply("ok"))
				k.Session().SendMessage(`4`+`51-12["b",`+placeholder0+`]`, []byte{1})
				k.WantEvent("b", `[`+driver.JSON(driver.Binary(1))+`]`)
				k.Session().Want(`4312["ok"]`)
			}),
		forClients("client.binary.ack-send", "an acknowledgement with binary data is a header with a placeholder and an attachment", clientBoth,
			caught("client.binary.as-text", "want BINARY_ACK", "client.binary.attachment-lost", "want an attachment", "client.ack.unsent", "want 461-/a"),
			func(s *driver.Stage) {
				k := s.Connected("/a")
				k.On("q", driver.Reply("bar", driver.Binary(1, 2, 3, 4)))
				k.Session().Send(`42/a,15["q"]`)
				k.WantEvent("q", "[]")
				k.Session().Want(`461-/a,15["bar",` + placeholder0 + `]`)
				k.Session().WantBinary([]byte{1, 2, 3, 4})
			}),
		forClients("client.binary.ack-receive", "binary data of an acknowledgement is handed over", clientBoth,
			caught("client.ack.undelivered", "want acknowledgement", "client.binary.delivered-empty", "args"),
			func(s *driver.Stage) {
				k := s.Connected("/")
				k.EmitAck("k", "e")
				id := k.Session().Want(`42<id:integer>["e"]`)["id"]
				k.Session().SendMessage(`461-`+id+`[`+placeholder0+`]`, []byte{1, 2})
				k.WantAck("k", `[`+driver.JSON(driver.Binary(1, 2))+`]`)
			}),
		forClients("client.binary.send-polling", "over long-polling attachments are sent as base64, or as bytes in revision 4", clientPolling,
			slices.Concat(caught("client.binary.attachment-lost", "want an attachment"), in5(caught("client.binary.unpadded", "want an attachment"))),
			func(s *driver.Stage) {
				k := s.Connected("/")
				k.Emit("b", driver.Binary(1, 2, 3, 4))
				k.Session().Want(`451-["b",` + placeholder0 + `]`)
				k.Session().WantBinary([]byte{1, 2, 3, 4})
			}),
		forClients("client.binary.receive-polling", "attachments in base64 in the payload of a poll are taken for bytes", clientPolling,
			caught("client.binary.delivered-empty", "args", "client.event.undelivered", "want event b"),
			func(s *driver.Stage) {
				k := s.Connected("/")
				k.On("b")
				k.Session().SendMessage(`451-["b",`+placeholder0+`]`, []byte{1, 2, 3, 4})
				k.WantEvent("b", `[`+driver.JSON(driver.Binary(1, 2, 3, 4))+`]`)
			}),
		forClients("client.binary.max-attachments", "ten attachments are taken; with eleven the client keeps its balance", clientWS,
			caught("client.binary.delivered-empty", "args", "client.event.undelivered", "want event b"),
			func(s *driver.Stage) {
				k := s.Connected("/")
				k.On("b")
				packet, attachments := manyAttachments(10)
				k.Session().SendMessage(packet, attachments...)
				var want []any
				for _, a := range attachments {
					want = append(want, driver.Binary(a...))
				}
				k.WantEvent("b", driver.JSON(want))
				k.WantNothing()
				packet, attachments = manyAttachments(11)
				k.Session().SendMessage(packet, attachments...)
				k.Tolerate("event", "disconnect")
				outcome := "delivered"
				if k.Settle() {
					outcome = "closed"
				}
				s.Observe("client.binary.max-attachments", "%s", outcome)
				s.Drain()
			}),
		forClients("client.reconnect.buffered-binary", "a binary event that waits for the connection is sent with its attachments behind it", clientBoth,
			caught("client.binary.attachment-lost", "want an attachment", "client.event.unsent", "want 451-/a"),
			func(s *driver.Stage) {
				k := s.Connected("/a", driver.Reconnecting)
				lose(s, k.Session(), k)
				k.Emit("b", driver.Binary(1))
				k.Emit("n")
				c := k.Accept()
				c.Want(`451-/a,["b",` + placeholder0 + `]`)
				c.WantBinary([]byte{1})
				c.Want(`42/a,["n"]`)
			}),
		forClients("client.reconnect.partial-binary-reset", "a binary event that the end of the connection has cut off is forgotten", clientWS,
			caught("client.binary.text-behind-lost", "want event m", "client.reconnect.never", "want CONNECT in /a", "client.event.undelivered", "want event m"),
			func(s *driver.Stage) {
				k := s.Connected("/a", driver.Reconnecting)
				k.On("m")
				k.WantNothing()
				k.Session().Send(`451-/a,["x",` + placeholder0 + `]`)
				lose(s, k.Session(), k)
				k.Accept().Send(`42/a,["m"]`)
				k.WantEvent("m", "[]")
			}),
		needing(forClients("client.transport.force-base64", "binary data is sent as base64 text when that is asked for", clientWS,
			caught("client.option.base64", "the bytes differ"),
			func(s *driver.Stage) {
				k := s.Connected("/", driver.Opts{"forceBase64": true})
				k.Emit("b", driver.Binary(1, 2, 3))
				k.Session().Want(`451-["b",` + placeholder0 + `]`)
				k.Session().WantRaw(map[bool]string{true: "b4AQID", false: "bAQID"}[s.Revision4()])
			}), "force-base64"),
		forClients("client.transport.receive-base64-on-ws", "an attachment may come as base64 text over WebSocket too", clientWS,
			caught("client.event.undelivered", "want event b", "client.binary.delivered-empty", "args"),
			func(s *driver.Stage) {
				k := s.Connected("/")
				k.On("b")
				k.Session().Send(`451-["b",`+placeholder0+`]`, map[bool]string{true: "b4AQID", false: "bAQID"}[s.Revision4()])
				k.WantEvent("b", `[`+driver.JSON(driver.Binary(1, 2, 3))+`]`)
			}),
	}
	for i := range list {
		list[i] = needing(list[i], "binary")
	}
	return list
}()

// manyAttachments returns a binary event with n attachments.
func manyAttachments(n int) (packet string, attachments [][]byte) {
	packet = fmt.Sprintf(`45%d-["b"`, n)
	for i := range n {
		packet += fmt.Sprintf(`,{"_placeholder":true,"num":%d}`, i)
		attachments = append(attachments, []byte{byte(i)})
	}
	return packet + "]", attachments
}

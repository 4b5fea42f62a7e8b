package suite

import (
	"github.com/sio-conform/sio-conform/harness/driver"
	"github.com/sio-conform/sio-conform/harness/run"
)

// malformedAttachments makes scenarios of attachments that do not come as they were announced.
func malformedAttachments() []run.Scenario {
	var list []run.Scenario
	for _, r := range []struct {
		id, what string
		send     func(c *driver.Session)
	}{
		{"attachments-too-many", "a binary event that announces more attachments than it has placeholders for", func(c *driver.Session) { c.Send(`4511-["x"]`) }},
		{"text-while-reconstructing", "a packet of text in place of an attachment", func(c *driver.Session) { c.Send(`451-["x",`+placeholder0+`]`, `42["y"]`) }},
		{"unexpected-binary", "an attachment that nothing has announced", func(c *driver.Session) { c.SendBinary([]byte{1, 2, 3}) }},
		{"placeholder-out-of-range", "a placeholder for an attachment that there is not", func(c *driver.Session) {
			c.SendMessage(`451-["after",{"_placeholder":true,"num":5}]`, []byte{1})
		}},
		{"placeholder-negative", "a placeholder with a negative number", func(c *driver.Session) {
			c.SendMessage(`451-["after",{"_placeholder":true,"num":-1}]`, []byte{1})
		}},
		{"placeholder-not-number", "a placeholder whose number is none", func(c *driver.Session) {
			c.SendMessage(`451-["after",{"_placeholder":true,"num":"splice"}]`, []byte{1})
		}},
	} {
		list = append(list, needing(forClients("client.invalid."+r.id, "the client keeps its balance when it is sent "+r.what, clientBoth,
			caught("client.malformed.attachment-delivered", "delivered", "client.malformed.attachment-deaf", "does not work"),
			func(s *driver.Stage) { keepsBalance(s, r.id, r.send) }), "binary"))
	}
	return list
}

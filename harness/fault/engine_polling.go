package fault

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// postFaults are the faults of POST requests.
var postFaults = []Fault{
	{"engine.post.not-ok", "does not say ok to a POST", posted(func(_ *http.Request, res *peer.Response) bool { return reanswer(res, http.StatusOK, "") })},
	{"engine.post.status-204", "answers a POST with HTTP status 204", posted(func(_ *http.Request, res *peer.Response) bool { return restatus(res, http.StatusNoContent) })},
	{"engine.post.unanswered", "does not answer a POST", posted(func(_ *http.Request, res *peer.Response) bool { return unanswered(res) })},
	{"engine.post.length-required", "refuses a POST that does not say its length", posted(func(r *http.Request, res *peer.Response) bool {
		return r.Header.Get("Transfer-Encoding") != "" && restatus(res, http.StatusLengthRequired)
	})},
	{"engine.post.large-refused", "refuses a POST of more than ten thousand bytes", posted(func(r *http.Request, res *peer.Response) bool {
		return r.ContentLength > 10_000 && restatus(res, http.StatusRequestEntityTooLarge)
	})},
	{"engine.post.json-refused", "refuses a POST that calls itself JSON", posted(func(r *http.Request, res *peer.Response) bool {
		return r.Header.Get("Content-Type") == "application/json" && restatus(res, http.StatusUnsupportedMediaType)
	})},
	{"engine.post.untyped-refused", "refuses a POST without a content type", posted(func(r *http.Request, res *peer.Response) bool {
		return r.Header.Get("Content-Type") == "" && restatus(res, http.StatusUnsupportedMediaType)
	})},
	{"engine.post.octets-unanswered", "does not answer a POST that calls itself binary", response(func(r *http.Request, res *peer.Response) bool {
		return octets(r) && unanswered(res)
	})},
	{"engine.post.octets-swallowed", "says ok to a POST that calls itself binary, and does nothing", response(func(r *http.Request, res *peer.Response) bool {
		return octets(r) && reanswer(res, http.StatusOK, "ok")
	})},
	{"engine.post.slow", "takes very long over many packets", response(func(r *http.Request, res *peer.Response) bool {
		return r.ContentLength > 100_000 && unanswered(res)
	})},
	{"engine.overlap.post-ok", "says ok to a POST while another one is under way", response(func(r *http.Request, res *peer.Response) bool {
		return r.Method == http.MethodPost && refused(r, res) && !unknownSession(res) && reanswer(res, http.StatusOK, "ok")
	})},
	{"engine.limit.post-ok", "says ok to a POST above the limit", response(func(_ *http.Request, res *peer.Response) bool {
		return res.Status == http.StatusRequestEntityTooLarge && reanswer(res, http.StatusOK, "ok")
	})},
	{"engine.limit.post-400", "refuses a POST above the limit as it refuses any other", response(func(_ *http.Request, res *peer.Response) bool {
		return res.Status == http.StatusRequestEntityTooLarge && restatus(res, http.StatusBadRequest)
	})},
	{"engine.limit.post-unanswered", "waits for the end of a POST above the limit", response(func(_ *http.Request, res *peer.Response) bool {
		return res.Status == http.StatusRequestEntityTooLarge && unanswered(res)
	})},
	{"engine.limit.exact-refused", "closes a session for a payload or message of exactly the limit", hangUp(always(out(longer(9_999))))},
	{"engine.limit.answer-refused", "closes a session when what it has to send is above the limit", hangUp(always(in(longer(9_999))))},
	{"engine.limit.ws-dropped", "drops a WebSocket message above the limit and goes on", drop(always(out(longer(10_000))))},
	{"engine.refused.handled", "handles what it has refused", answerFirst(out(containing(`"fence"`), accused), `42["message-back","half"]`)},
	{"engine.refused.deaf", "takes notice of nothing more of a session of which it has refused something, and does not close it", func() *peer.Tap {
		deaf := false
		return frames(func(c *Crossing) []peer.Frame {
			if !accused(c) {
				return []peer.Frame{c.Frame}
			}
			deaf = deaf || out(containing(`"fence"`))(c)
			if closings(c) || deaf && c.Direction == wire.Out {
				return nil
			}
			return []peer.Frame{c.Frame}
		})
	}},
	{"engine.payload.invalid-skipped", "skips an invalid packet, or a close packet, and handles what stands behind it", func() *peer.Tap {
		done := false
		return frames(func(c *Crossing) []peer.Frame {
			if done || c.Session != "main" || c.Closing == nil && !in(engine("1"))(c) {
				return []peer.Frame{c.Frame}
			}
			done = true
			return []peer.Frame{c.Frame, delivered("other", c.Transport, `42["behind"]`)}
		})
	}},
}

// pollFaults are the faults of GET requests.
var pollFaults = []Fault{
	{"engine.poll.latin1", "sends text in another encoding than UTF-8", replace(always(in(message("2"))), "é", "\xe9")},
	{"engine.poll.cut", "loses a part of a large packet", alter(always(in(longer(10_000))), func(c *Crossing) []byte {
		return bytes.Replace(c.Data, []byte("0123456789abcdé"), nil, 1)
	})},
	{"engine.poll.empty", "answers a poll with nothing and loses what was there", polled(func([]string) []string { return nil })},
	{"engine.poll.not-released", "does not release an open poll when there is something to deliver", response(func(r *http.Request, res *peer.Response) bool {
		return carriesEvents(r, res) && unanswered(res)
	})},
	{"engine.poll.immediate", "answers a poll at once although there is nothing to deliver", func() *peer.Tap {
		joined, early := false, false
		return &peer.Tap{
			Request: func(r *http.Request) bool {
				early = joined && r.Method == http.MethodGet && sid(r) != "" && !elsewhere(r)
				joined = joined && !early
				return early && requery(r, "sid", "early")
			},
			Response: func(r *http.Request, res *peer.Response) bool {
				joined = joined || bytes.Contains(res.Body, []byte(`42["auth"`))
				return sid(r) == "early" && reanswer(res, http.StatusOK, "6")
			},
		}
	}},
	{"engine.payload.last-connect-only", "answers only the last of several CONNECTs in a payload", drop(func() Match { return in(namespace("/sio-conform-a")) })},
	{"engine.payload.first-only", "delivers only the first of the packets that wait for a poll", polled(func(packets []string) []string { return packets[:1] })},
	{"engine.payload.reversed", "delivers the packets that wait for a poll in reverse order", polled(func(packets []string) []string {
		slices.Reverse(packets)
		return packets
	})},
	{"engine.payload.twice", "delivers the packets that wait for a poll twice", polled(func(packets []string) []string {
		var list []string
		for _, p := range packets {
			list = append(list, p, p)
		}
		return list
	})},
	{"engine.payload.newline", "separates the packets of a payload with a line feed", polled(func(packets []string) []string { return []string{strings.Join(packets, "\n")} })},
	{"engine.payload.base64-with-type", "puts a packet type before base64, as revision 3 does", polled(eachAttachment(func(base64 string) string { return "b4" + base64 }))},
	{"engine.payload.base64-unpadded", "leaves out the padding of base64", polled(eachAttachment(func(base64 string) string { return "b" + strings.TrimRight(base64, "=") }))},
	{"engine.payload.base64-as-text", "sends base64 as a message of text", polled(eachAttachment(func(base64 string) string { return "4" + base64 }))},
	{"engine.payload.bytes-changed", "changes a byte of an attachment", polled(eachAttachment(func(text string) string {
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(data) == 0 {
			return "b" + text
		}
		data[0] ^= 0xff
		return "b" + base64.StdEncoding.EncodeToString(data)
	}))},
	{"engine.payload.replacement", "spoils a character that arrives in two pieces", replace(always(in(message("2"))), "€€", "\uFFFD\uFFFD€")},
	{"engine.event.message-back-dropped", "does not hand a packet to the application", drop(always(in(containing("message-back"))))},
	{"engine.sid.crossed", "delivers to one session what is for another", func() *peer.Tap {
		var first string
		crossed := false
		return request(func(r *http.Request) bool {
			id := sid(r)
			if elsewhere(r) || id == "" {
				return false
			}
			if first == "" {
				first = id
			}
			crossed = crossed || strings.Contains(bodyOf(r), `"other"`)
			return crossed && r.Method == http.MethodGet && id != first && requery(r, "sid", first)
		})()
	}},
	{"engine.overlap.get-ok", "answers a GET while another one is open", response(func(r *http.Request, res *peer.Response) bool {
		return r.Method == http.MethodGet && refused(r, res) && !unknownSession(res) && reanswer(res, http.StatusOK, "6")
	})},
	{"engine.overlap.get-held", "holds a GET open while another one is open", response(func(r *http.Request, res *peer.Response) bool {
		return r.Method == http.MethodGet && refused(r, res) && !unknownSession(res) && unanswered(res)
	})},
	{"engine.overlap.status-500", "refuses a request that overlaps another one with HTTP status 500", response(func(r *http.Request, res *peer.Response) bool {
		return refused(r, res) && !unknownSession(res) && restatus(res, http.StatusInternalServerError)
	})},
	{"engine.gone.lives", "goes on answering the requests of a session that it should have closed", response(func(r *http.Request, res *peer.Response) bool {
		return refused(r, res) && unknownSession(res) && reanswer(res, http.StatusOK, "6")
	})},
	{"engine.gone.held", "holds the requests of a session open that it should have closed", response(func(r *http.Request, res *peer.Response) bool {
		return refused(r, res) && unknownSession(res) && unanswered(res)
	})},
	{"engine.gone.post-ok", "says ok to the POST of a session that is closed", response(func(r *http.Request, res *peer.Response) bool {
		return r.Method == http.MethodPost && refused(r, res) && unknownSession(res) && reanswer(res, http.StatusOK, "ok")
	})},
	{"engine.compression.unasked", "compresses for clients that do not accept it", encoded("", "gzip")},
	{"engine.compression.unknown", "compresses in another way than the client accepts", encoded("gzip", "br")},
	{"engine.compression.flag-ignored", "compresses what is to be sent as it is", encoded("gzip", "gzip")},
	{"engine.compression.broken", "compresses wrongly", response(func(r *http.Request, res *peer.Response) bool {
		if !longAnswer(r, res) || r.Header.Get("Accept-Encoding") != "gzip" {
			return false
		}
		res.Header = res.Header.Clone()
		res.Header.Set("Content-Encoding", "gzip")
		res.Body = res.Body[:len(res.Body)/2]
		return true
	})},
}

// framingFaults are the faults about packets and what carries them.
var framingFaults = []Fault{
	{"engine.packet.unknown-ignored", "takes no notice of a packet of a type that does not exist", drop(always(out(unknownType)))},
	{"engine.packet.type-7-ignored", "takes no notice of a packet of type 7", drop(always(out(exactly("7"))))},
	{"engine.packet.empty-ignored", "takes no notice of an empty packet", drop(always(out(exactly(""))))},
	{"engine.packet.empty-message-answered", "answers a message without content", answer(always(out(exactly("4"))), `44{"message":"empty"}`)},
	{"engine.packet.empty-message-deafens", "takes notice of nothing more behind a message without content", deafen(always(out(exactly("4"))))},
	{"engine.packet.open-answered", "answers an open packet", answer(always(out(exactly("0"))), `0{"sid":"another"}`)},
	{"engine.packet.noop-deafens", "takes notice of nothing more behind a noop", deafen(always(out(exactly("6"))))},
	{"engine.packet.frame-split", "splits WebSocket frames as if they were payloads", change(always(out(containing("\x1e"))), func(c *Crossing) []peer.Frame {
		var list []peer.Frame
		for part := range bytes.SplitSeq(c.Data, []byte("\x1e")) {
			f := c.Frame
			f.Data = part
			list = append(list, f)
		}
		return list
	})},
	{"engine.frame.fragment-lost", "loses the last fragment of a message", replace(always(in(message("2"))), "one packet", "one")},
	{"engine.frame.pong-lost", "does not answer a WebSocket ping frame", func() *peer.Tap {
		return &peer.Tap{Pong: func(string) []string { return nil }}
	}},
	{"engine.frame.pong-empty", "answers a WebSocket ping frame with an empty pong frame", func() *peer.Tap {
		return &peer.Tap{Pong: func(string) []string { return []string{""} }}
	}},
}

// unknownType matches packets whose type does not exist.
func unknownType(c *Crossing) bool {
	return !c.Packet.Binary && c.Packet.Engine != 0 && !engine("0123456")(c)
}

// unknownSession reports whether a refusal says that the session is not known.
func unknownSession(res *peer.Response) bool {
	return bytes.Contains(res.Body, []byte(`"code":1`))
}

// octets reports whether a request calls itself binary.
func octets(r *http.Request) bool { return r.Header.Get("Content-Type") == "application/octet-stream" }

// posted makes a fault of answers to the POSTs of event messages.
func posted(f func(r *http.Request, res *peer.Response) bool) func() *peer.Tap {
	return response(func(r *http.Request, res *peer.Response) bool {
		event := strings.Contains(bodyOf(r), `42["message"`) || r.Header.Get("Transfer-Encoding") != ""
		return r.Method == http.MethodPost && event && res.Status == http.StatusOK && f(r, res)
	})
}

// carriesEvents reports whether an answer to a poll carries events that a scenario waits for.
func carriesEvents(r *http.Request, res *peer.Response) bool {
	if r.Method != http.MethodGet || res.Err != nil || res.Status != http.StatusOK {
		return false
	}
	return bytes.Contains(res.Body, []byte(`message-back`)) || bytes.Contains(res.Body, []byte(`42["n",`))
}

// longAnswer reports whether an answer to a poll is long enough to be compressed.
func longAnswer(r *http.Request, res *peer.Response) bool {
	return r.Method == http.MethodGet && res.Err == nil && (len(res.Body) > 1_000 || res.Header.Get("Content-Encoding") != "")
}

// encoded makes a fault that says of an answer that it is compressed, for clients that accept what accepted says.
func encoded(accepted, as string) func() *peer.Tap {
	return response(func(r *http.Request, res *peer.Response) bool {
		if !longAnswer(r, res) || r.Header.Get("Accept-Encoding") != accepted {
			return false
		}
		res.Header = res.Header.Clone()
		res.Header.Set("Content-Encoding", as)
		return true
	})
}

// polled makes a fault of the packets that a poll brings, as far as they carry events that a scenario waits for.
func polled(f func(packets []string) []string) func() *peer.Tap {
	return response(func(r *http.Request, res *peer.Response) bool {
		return carriesEvents(r, res) && rewritten(r, res, f)
	})
}

// eachAttachment returns a function on the base64 packets of a payload.
func eachAttachment(f func(base64 string) string) func(packets []string) []string {
	return func(packets []string) []string {
		for i, p := range packets {
			if text, ok := strings.CutPrefix(p, "b"); ok {
				packets[i] = f(text)
			}
		}
		return packets
	}
}

// answerFirst passes what matches first, and lets a packet arrive that answers something else.
func answerFirst(m Match, packet string) func() *peer.Tap {
	return func() *peer.Tap {
		match := nth(1, m)
		return frames(func(c *Crossing) []peer.Frame {
			if c.Closing != nil || !match(c) {
				return []peer.Frame{c.Frame}
			}
			return []peer.Frame{delivered(c.Session, c.Transport, packet), c.Frame}
		})
	}
}

// accused matches packets of sessions that do what they should not, and not those of the bystanders.
func accused(c *Crossing) bool { return c.Session != "canary" && c.Session != "other" }

// closings matches the ends of connections, and the close packets that announce them.
func closings(c *Crossing) bool { return c.Closing != nil || c.Direction == wire.In && engine("1")(c) }

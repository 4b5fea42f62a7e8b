package driver

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// servePoll answers a GET as soon as there is something to say.
func (c *Session) servePoll(w http.ResponseWriter, r *http.Request) {
	frames, raw, status := c.awaitPoll(r)
	switch {
	case raw != nil:
		c.server.answer(w, http.StatusOK, *raw)
	case status != 0:
		c.server.answer(w, status, `{"code":0,"message":"Transport unknown"}`)
	case frames != nil:
		c.server.answer(w, http.StatusOK, c.encode(frames))
	}
}

// awaitPoll waits for packets; or returns the body to answer with, or the status with which the poll fails.
func (c *Session) awaitPoll(r *http.Request) (frames []peer.Frame, raw *string, status int) {
	s := c.stage
	s.locked(func() {
		c.polls++
		s.notify()
	})
	defer s.locked(func() {
		c.polls--
		s.notify()
	})
	for {
		var changed chan struct{}
		s.locked(func() {
			changed = s.changed
			switch {
			case c.sayPoll != nil:
				raw, c.sayPoll = c.sayPoll, nil
			case len(c.out) > 0 && c.transport == peer.Polling:
				frames, c.out = c.out, nil
			case c.failPoll != 0:
				status, c.failPoll = c.failPoll, 0
			case c.probing || c.transport == peer.WebSocket:
				frames = []peer.Frame{c.frame("6")}
			case c.closed != nil && c.closed.Cause == "close packet":
				frames = []peer.Frame{c.frame("6")}
			case c.closed != nil:
				status = http.StatusBadRequest
			}
		})
		if frames != nil || raw != nil || status != 0 {
			return frames, raw, status
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return nil, nil, 0
		case <-s.ctx.Done():
			return nil, nil, http.StatusBadRequest
		}
	}
}

// encode returns a payload of text packets.
func (c *Session) encode(frames []peer.Frame) string {
	var parts []string
	for _, f := range frames {
		text := string(f.Data)
		if f.Binary {
			text = encodeBase64(f.Data, c.stage.Revision4())
		}
		if c.stage.Revision4() {
			text = fmt.Sprintf("%d:%s", len(utf16.Encode([]rune(text))), text)
		}
		parts = append(parts, text)
	}
	if c.stage.Revision4() {
		return strings.Join(parts, "")
	}
	return strings.Join(parts, "\x1e")
}

// maxPost bounds a POST.
const maxPost = 64 << 20

// servePost takes a payload of the client.
func (c *Session) servePost(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPost))
	if err != nil {
		return
	}
	c.stage.transcript.Add(wire.Entry{Session: c.name, Transport: string(peer.Polling), Direction: wire.In, Kind: wire.KindHTTP, Data: body, Text: "payload"})
	if gone := c.ended(); gone != nil {
		c.server.answer(w, http.StatusBadRequest, `{"code":1,"message":"Session ID unknown"}`)
		return
	}
	if c.refusePost(w) {
		return
	}
	frames, err := c.decode(body, r.Header.Get("Content-Type"))
	c.stage.locked(func() { c.posts = append(c.posts, body) })
	for _, f := range frames {
		c.receive(f)
	}
	if err != nil {
		c.stage.locked(func() {
			c.in = append(c.in, wire.Packet{Raw: body, Problems: []wire.Problem{{Text: err.Error()}}})
			c.stage.notify()
		})
	}
	if delay := c.server.Script.SlowPost; delay > 0 {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-c.stage.ctx.Done():
		}
	}
	c.server.answer(w, http.StatusOK, "ok")
}

// decode takes a payload apart.
func (c *Session) decode(body []byte, contentType string) ([]peer.Frame, error) {
	switch {
	case !c.stage.Revision4():
		var frames []peer.Frame
		for part := range bytes.SplitSeq(body, []byte{0x1e}) {
			f, err := c.text(string(part), "b")
			if err != nil {
				return frames, err
			}
			frames = append(frames, f)
		}
		return frames, nil
	case strings.HasPrefix(contentType, "application/octet-stream"):
		return c.decodeBinary(body)
	default:
		return c.decodeLengths(string(body))
	}
}

// text returns a text packet, or an attachment in base64 behind the prefix.
func (c *Session) text(packet, prefix string) (peer.Frame, error) {
	f := peer.Frame{Session: c.name, Direction: wire.In, Transport: peer.Polling, Data: []byte(packet)}
	encoded, ok := strings.CutPrefix(packet, prefix)
	if !ok {
		return f, nil
	}
	var err error
	f.Binary = true
	f.Data, err = base64.StdEncoding.DecodeString(encoded)
	return f, err
}

var errPayload = errors.New("the payload cannot be taken apart")

// decodeLengths reads the text payload of revision 4, whose lengths count UTF-16 code units.
func (c *Session) decodeLengths(body string) ([]peer.Frame, error) {
	units := utf16.Encode([]rune(body))
	var frames []peer.Frame
	for len(units) > 0 {
		n, i := 0, 0
		for i < len(units) && units[i] >= '0' && units[i] <= '9' && i < 10 {
			n = n*10 + int(units[i]-'0')
			i++
		}
		if i == 0 || i == len(units) || units[i] != ':' || i+1+n > len(units) {
			return frames, errPayload
		}
		f, err := c.text(string(utf16.Decode(units[i+1:i+1+n])), "b4")
		if err != nil {
			return frames, err
		}
		frames = append(frames, f)
		units = units[i+1+n:]
	}
	return frames, nil
}

// decodeBinary reads the binary payload of revision 4.
func (c *Session) decodeBinary(body []byte) ([]peer.Frame, error) {
	var frames []peer.Frame
	for len(body) > 0 {
		kind := body[0]
		end := bytes.IndexByte(body, 255)
		if end < 1 || kind > 1 {
			return frames, errPayload
		}
		digits := make([]byte, 0, end)
		for _, d := range body[1:end] {
			digits = append(digits, '0'+d)
		}
		n, err := strconv.Atoi(string(digits))
		if err != nil || end+1+n > len(body) || n == 0 {
			return frames, errPayload
		}
		data := body[end+1 : end+1+n]
		if kind == 1 {
			data = data[1:]
		}
		frames = append(frames, peer.Frame{Session: c.name, Direction: wire.In, Transport: peer.Polling, Binary: kind == 1, Data: data})
		body = body[end+1+n:]
	}
	return frames, nil
}

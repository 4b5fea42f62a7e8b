package engine

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/reference/eio"
)

// A framing is the form that packets have between a session and its client, as
// the client chose it with the request that opened the session, or that offered
// a WebSocket.
type framing struct {
	revision eio.Revision
	textOnly bool   // revision 3: the client takes base64 for bytes
	jsonp    bool   // revision 3: payloads are wrapped for a script element and a form
	callback string // digits, or empty; with jsonp only
}

func framingOf(r *http.Request) framing {
	query := r.URL.Query()
	f := framing{revision: revision(r)}
	if f.revision != eio.Revision3 {
		return f
	}
	f.jsonp = query.Has("j")
	f.textOnly = f.jsonp || query.Get("b64") != ""
	f.callback = strings.Map(digit, query.Get("j"))
	return f
}

func digit(c rune) rune {
	if c < '0' || c > '9' {
		return -1
	}
	return c
}

// answer returns the response to a GET that carries packets. With JSONP it is a
// script, under the content type of Engine.IO 3.6.
func (f framing) answer(packets []eio.Packet) answer {
	if f.revision == eio.Revision3 && !f.textOnly && slices.ContainsFunc(packets, isBinary) {
		return answer{http.StatusOK, "application/octet-stream", eio.AppendBinaryPayload(nil, packets)}
	}
	payload := eio.AppendPayload(nil, f.revision, packets)
	if f.jsonp {
		argument, _ := json.Marshal(string(payload)) // a string always has a JSON form, and this one is also JavaScript
		payload = slices.Concat([]byte("___eio["+f.callback+"]("), argument, []byte(");"))
	}
	return answer{http.StatusOK, "text/plain; charset=UTF-8", payload}
}

func isBinary(p eio.Packet) bool { return p.Binary }

// parse returns the packets in the body of a POST, those before an error
// included. Octets is what the client said about the body.
func (f framing) parse(octets bool, body []byte) ([]eio.Packet, error) {
	switch {
	case f.jsonp:
		payload, err := formPayload(body)
		if err != nil {
			return nil, err
		}
		return eio.ParsePayload(nil, f.revision, payload, eio.Limits{})
	case octets:
		return eio.ParseBinaryPayload(nil, body, eio.Limits{})
	default:
		return eio.ParsePayload(nil, f.revision, body, eio.Limits{})
	}
}

var errNoForm = errors.New("engine: the body is no form with a field d")

// newlines undoes what a JSONP client does to its payload, because a form
// changes newlines: it writes \n for a newline, and \\n for what was \n before.
var newlines = strings.NewReplacer(`\\n`, `\n`, `\n`, "\n")

// formPayload returns the payload in the form that a JSONP client posts.
func formPayload(body []byte) ([]byte, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil || len(form["d"]) != 1 {
		return nil, errNoForm
	}
	return []byte(newlines.Replace(form.Get("d"))), nil
}

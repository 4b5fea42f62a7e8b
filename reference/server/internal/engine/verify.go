package engine

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/gorilla/websocket"
)

// A refusal is one of the errors that Engine.IO has a code for.
type refusal struct {
	status  int
	Code    int    `json:"code"`
	Message string `json:"message"`
}

var (
	unknownTransport   = &refusal{http.StatusBadRequest, 0, "Transport unknown"}
	unknownSession     = &refusal{http.StatusBadRequest, 1, "Session ID unknown"}
	badMethod          = &refusal{http.StatusBadRequest, 2, "Bad handshake method"}
	mismatch           = &refusal{http.StatusBadRequest, 3, "Bad request"}
	unsupportedVersion = &refusal{http.StatusBadRequest, 5, "Unsupported protocol version"}
)

func forbidden(err error) *refusal { return &refusal{http.StatusForbidden, 4, err.Error()} }

// verify decides whether the request is served, in the order of Engine.IO 6.6.
// It returns the session that the request belongs to, nil for a new one.
func (e *Engine) verify(r *http.Request) (*Session, *refusal) {
	query := r.URL.Query()
	transport, upgrade := query.Get("transport"), websocket.IsWebSocketUpgrade(r)
	if !e.config.serves(transport) {
		return nil, unknownTransport
	}
	if upgrade != (transport == WebSocket) {
		return e.verifyMismatch(query.Get("sid"), r)
	}
	if id := query.Get("sid"); id != "" {
		s := e.session(id)
		switch {
		case s == nil:
			return nil, unknownSession
		case s.framing.revision != revision(r):
			return nil, mismatch
		}
		return s, nil
	}
	if r.Method != http.MethodGet {
		return nil, badMethod
	}
	if e.config.AllowRequest != nil {
		if err := e.config.AllowRequest(r); err != nil {
			return nil, forbidden(err)
		}
	}
	if !slices.Contains(e.config.Revisions, revision(r)) {
		return nil, unsupportedVersion
	}
	return nil, nil
}

// verifyMismatch refuses a request whose transport is not what it is.
func (e *Engine) verifyMismatch(id string, r *http.Request) (*Session, *refusal) {
	switch {
	case id != "" && e.session(id) == nil:
		return nil, unknownSession
	case id == "" && r.Method != http.MethodGet:
		return nil, badMethod
	default:
		return nil, mismatch
	}
}

// answer returns the response to a polling request.
func (f *refusal) answer() answer {
	body, _ := json.Marshal(f) // always has a JSON form
	return answer{f.status, "application/json", body}
}

// write refuses the request. A WebSocket is refused with a text, and always
// with status 400.
func (f *refusal) write(w http.ResponseWriter, r *http.Request) {
	if !websocket.IsWebSocketUpgrade(r) {
		f.answer().write(w)
		return
	}
	w.Header().Set("Connection", "close")
	answer{http.StatusBadRequest, "text/html", []byte(f.Message)}.write(w)
}

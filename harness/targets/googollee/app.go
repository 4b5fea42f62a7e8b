package main

import (
	"encoding/json"
	"errors"
	"sync"

	socketio "github.com/googollee/go-socket.io"
)

// An app is a server with the handlers of the contract.
type app struct {
	server *socketio.Server

	declaredMu sync.Mutex
	declared   map[string]bool
}

// declare gives a namespace its handlers, the first time.
func (a *app) declare(name string) {
	a.declaredMu.Lock()
	defer a.declaredMu.Unlock()
	if a.declared[name] {
		return
	}
	a.declared[name] = true
	a.server.OnEvent(name, "message", message)
	a.server.OnEvent(name, "message-with-ack", func(_ socketio.Conn, first argument) any { return first.Value })
	a.server.OnEvent(name, "op", func(s socketio.Conn, request argument) any { return a.reply(s, request.Value) })
	a.server.OnConnect(name, connected)
}

func (a *app) exists(name string) bool {
	a.declaredMu.Lock()
	defer a.declaredMu.Unlock()
	return a.declared[name]
}

// message answers with its arguments. In this library a handler has a fixed number of arguments.
func message(s socketio.Conn, a, b, c, d, e, f, g, h, i, j, k, l argument) {
	s.Emit("message-back", values(a, b, c, d, e, f, g, h, i, j, k, l)...)
}

// connected is the connection handler. What is emitted before it returns comes ahead of the CONNECT in a custom namespace, and waits for ever in the main one.
func connected(s socketio.Conn) error {
	auth := credentials(s)
	s.SetContext(map[string]any{})
	switch {
	case s.Namespace() == "/guarded" && auth["token"] != "secret":
		return errors.New("not authorized")
	case s.Namespace() == "/":
		go s.Emit("auth", auth)
	default:
		s.Emit("auth", auth)
	}
	return nil
}

// credentials returns the JSON value of the query parameter auth of the URL in the main namespace. The library keeps the query of a custom one to itself.
func credentials(s socketio.Conn) map[string]any {
	var auth map[string]any
	address := s.URL()
	if s.Namespace() != "/" || json.Unmarshal([]byte(address.Query().Get("auth")), &auth) != nil || auth == nil {
		return map[string]any{}
	}
	return auth
}

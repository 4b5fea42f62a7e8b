package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	socketio "github.com/googollee/go-socket.io"
)

const implementation = "googollee/go-socket.io 1.7.0"

var errUnsupported = errors.New("unsupported")

// reply carries out an operation of section 4.
func (a *app) reply(s socketio.Conn, request any) map[string]any {
	value, err := a.carryOut(s, request)
	switch {
	case errors.Is(err, errUnsupported):
		return map[string]any{"error": "unsupported"}
	case err != nil:
		return map[string]any{"error": "failed", "message": err.Error()}
	default:
		return map[string]any{"ok": value}
	}
}

func (a *app) carryOut(s socketio.Conn, request any) (any, error) {
	m, _ := request.(map[string]any)
	name, _ := m["do"].(string)
	shape, known := shapes[name]
	if !known || !shape.fits(m) {
		return nil, errUnsupported
	}
	switch name {
	case "hello":
		return map[string]any{"contract": 1, "implementation": implementation, "features": []string{"declare"}}, nil
	case "echo":
		return m["value"], nil
	case "info":
		return info(s), nil
	case "rooms":
		return sorted(s.Rooms()), nil
	case "members":
		return a.inRoom(s.Namespace(), m["room"].(string)), nil
	case "join":
		for _, room := range stringsOf(m["rooms"]) {
			s.Join(room)
		}
	case "leave":
		s.Leave(m["room"].(string))
	case "set":
		data := maps.Clone(s.Context().(map[string]any))
		maps.Copy(data, m["data"].(map[string]any))
		s.SetContext(data)
	case "disconnect":
		return nil, s.Close()
	case "declare":
		a.declare(m["nsp"].(string))
	case "emit":
		return nil, a.emit(s, m)
	case "batch":
		return a.batch(s, m["ops"].([]any))
	}
	return nil, nil
}

func info(s socketio.Conn) any {
	address := s.URL()
	query, headers := map[string]string{}, map[string]string{}
	for name, values := range address.Query() {
		query[name] = values[0]
	}
	for name, values := range s.RemoteHeader() {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return map[string]any{
		"id": s.ID(), "nsp": s.Namespace(), "auth": credentials(s), "query": query, "headers": headers, "data": s.Context(), "recovered": false,
	}
}

func (a *app) inRoom(namespace, room string) []string {
	var ids []string
	a.server.ForEach(namespace, room, func(s socketio.Conn) { ids = append(ids, s.ID()) })
	return sorted(ids)
}

// emit sends to the socket, to a namespace or to one room of it: the library has nothing for more rooms, or for all but some.
func (a *app) emit(s socketio.Conn, m members) error {
	rooms := append(stringsOf(m["to"]), stringsOf(m["in"])...)
	_, elsewhere := m["of"]
	toSocket := m["via"] == "socket"
	if len(rooms) > 1 || toSocket && (len(rooms) > 0 || elsewhere) {
		return errUnsupported
	}
	target := s.Namespace()
	if elsewhere {
		target = m["of"].(string)
	}
	if !a.exists(target) {
		return fmt.Errorf("namespace %s does not exist", target)
	}
	items := m["args"].([]any)
	for n := range times(m) {
		event, args := items[0].(string), numbered(items[1:], m, n)
		switch {
		case toSocket:
			s.Emit(event, args...)
		case len(rooms) == 1:
			a.server.BroadcastToRoom(target, rooms[0], event, args...)
		default:
			a.server.BroadcastToNamespace(target, event, args...)
		}
	}
	return nil
}

// batch carries operations out one after the other.
func (a *app) batch(s socketio.Conn, ops []any) (any, error) {
	replies := []any{}
	for _, op := range ops {
		m, ok := op.(map[string]any)
		if !ok || m["do"] == "batch" || m["do"] == "ack" {
			return nil, errUnsupported
		}
		replies = append(replies, a.reply(s, m))
	}
	return replies, nil
}

// times returns how often to send.
func times(m members) int64 {
	number, there := m["times"].(json.Number)
	if !there {
		return 1
	}
	n, _ := number.Int64()
	return n
}

// numbered returns the arguments with the number of the event where they ask for it.
func numbered(args []any, m members, n int64) []any {
	args = slices.Clone(args)
	for i := range args {
		if args[i] == "<n>" && m["times"] != nil {
			args[i] = n
		}
	}
	return args
}

func stringsOf(v any) []string {
	items, _ := v.([]any)
	var list []string
	for _, item := range items {
		list = append(list, item.(string))
	}
	return list
}

func sorted(list []string) []string {
	slices.Sort(list)
	return append([]string{}, list...)
}

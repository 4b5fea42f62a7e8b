package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// serve starts the server with a heartbeat that a test does not see, or with the given one.
func serve(t *testing.T, heartbeat string) string {
	t.Helper()
	t.Setenv("SIO_PING_INTERVAL", heartbeat)
	t.Setenv("SIO_PING_TIMEOUT", heartbeat)
	s := httptest.NewServer(newServer())
	t.Cleanup(s.Close)
	return s.URL + "/socket.io/?EIO=4"
}

func dial(t *testing.T, address, query string) *websocket.Conn {
	t.Helper()
	conn, res, err := websocket.DefaultDialer.Dial(strings.Replace(address, "http", "ws", 1)+"&transport=websocket"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	t.Cleanup(func() { conn.Close() })
	conn.SetReadDeadline(time.Now().Add(time.Minute))
	return conn
}

func say(t *testing.T, conn *websocket.Conn, frames ...any) {
	t.Helper()
	for _, f := range frames {
		kind, data := websocket.TextMessage, []byte(fmt.Sprint(f))
		if b, ok := f.([]byte); ok {
			kind, data = websocket.BinaryMessage, b
		}
		if err := conn.WriteMessage(kind, data); err != nil {
			t.Fatal(err)
		}
	}
}

func want(t *testing.T, conn *websocket.Conn, prefixes ...string) {
	t.Helper()
	for _, prefix := range prefixes {
		_, data, err := conn.ReadMessage()
		if err != nil || !strings.HasPrefix(string(data), prefix) {
			t.Fatalf("want %q, got %q, %v", prefix, data, err)
		}
	}
}

func TestItIsCareless(t *testing.T) {
	for _, test := range []struct {
		name string
		say  []any
		want []string
	}{
		{"any namespace", []any{`40/nobody-made-this,{"a":1}`}, []string{`40/nobody-made-this,{"sid":"`, `42/nobody-made-this,["auth",{"a":1}]`}},
		{"twice", []any{"40", "40"}, []string{`40{"sid":"`, `42["auth",{}]`, `40{"sid":"`}},
		{"without CONNECT", []any{`42["message",1]`}, []string{`42["message-back",1]`}},
		{"DISCONNECT", []any{"40", "41", `42["message",1]`}, []string{"40", "42", `42["message-back",1]`}},
		{"malformed", []any{"4abc", "42{", "42", "4", "", "1", "9", `42abc["message"]`, "451-", []byte{1}, []byte{2}, `42["message",1]`}, []string{`42["message-back",1]`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			conn := dial(t, serve(t, "60000"), "")
			want(t, conn, `0{"sid":"`)
			say(t, conn, test.say...)
			want(t, conn, test.want...)
		})
	}
}

func TestItAnswersTheOfficialApp(t *testing.T) {
	conn := dial(t, serve(t, "60000"), "")
	want(t, conn, `0{"sid":"`)
	say(t, conn, "40/x,", `42/x,7["message-with-ack",1,{"a":[]}]`, `452-/x,["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, []byte{1}, []byte{2},
		`451-8["message-with-ack",{"_placeholder":true,"num":0}]`, []byte{3})
	want(t, conn, "40/x,", "42/x,", `43/x,7[1,{"a":[]}]`, `452-/x,["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "\x01", "\x02",
		`461-8[{"_placeholder":true,"num":0}]`, "\x03")
}

func TestItClosesOnPingTimeout(t *testing.T) {
	conn := dial(t, serve(t, "10"), "")
	want(t, conn, "0", "2")
	say(t, conn, "3")
	want(t, conn, "2")
	if _, data, err := conn.ReadMessage(); err == nil {
		t.Errorf("got %q after a ping that was not answered", data)
	}
}

// exchange makes a request of long-polling and returns the body of the answer.
func exchange(t *testing.T, method, address, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address+"&transport=polling", bytes.NewBufferString(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestPollingAndUpgrade(t *testing.T) {
	address := serve(t, "60000")
	opened := exchange(t, http.MethodGet, address, "")
	_, id, _ := strings.Cut(opened, `"sid":"`)
	id, _, _ = strings.Cut(id, `"`)
	query := "&sid=" + id
	if got := exchange(t, http.MethodPost, address+query, "451-[\"message\",{\"_placeholder\":true,\"num\":0}]\x1ebAQI="); got != "ok" {
		t.Fatalf("POST was answered %q", got)
	}
	if got := exchange(t, http.MethodGet, address+query, ""); got != "451-[\"message-back\",{\"_placeholder\":true,\"num\":0}]\x1ebAQI=" {
		t.Fatalf("got %q", got)
	}
	conn := dial(t, address, query)
	say(t, conn, "2probe")
	want(t, conn, "3probe")
	if got := exchange(t, http.MethodGet, address+query, ""); got != "6" {
		t.Fatalf("while upgrading, a poll was answered %q", got)
	}
	say(t, conn, "5", `42["message",1]`)
	want(t, conn, `42["message-back",1]`)
	if got := exchange(t, http.MethodGet, address+query, ""); !strings.Contains(got, "Bad request") {
		t.Errorf("after the upgrade, a poll was answered %q", got)
	}
}

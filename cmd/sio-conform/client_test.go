package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/sio-conform/sio-conform/harness/run"
	reference "github.com/sio-conform/sio-conform/reference/driver"
)

var waiting = regexp.MustCompile(`waiting for a driver: JSON lines over TCP to (\S+), or a WebSocket`)

// TestADriverThatIsStartedByHandIsJudged has a driver connect to the address that client --url-only prints, and serve all scenarios.
func TestADriverThatIsStartedByHandIsJudged(t *testing.T) {
	for name, connect := range map[string]func(t *testing.T, address string) io.ReadWriteCloser{"TCP": connectTCP, "WebSocket": connectWebSocket} {
		t.Run(name, func(t *testing.T) {
			printed, stderr := io.Pipe()
			served := make(chan error, 1)
			go func() {
				line, _ := bufio.NewReader(printed).ReadString('\n')
				go io.Copy(io.Discard, printed) // what else it prints
				found := waiting.FindStringSubmatch(line)
				if found == nil {
					t.Errorf("it prints %q", line)
					return
				}
				conn := connect(t, found[1])
				served <- reference.Serve(conn, conn, reference.Options{Version: "by hand"})
				_ = conn.Close()
			}()
			var stdout bytes.Buffer
			code := execute(t.Context(), []string{"client", "--url-only", "--only", "client.connect.*[rev5,websocket]", "-q"}, &stdout, stderr)
			_ = stderr.Close()
			if code != run.ExitConformant || !strings.Contains(stdout.String(), "by hand") {
				t.Errorf("exit code %d: %s", code, stdout.String())
			}
			if err := <-served; err != nil && !strings.Contains(err.Error(), "closed") {
				t.Errorf("the driver ended with %v", err)
			}
		})
	}
}

func connectTCP(t *testing.T, address string) io.ReadWriteCloser {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Error(err)
	}
	return conn
}

func connectWebSocket(t *testing.T, address string) io.ReadWriteCloser {
	t.Helper()
	conn, _, err := websocket.DefaultDialer.Dial("ws://"+address+"/", nil)
	if err != nil {
		t.Error(err)
	}
	return &lineSocket{Conn: conn}
}

// A lineSocket is a WebSocket as a stream of lines: one a message.
type lineSocket struct {
	*websocket.Conn
	rest []byte
}

func (s *lineSocket) Read(b []byte) (int, error) {
	if len(s.rest) == 0 {
		_, text, err := s.ReadMessage()
		if err != nil {
			return 0, io.EOF
		}
		s.rest = append(bytes.TrimSuffix(text, []byte("\n")), '\n')
	}
	n := copy(b, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

func (s *lineSocket) Write(line []byte) (int, error) {
	return len(line), s.WriteMessage(websocket.TextMessage, bytes.TrimSuffix(line, []byte("\n")))
}

// TestTheSelfTestProvesBothSides selects scenarios of both suites, of one, and of none.
func TestTheSelfTestProvesBothSides(t *testing.T) {
	rows := []struct {
		only []string
		want []string
		code int
	}{
		{[]string{"namespace.connect.unknown", "client.connect.sid-adopted"}, []string{"servers: 6 ", "clients: 2 "}, 0},
		{[]string{"client.connect.sid-adopted[rev5,websocket]"}, []string{"clients: 1 scenarios and axes, 2 pairs"}, 0},
		{[]string{"namespace.connect.unknown", "client.nothing"}, nil, run.ExitUsage},
	}
	for _, r := range rows {
		args := []string{"selftest"}
		for _, o := range r.only {
			args = append(args, "--only", o)
		}
		code, stdout, stderr := command(context.Background(), t, args...)
		if code != r.code || strings.Count(stdout, "\n") != len(r.want) {
			t.Errorf("%v: exit code %d: %s%s", r.only, code, stdout, stderr)
		}
		for _, w := range r.want {
			if !strings.Contains(stdout, w) {
				t.Errorf("%v: %s, want %q", r.only, stdout, w)
			}
		}
	}
}

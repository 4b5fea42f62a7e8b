package target

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// child describes a target that is this program in one of its modes.
func child(mode string) *Spec {
	s := newSpec()
	s.Name, s.Dir, s.Argv = mode, ".", []string{os.Args[0]}
	s.Env = map[string]string{childMode: mode, "GORACE": "atexit_sleep_ms=0"} // else each end takes a second under -race
	s.Ready.Within = 30 * time.Second                                         // nothing waits that long unless it is broken
	s.StopWithin = 30 * time.Second
	return s
}

var _ Running = (*Process)(nil)

func start(t *testing.T, s *Spec) *Process {
	t.Helper()
	p, err := s.Start(t.Context(), Profiles()[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p
}

func startFails(t *testing.T, s *Spec, want error) *StartError {
	t.Helper()
	p, err := s.Start(t.Context(), Profiles()[0])
	if err == nil {
		p.Stop()
		t.Fatalf("%s started", s.Name)
	}
	e, ok := errors.AsType[*StartError](err)
	if !ok || !errors.Is(err, want) {
		t.Fatalf("got %#v, want a *StartError that wraps %q", err, want)
	}
	return e
}

// A lifeline is where children say that they live. What waits for their end has a deadline.
type lifeline struct {
	*net.TCPListener
	t *testing.T
}

func newLifeline(t *testing.T) lifeline {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return lifeline{l.(*net.TCPListener), t}
}

// next returns the name and the connection of the next child.
func (l lifeline) next() (string, net.Conn) {
	l.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	l.SetDeadline(deadline)
	conn, err := l.Accept()
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(deadline)
	name, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		l.t.Fatal(err)
	}
	return strings.TrimSpace(name), conn
}

// wantEnd waits for the end of the process that holds the connection.
func wantEnd(t *testing.T, conn net.Conn) {
	t.Helper()
	_, err := conn.Read(make([]byte, 1))
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("the process did not end: %v", err)
	}
}

func await(t *testing.T, what string, c <-chan struct{}) {
	t.Helper()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	select {
	case <-c:
	case <-deadline.C:
		t.Fatalf("no %s within 30 s", what)
	}
}

func TestStartReturnsTheAddressThatTheTargetPrinted(t *testing.T) {
	p := start(t, child("ready"))
	if !strings.Contains(p.Output().String(), "listening on "+p.URL()+"\n") {
		t.Errorf("URL() = %q, printed %q", p.URL(), p.Output())
	}
}

func TestStopLetsTheTargetEndInPeace(t *testing.T) {
	p := start(t, child("ready"))
	p.Stop()
	if got := p.ExitStatus(); runtime.GOOS != "windows" && got != "exit status 0" {
		t.Errorf("exit status %q", got)
	}
	if got := p.Output().String(); runtime.GOOS != "windows" && !strings.HasSuffix(got, "\nbye\n") {
		t.Errorf("output is not complete: %q", got)
	}
}

func TestStopTwiceAtOnce(t *testing.T) {
	p := start(t, child("ready"))
	stopped := make(chan struct{}, 2)
	for range 2 {
		go func() { p.Stop(); stopped <- struct{}{} }()
	}
	await(t, "first Stop", stopped)
	await(t, "second Stop", stopped)
}

func TestStopAfterTheEnd(t *testing.T) {
	l := newLifeline(t)
	s := child("ends when told")
	s.Env[childLifeline] = l.Addr().String()
	p := start(t, s)
	_, conn := l.next()
	fmt.Fprintln(conn, "end")
	await(t, "exit", p.Exited())
	p.Stop()
	if got := p.ExitStatus(); got != "exit status 7" {
		t.Errorf("exit status %q", got)
	}
}

func TestExitStatusIsEmptyWhileItRuns(t *testing.T) {
	if got := start(t, child("ready")).ExitStatus(); got != "" {
		t.Errorf("exit status %q", got)
	}
}

func TestAnEndIsSeen(t *testing.T) {
	p := start(t, child("ready"))
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	await(t, "exit", p.Exited())
	if got := p.ExitStatus(); runtime.GOOS != "windows" && got != "signal: killed" {
		t.Errorf("exit status %q", got)
	}
}

func TestStopKillsWhatDoesNotEnd(t *testing.T) {
	s := child("stubborn")
	s.StopWithin = time.Millisecond
	p := start(t, s)
	p.Stop()
	if got := p.ExitStatus(); runtime.GOOS != "windows" && got != "signal: killed" {
		t.Errorf("exit status %q", got)
	}
}

func TestStopEndsGrandchildren(t *testing.T) {
	for _, mode := range []string{"parent", "parent of a stubborn child"} {
		t.Run(mode, func(t *testing.T) {
			l := newLifeline(t)
			s := child(mode)
			s.Env[childLifeline] = l.Addr().String()
			if mode != "parent" {
				s.StopWithin = time.Millisecond
			}
			p := start(t, s)
			_, grandchild := l.next()
			p.Stop()
			wantEnd(t, grandchild)
		})
	}
}

func TestGrandchildrenDoNotOutliveTheTarget(t *testing.T) {
	l := newLifeline(t)
	s := child("parent of a stubborn child")
	s.Env[childLifeline] = l.Addr().String()
	p := start(t, s)
	_, grandchild := l.next()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	await(t, "exit", p.Exited())
	wantEnd(t, grandchild)
}

func TestNothingOutlivesAKilledHarness(t *testing.T) {
	if runtime.GOOS == "plan9" || runtime.GOOS == "js" || runtime.GOOS == "wasip1" {
		t.Skip("the operating system has no groups of processes")
	}
	l := newLifeline(t)
	supervisor := exec.Command(os.Args[0])
	supervisor.Env = append(os.Environ(), childMode+"=supervisor", childLifeline+"="+l.Addr().String())
	supervisor.Stdout = t.Output()
	if err := supervisor.Start(); err != nil {
		t.Fatal(err)
	}
	defer supervisor.Wait()
	var grandchild net.Conn
	for range 2 { // in any order
		if name, conn := l.next(); name == "child" {
			grandchild = conn
		}
	}
	if err := supervisor.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if grandchild == nil {
		t.Fatal("no grandchild said that it lives")
	}
	wantEnd(t, grandchild)
}

func TestTheTargetIsToldItsOptions(t *testing.T) {
	s := child("options")
	s.Argv = append(s.Argv, "--limits={ping-interval},{ping-timeout},{connect-timeout},{upgrade-timeout},{max-payload},{recovery},{recovery-middlewares}", "{path}", "{other}")
	s.Env[childWord] = "{max-payload}!"
	s.Path = "/io/"
	s.Dir = t.TempDir()
	p, err := s.Start(t.Context(), Profiles()[1])
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop()
	got := p.Output().String()
	for _, want := range []string{
		"SIO_PORT=0\nSIO_PATH=/io/\nSIO_PING_INTERVAL=1500\nSIO_PING_TIMEOUT=1200\nSIO_CONNECT_TIMEOUT=2000\nSIO_UPGRADE_TIMEOUT=1200\nSIO_MAX_PAYLOAD=1000000\nSIO_RECOVERY=0\nSIO_RECOVERY_MIDDLEWARES=false\n",
		`arguments ["--limits=1500,1200,2000,1200,1000000,0,false" "/io/" "{other}"] in ` + filepath.Base(s.Dir) + ", word 1000000!\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("want %q, got %q", want, got)
		}
	}
}

func TestAPortIsChosenForACommandThatNeedsOne(t *testing.T) {
	s := child("options")
	s.Argv = append(s.Argv, "{port}")
	p := start(t, s)
	_, port, _ := strings.Cut(strings.TrimPrefix(p.URL(), "http://"), ":")
	if want := fmt.Sprintf("arguments [%q]", port); port == "0" || !strings.Contains(p.Output().String(), want) {
		t.Errorf("want %s, got %s", want, p.Output())
	}
}

func TestStartPolls(t *testing.T) {
	s := child("http")
	s.Ready = Ready{URL: defaultPollURL, Within: 30 * time.Second}
	p := start(t, s)
	p.Stop()
	if got := p.Output().String(); got != "asked for /socket.io/?EIO=4&transport=polling\n" {
		t.Errorf("got %q", got)
	}
}

func TestStartFailures(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, test := range []struct {
		name string
		spec func(s *Spec)
		mode string
		want error
		text string
	}{
		{"no such program", func(s *Spec) { s.Argv = []string{"sio-conform-no-such-program"} }, "", ErrNotFound, "sio-conform-no-such-program"},
		{"no such file", func(s *Spec) { s.Argv = []string{"./missing", "x y"} }, "", ErrNotFound, "target: ./missing 'x y' (in .): the program was not found"},
		{"ends", func(s *Spec) { s.Env[childWord] = "boom \x1b[31m" }, "fails", ErrEnded, "it ended before it was ready: exit status 3; it printed:\n    "},
		{"what it printed is escaped", func(s *Spec) { s.Env[childWord] = "boom \x1b[31m" }, "fails", ErrEnded, `    boom \x1b[31m`},
		{"ends, with something to install", func(s *Spec) { s.Install = []string{"npm", "ci"}; s.Dir = os.TempDir() }, "fails", ErrEnded,
			"if it is not installed, run `npm ci` in " + os.TempDir() + " first"},
		{"never ready", func(s *Spec) { s.Ready.Within = 100 * time.Millisecond }, "silent", ErrNeverReady, "it was not ready within 100ms"},
		{"never answers", func(s *Spec) { s.Ready = Ready{URL: defaultPollURL, Within: 100 * time.Millisecond} }, "silent", ErrNeverReady, "refused"},
		{"line without an address", func(s *Spec) { s.Env[childWord] = "listening on http://" }, "says", ErrNeverReady, ""},
		{"line with half an address", func(s *Spec) { s.Env[childWord] = "listening on http://:80" }, "says", ErrNoAddress, `"http://:80" is no http address`},
		{"port taken", func(s *Spec) { s.Env[childWord] = taken.Addr().String() }, "port taken", ErrPortTaken, "its port is taken"},
		{"port to poll taken", func(s *Spec) { s.Ready = Ready{URL: "http://" + taken.Addr().String(), Within: time.Second} }, "silent", ErrPortTaken, "answers at http://127.0.0.1:"},
		{"no such folder", func(s *Spec) { s.Dir = filepath.Join(os.TempDir(), "sio-conform-no-such-folder") }, "silent", os.ErrNotExist, "sio-conform-no-such-folder"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := child(test.mode)
			if errors.Is(test.want, ErrNeverReady) {
				s.Ready.Within = 100 * time.Millisecond
			}
			test.spec(s)
			if e := startFails(t, s, test.want); !strings.Contains(e.Error(), test.text) {
				t.Errorf("want %q in %q", test.text, e.Error())
			}
		})
	}
}

func TestATargetThatIsNeverReadyIsStopped(t *testing.T) {
	l := newLifeline(t)
	s := child("silent")
	s.Env[childLifeline] = l.Addr().String()
	s.Ready.Within = 10 * time.Second
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := s.Start(ctx, Profiles()[0])
		failed <- err
	}()
	_, conn := l.next()
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	wantEnd(t, conn)
}

func TestWhatAnswersButIsNoSocketIOIsNeverReady(t *testing.T) {
	l := newLifeline(t)
	s := child("http without Socket.IO")
	s.Env[childLifeline] = l.Addr().String()
	s.Ready = Ready{URL: defaultPollURL, Within: 30 * time.Second}
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := s.Start(ctx, Profiles()[0])
		failed <- err
	}()
	l.next()
	cancel()
	if err := <-failed; err == nil || !strings.Contains(err.Error(), "/socket.io/?EIO=4&transport=polling: HTTP status 404") {
		t.Errorf("got %v", err)
	}
}

func TestAProfileThatIsNotOffered(t *testing.T) {
	s := child("ready")
	s.Profiles = []string{"small"}
	if _, err := s.Start(t.Context(), Profiles()[0]); !errors.Is(err, ErrNoProfile) {
		t.Errorf("got %v", err)
	}
}

func TestResidentBytes(t *testing.T) {
	p := start(t, child("parent"))
	n, err := p.ResidentBytes()
	if runtime.GOOS != "linux" {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("got %v", err)
		}
		return
	}
	if err != nil || n < 1<<20 || n > 1<<30 {
		t.Errorf("got %d, %v", n, err)
	}
	p.Stop()
	if _, err := p.ResidentBytes(); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("after the end: %v", err)
	}
}

func TestFill(t *testing.T) {
	got := fill([]string{"{port}{path}", "{{port}}", "{prot}"}, Profile{}.options("7", "/p/"))
	if want := []string{"7/p/", "{7}", "{prot}"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

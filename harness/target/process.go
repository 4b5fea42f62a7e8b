package target

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// pipeDelay is how long the output of an ended target is waited for: something outside of its process group may hold the pipes open.
const pipeDelay = time.Second

// A Process is a target that Start started. Its methods may be called concurrently.
//
//	         ready                Stop
//	starting ─────▶ running ──────────────▶ stopping ──┐
//	    │              └──── ends by itself ───────────┤
//	    └── never ready, ends: *StartError             ▼
//	                                      the rest of its group is killed ──▶ exited
type Process struct {
	url    string
	cmd    *exec.Cmd
	group  group // the process and everything that it started
	within time.Duration
	output *recorder

	status string        // written before exited is closed
	exited chan struct{} // closed when the process has ended, nothing of its group is left and its output is complete

	stopOnce sync.Once
	stopping chan struct{} // closed when Stop was called
	kill     chan struct{} // closed when Stop lost its patience
}

// URL returns the base address, such as http://127.0.0.1:4000.
func (p *Process) URL() string { return p.url }

// PID returns the process id of the program that was started.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Exited returns a channel that is closed when the target has ended, by itself or by Stop, and its output is complete.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// ExitStatus says how the target ended, "exit status 1" or "signal: killed", and is empty while it runs.
func (p *Process) ExitStatus() string {
	select {
	case <-p.exited:
		return p.status
	default:
		return ""
	}
}

// Output returns what the target has printed until now, to its standard output and its standard error, line by line.
func (p *Process) Output() Output { return p.output.snapshot() }

// Printed returns the last lines that the target printed, with everything escaped that is not printable.
func (p *Process) Printed() string { return p.Output().Last(20) }

// ResidentBytes returns how much memory the target uses, all its processes taken together. It answers with an error that wraps errors.ErrUnsupported where the operating system
// does not say, and with another one when the target has ended.
func (p *Process) ResidentBytes() (int64, error) {
	select {
	case <-p.exited:
		return 0, fmt.Errorf("target: resident bytes: %w", os.ErrProcessDone)
	default:
		return p.group.residentBytes()
	}
}

// Stop ends the target and everything that it started, and returns when it has ended: it is asked to end, and is killed when it has not done so within the time of its description.
// Further calls wait for the same end.
func (p *Process) Stop() {
	p.stopOnce.Do(func() {
		close(p.stopping)
		p.group.terminate()
		patience := time.NewTimer(p.within)
		defer patience.Stop()
		select {
		case <-p.exited:
		case <-patience.C:
			close(p.kill)
			p.group.kill()
		}
	})
	<-p.exited
}

// Start starts the target in its folder, under the profile, and returns when it accepts connections. The context bounds the start only. The error is a *StartError when the target
// did not start, and wraps ErrNoProfile when it does not offer the profile. Install is never run.
//
// The caller stops the process. Should the caller's own process be killed before, the target is killed with it.
func (s *Spec) Start(ctx context.Context, profile Profile) (*Process, error) {
	if !s.Offers(profile.Name) {
		return nil, fmt.Errorf("%w: %s cannot be started with %s", ErrNoProfile, s.Name, profile.Name)
	}
	port := "0"
	if s.needsPort() {
		var err error
		if port, err = freePort(ctx); err != nil {
			return nil, err
		}
	}
	options := profile.options(port, cmp.Or(s.Path, DefaultPath))
	failed := func(p *Process, err error) error { return s.startError(fill(s.Argv, options), p, err) }
	address := fill([]string{s.Ready.URL}, options)[0]
	if s.Ready.Line == nil && answers(ctx, address) {
		return nil, failed(nil, fmt.Errorf("%w: something answers at %s already", ErrPortTaken, address))
	}
	p, err := s.spawn(options)
	if err != nil {
		return nil, failed(nil, err)
	}
	within, cancel := context.WithTimeoutCause(ctx, s.Ready.Within, fmt.Errorf("%w within %v", ErrNeverReady, s.Ready.Within))
	defer cancel()
	if s.Ready.Line != nil {
		p.url, err = p.awaitLine(within)
	} else {
		p.url, err = address, p.awaitAnswer(within, address, s)
	}
	if err != nil {
		p.Stop()
		return nil, failed(p, err)
	}
	return p, nil
}

// fill replaces the placeholders in words.
func fill(words []string, options []option) []string {
	pairs := make([]string, 0, 2*len(options))
	for _, o := range options {
		pairs = append(pairs, o.placeholder, o.value)
	}
	filled := make([]string, len(words))
	for i, w := range words {
		filled[i] = strings.NewReplacer(pairs...).Replace(w)
	}
	return filled
}

// environ returns the caller's environment with the variables of the description and of the contract.
func (s *Spec) environ(options []option) []string {
	env := os.Environ()
	for _, name := range slices.Sorted(maps.Keys(s.Env)) {
		env = append(env, name+"="+fill([]string{s.Env[name]}, options)[0])
	}
	for _, o := range options {
		env = append(env, o.variable+"="+o.value)
	}
	return env
}

// program returns the path of the program to run: a name is looked up, a relative path belongs to the folder.
func program(dir, name string) (string, error) {
	if !filepath.IsAbs(name) && strings.ContainsAny(name, `/`+string(filepath.Separator)) {
		name = filepath.Join(dir, name)
	}
	path, err := exec.LookPath(name)
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w: %s", ErrNotFound, name)
	}
	return path, err
}

// spawn starts the program, without waiting until it is ready.
func (s *Spec) spawn(options []option) (*Process, error) {
	p, err := s.newProcess(options)
	if err != nil {
		return nil, err
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	p.group.prepare(p.cmd)
	started := make(chan error)
	go p.live(started, stdout, stderr)
	return p, <-started
}

// newProcess returns a process of the description's command that is not yet started.
func (s *Spec) newProcess(options []option) (*Process, error) {
	dir, err := filepath.Abs(s.Dir)
	if err != nil {
		return nil, err
	}
	argv := fill(s.Argv, options)
	path, err := program(dir, argv[0])
	if err != nil {
		return nil, err
	}
	p := &Process{
		cmd:      exec.Command(path, argv[1:]...),
		within:   s.StopWithin,
		output:   newRecorder(s.Ready.Line),
		exited:   make(chan struct{}),
		stopping: make(chan struct{}),
		kill:     make(chan struct{}),
	}
	p.cmd.Args[0] = argv[0]
	p.cmd.Dir = dir
	p.cmd.Env = s.environ(options)
	return p, nil
}

// live starts the process, waits for its end and clears up after it. It keeps its thread: on Linux a child that asked to die with its parent dies with the thread that started it.
func (p *Process) live(started chan<- error, pipes ...io.ReadCloser) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := p.cmd.Start(); err != nil {
		p.group.release()
		started <- err
		return
	}
	p.group.started(p.cmd.Process)
	drained := p.drain(pipes)
	started <- nil

	// Not cmd.Wait: it would wait for the pipes, which a grandchild may hold.
	state, err := p.cmd.Process.Wait()
	select {
	case <-p.stopping:
		select { // what it started may end in peace, too
		case <-drained:
		case <-p.kill:
		}
	default:
	}
	p.group.kill()
	delay := time.NewTimer(pipeDelay)
	defer delay.Stop()
	select {
	case <-drained:
	case <-delay.C:
	}
	for _, pipe := range pipes {
		pipe.Close() //nolint:errcheck // only read from
	}
	<-drained
	p.group.release()
	p.status = "exit status unknown"
	if err == nil {
		p.status = state.String()
	}
	close(p.exited)
}

// drain records the output and returns a channel that is closed at its end.
func (p *Process) drain(pipes []io.ReadCloser) <-chan struct{} {
	drained := make(chan struct{})
	var readers sync.WaitGroup
	for _, pipe := range pipes {
		readers.Go(func() { p.output.read(pipe) })
	}
	go func() {
		readers.Wait()
		close(drained)
	}()
	return drained
}

// freePort returns a port that nothing listens on.
func freePort(ctx context.Context) (string, error) {
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("target: looking for a free port: %w", err)
	}
	defer l.Close() //nolint:errcheck // nothing was accepted
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

package target

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Why a target did not start; a StartError wraps one of them, or another error.
var (
	ErrNotFound   = errors.New("the program was not found")
	ErrEnded      = errors.New("it ended before it was ready")
	ErrNeverReady = errors.New("it was not ready")
	ErrNoAddress  = errors.New("the line that says that it is ready names no address")
	ErrPortTaken  = errors.New("its port is taken")
)

// A StartError says why a target did not start.
type StartError struct {
	Argv   []string // what was run
	Dir    string   // and where
	Err    error
	Status string // how it ended, "" if it never ran; a target that was not ready was stopped
	Output Output
	Hint   string // what to do about it, "" if nothing is known
}

func (e *StartError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "target: %s (in %s): %v", joinWords(e.Argv), e.Dir, e.Err)
	if errors.Is(e.Err, ErrEnded) {
		fmt.Fprintf(&b, ": %s", e.Status)
	}
	if e.Hint != "" {
		fmt.Fprintf(&b, "; %s", e.Hint)
	}
	if last := e.Output.Last(10); last != "" {
		b.WriteString("; it printed:")
		for line := range strings.SplitSeq(last, "\n") {
			b.WriteString("\n    " + line)
		}
	}
	return b.String()
}

func (e *StartError) Unwrap() error { return e.Err }

// portTaken matches what programs print when they cannot listen.
var portTaken = regexp.MustCompile(`(?i)EADDRINUSE|address already in use|address in use|only one usage of each socket address`)

// startError describes a failed start; p is nil when nothing was started.
func (s *Spec) startError(argv []string, p *Process, err error) error {
	e := &StartError{Argv: argv, Dir: s.Dir, Err: err}
	if p != nil {
		e.Status, e.Output = p.ExitStatus(), p.Output()
	}
	if errors.Is(err, ErrEnded) && portTaken.MatchString(e.Output.String()) {
		e.Err = fmt.Errorf("%w; %w", ErrPortTaken, err)
		return e
	}
	if len(s.Install) > 0 && (errors.Is(err, ErrEnded) || errors.Is(err, ErrNotFound)) {
		e.Hint = fmt.Sprintf("if it is not installed, run `%s` in %s first", joinWords(s.Install), s.Dir)
	}
	return e
}

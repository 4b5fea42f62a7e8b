package target

import (
	"io"
)

// A Stdio is the standard input and output of a client driver, which speaks the protocol of docs/driver.md over them.
type Stdio struct {
	In  io.WriteCloser
	Out io.ReadCloser
}

// StartDriver starts the description's command as a client driver and returns at once: a driver is ready when it answers. Its standard error is recorded; its standard output is the caller's to
// read and to close. The error is a *StartError. The caller stops the process.
func (s *Spec) StartDriver() (*Process, Stdio, error) {
	p, err := s.newProcess(nil)
	if err != nil {
		return nil, Stdio{}, s.startError(s.Argv, nil, err)
	}
	stdio, err := p.startDriver()
	if err != nil {
		return nil, Stdio{}, s.startError(s.Argv, nil, err)
	}
	return p, stdio, nil
}

func (p *Process) startDriver() (Stdio, error) {
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return Stdio{}, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return Stdio{}, err
	}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		return Stdio{}, err
	}
	p.group.prepare(p.cmd)
	started := make(chan error)
	go p.live(started, stderr)
	return Stdio{In: in, Out: out}, <-started
}

// DriverCommand returns the description of a client driver that a command starts in the current folder.
func DriverCommand(argv []string) *Spec {
	s := newSpec()
	s.Name, s.Dir, s.Argv, s.Role = joinWords(argv), ".", argv, RoleClient
	return s
}

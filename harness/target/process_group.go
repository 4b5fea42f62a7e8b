//go:build unix

package target

import (
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// A group is the process group of a target: the program and everything that it started and that did not leave the group on purpose.
//
// A warden, a shell in a group of its own, holds the reading end of a pipe whose writing end only this process has. When this process ends, however that happens, the warden
// reads the end of the pipe and kills the group. It is what Pdeathsig does on Linux for the program itself, also for what the program started: `go run` and `npm start` start another one.
type group struct {
	id     int
	warden *exec.Cmd
	pipe   io.WriteCloser
}

// prepare puts the process that cmd will start into a group of its own. It never fails: without a shell there is no warden.
func (g *group) prepare(cmd *exec.Cmd) {
	cmd.SysProcAttr = attributes()
	warden := exec.Command("/bin/sh", "-c", `read -r group && { read -r _ || kill -s KILL -- "-$group"; }`)
	warden.Dir, warden.Env = "/", []string{}
	warden.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	pipe, err := warden.StdinPipe()
	if err != nil || warden.Start() != nil {
		return
	}
	g.warden, g.pipe = warden, pipe
}

func (g *group) started(p *os.Process) {
	g.id = p.Pid
	if g.pipe != nil {
		io.WriteString(g.pipe, strconv.Itoa(g.id)+"\n") //nolint:errcheck // without a warden, the target is only stopped by Stop
	}
}

// terminate asks the group to end.
func (g *group) terminate() { syscall.Kill(-g.id, syscall.SIGTERM) } //nolint:errcheck // it may have ended

// kill ends the group.
func (g *group) kill() { syscall.Kill(-g.id, syscall.SIGKILL) } //nolint:errcheck // it may have ended

// release sends the warden home.
func (g *group) release() {
	if g.warden == nil {
		return
	}
	io.WriteString(g.pipe, "\n\n") //nolint:errcheck // it may have been killed
	g.pipe.Close()                 //nolint:errcheck // nothing is lost
	g.warden.Wait()                //nolint:errcheck // its status means nothing
}

//go:build !unix && !windows

package target

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// A group is the process itself, where the operating system has no way to speak of what it started.
type group struct{ process *os.Process }

func (g *group) prepare(*exec.Cmd)     {}
func (g *group) started(p *os.Process) { g.process = p }
func (g *group) terminate()            { g.kill() }
func (g *group) kill()                 { g.process.Kill() } //nolint:errcheck // it may have ended
func (g *group) release()              {}

func (g *group) residentBytes() (int64, error) {
	return 0, fmt.Errorf("target: resident bytes: %w", errors.ErrUnsupported)
}

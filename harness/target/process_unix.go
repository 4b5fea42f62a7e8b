//go:build unix && !linux

package target

import (
	"errors"
	"fmt"
	"syscall"
)

func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func (g *group) residentBytes() (int64, error) {
	return 0, fmt.Errorf("target: resident bytes: %w", errors.ErrUnsupported)
}

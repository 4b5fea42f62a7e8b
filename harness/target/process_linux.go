package target

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// residentBytes adds up the resident pages of the processes of the group, proc(5).
func (g *group) residentBytes() (int64, error) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, fmt.Errorf("target: resident bytes: %w", err)
	}
	var pages int64
	for _, file := range files {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		// Behind the name, which stands in parentheses and may hold anything: state, parent, process group, … and as 22nd the resident pages.
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if len(fields) < 22 || string(fields[2]) != strconv.Itoa(g.id) {
			continue
		}
		n, err := strconv.ParseInt(string(fields[21]), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("target: resident bytes: %w", err)
		}
		pages += n
	}
	if pages == 0 {
		return 0, fmt.Errorf("target: resident bytes: %w", os.ErrProcessDone)
	}
	return pages * int64(os.Getpagesize()), nil
}

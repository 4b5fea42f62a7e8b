package target

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"unsafe"
)

// A group is a job object: the program and everything that it starts, from the moment in which it was put into the job. Windows ends what is in the job when its last handle is
// closed, and closes it when this process ends, however that happens.
//
// There is no signal that every program understands, so that terminate ends the job at once.
type group struct {
	process *os.Process
	jobMu   sync.Mutex
	job     syscall.Handle // 0: there is none
}

var (
	kernel32                 = syscall.NewLazyDLL("kernel32.dll")
	createJobObject          = kernel32.NewProc("CreateJobObjectW")
	setInformationJobObject  = kernel32.NewProc("SetInformationJobObject")
	assignProcessToJobObject = kernel32.NewProc("AssignProcessToJobObject")
	terminateJobObject       = kernel32.NewProc("TerminateJobObject")
)

// jobLimits is JOBOBJECT_EXTENDED_LIMIT_INFORMATION.
type jobLimits struct {
	perProcessUserTime, perJobUserTime int64
	limitFlags                         uint32
	minWorkingSet, maxWorkingSet       uintptr
	activeProcesses                    uint32
	affinity                           uintptr
	priorityClass, schedulingClass     uint32
	ioCounters                         [6]uint64
	processMemory, jobMemory           uintptr
	peakProcessMemory, peakJobMemory   uintptr
}

const (
	extendedLimitInformation = 9      // JobObjectExtendedLimitInformation
	killOnJobClose           = 0x2000 // JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	processSetQuota          = 0x0100 // PROCESS_SET_QUOTA
	processTerminate         = 0x0001 // PROCESS_TERMINATE
)

// prepare makes the job. It never fails: without a job only the program itself is ended.
func (g *group) prepare(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
	job, _, _ := createJobObject.Call(0, 0)
	if job == 0 {
		return
	}
	limits := jobLimits{limitFlags: killOnJobClose}
	ok, _, _ := setInformationJobObject.Call(job, extendedLimitInformation, uintptr(unsafe.Pointer(&limits)), unsafe.Sizeof(limits)) //nolint:gosec // the call takes the structure
	g.job = syscall.Handle(job)
	if ok == 0 {
		g.closeJob()
	}
}

func (g *group) started(p *os.Process) {
	g.process = p
	g.jobMu.Lock()
	defer g.jobMu.Unlock()
	if g.job == 0 {
		return
	}
	handle, err := syscall.OpenProcess(processSetQuota|processTerminate, false, uint32(p.Pid)) //nolint:gosec // process ids of Windows have 32 bits
	if err != nil {
		g.closeJob()
		return
	}
	defer syscall.CloseHandle(handle) //nolint:errcheck // the job keeps the process
	if ok, _, _ := assignProcessToJobObject.Call(uintptr(g.job), uintptr(handle)); ok == 0 {
		g.closeJob()
	}
}

func (g *group) terminate() { g.kill() }

func (g *group) kill() {
	g.jobMu.Lock()
	defer g.jobMu.Unlock()
	if g.job != 0 {
		terminateJobObject.Call(uintptr(g.job), 1) //nolint:errcheck // it may have ended
	}
	g.process.Kill() //nolint:errcheck // it may have ended
}

func (g *group) release() {
	g.jobMu.Lock()
	defer g.jobMu.Unlock()
	g.closeJob()
}

func (g *group) closeJob() {
	if g.job != 0 {
		syscall.CloseHandle(g.job) //nolint:errcheck // nothing is left in it
		g.job = 0
	}
}

func (g *group) residentBytes() (int64, error) {
	return 0, fmt.Errorf("target: resident bytes: %w", errors.ErrUnsupported)
}

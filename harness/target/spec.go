// Package target is what is judged: how it is described (a folder with a target.yaml, or a command), started under a profile of server options, watched and stopped,
// and what it offers.
package target

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sio-conform/sio-conform/harness/strictyaml"
)

// SpecFile is the name of the file that describes a target, in the target's folder.
const SpecFile = "target.yaml"

// The roles of what is judged. A client is started as a driver, which speaks the protocol of docs/driver.md on its standard input and output.
const (
	RoleServer = "server"
	RoleClient = "client"
)

// DefaultPath is the path of Socket.IO when nothing else is said.
const DefaultPath = "/socket.io/"

// A Spec says what a target is and how it is installed, started, known to be ready and stopped. Get one from Load or Command.
//
// The words of Argv and the values of Env may hold the placeholders {port}, {path}, {ping-interval}, {ping-timeout}, {connect-timeout}, {upgrade-timeout}, {recovery} (milliseconds),
// {max-payload} (bytes) and {recovery-middlewares} (true or false).
type Spec struct {
	Name       string
	Version    string
	Language   string
	Role       string   // RoleServer or RoleClient
	Revisions  []int    // revisions of the Socket.IO protocol
	Transports []string // "polling", "websocket"
	Level      string   // what the target is known to offer, "" when nothing is: see Declaration
	Dir        string   // the folder in which it is installed and started
	Path       string   // of Socket.IO
	Install    []string // what a user runs in Dir before the first start; never run here
	Argv       []string // what Start runs in Dir
	Env        map[string]string
	Ready      Ready
	Profiles   []string // names of the profiles that it can be started with
	StopWithin time.Duration
	Notes      string
	Baseline   string // the file with the deviations that are expected of it, "" when none are
}

// Ready says how a started target is known to accept connections: by a line that it prints, or by an answer.
type Ready struct {
	Line   *regexp.Regexp // its one group is the base address; nil: poll
	URL    string         // base address to poll; may hold {port}
	Within time.Duration
}

// Defaults of a description.
const (
	defaultReadyWithin = 10 * time.Second
	defaultStopWithin  = 5 * time.Second
	defaultPollURL     = "http://127.0.0.1:{port}"
)

// contractLine is what the conformance app prints, docs/contract.md section 6.
var contractLine = regexp.MustCompile(`listening on (http://\S+)`)

// Load reads the description of a target: the target.yaml in a folder, or a description file. What the description says wrongly is a *strictyaml.Error.
func Load(name string) (*Spec, error) {
	file, dir := filepath.Join(name, SpecFile), name
	if filepath.Ext(name) == ".yaml" {
		file, dir = name, filepath.Dir(name)
	}
	s := newSpec()
	s.Dir = dir
	if err := strictyaml.ReadFile(file, s.read); err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	if s.Baseline != "" {
		s.Baseline = filepath.Join(dir, filepath.FromSlash(s.Baseline))
	}
	return s, nil
}

// Command returns the description of a target that a command line starts in the current folder. The line is split at white space; quotes and the backslash work as in a shell, and
// nothing else does: no shell is run. The target is ready when it prints the line of the conformance app; change Ready for one that does not. It can be started with every profile: whether
// one is in effect is seen then.
func Command(line string) (*Spec, error) {
	words, err := splitWords(line)
	if err != nil {
		return nil, fmt.Errorf("target: command %q: %w", line, err)
	}
	if len(words) == 0 || words[0] == "" {
		return nil, errors.New("target: the command is empty")
	}
	s := newSpec()
	s.Name, s.Dir, s.Argv, s.Profiles = line, ".", words, ProfileNames()
	return s, nil
}

func newSpec() *Spec {
	return &Spec{
		Role:       RoleServer,
		Revisions:  []int{5},
		Transports: []string{"polling", "websocket"},
		Path:       DefaultPath,
		Ready:      Ready{Line: contractLine, Within: defaultReadyWithin},
		Profiles:   StandardProfileNames(),
		StopWithin: defaultStopWithin,
	}
}

// Offers reports whether the target can be started with the profile.
func (s *Spec) Offers(profile string) bool { return slices.Contains(s.Profiles, profile) }

// CommandLine returns the command that Start runs, as one would type it. Placeholders stand as they are.
func (s *Spec) CommandLine() string { return joinWords(s.Argv) }

// placeholder matches what may be one; an unknown name is refused in a target.yaml and left alone in a command.
var placeholder = regexp.MustCompile(`\{[a-z]+(?:-[a-z]+)*\}`)

// needsPort reports whether a port must be chosen before the start. Where it need not, the target chooses one itself.
func (s *Spec) needsPort() bool {
	has := func(text string) bool { return strings.Contains(text, "{port}") }
	if slices.ContainsFunc(s.Argv, has) || s.Ready.Line == nil && has(s.Ready.URL) {
		return true
	}
	for _, value := range s.Env {
		if has(value) {
			return true
		}
	}
	return false
}

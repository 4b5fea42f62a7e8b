package live

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// FindingVersion is the version of the form of findings.
const FindingVersion = 1

// A Finding is what a target has done otherwise than the model, with the shortest case that shows it.
type Finding struct {
	Version    int          `json:"finding"` // FindingVersion
	Tool       string       `json:"tool"`
	Target     event.Target `json:"target"`
	Profile    string       `json:"profile"`
	TimeScale  float64      `json:"timeScale"`
	Shared     bool         `json:"shared,omitempty"` // others may have used the target meanwhile
	Seed       uint64       `json:"seed"`
	Case       int          `json:"case"`
	Command    string       `json:"command"` // that finds it again
	Rule       string       `json:"rule"`
	State      string       `json:"state"`    // in which the target did it
	Reaction   string       `json:"reaction"` // what it did
	Reason     string       `json:"reason"`
	Steps      []Step       `json:"steps"`
	Transcript []wire.Entry `json:"transcript"`
}

// Key tells findings apart.
func (f *Finding) Key() string { return f.Rule + "|" + f.State + "|" + f.Reaction }

var notInNames = regexp.MustCompile(`[^a-z0-9.]+`)

// FileName returns the name of the finding's file.
func (f *Finding) FileName() string {
	sum := sha256.Sum256([]byte(f.Key()))
	name := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(f.Rule+"-"+f.Reaction), "-"), "-")
	return fmt.Sprintf("%.80s-%x.json", name, sum[:3])
}

// Write writes the finding into dir and returns the name of its file.
func (f *Finding) Write(dir string) (string, error) {
	b, err := json.MarshalIndent(f, "", "  ")
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	name := filepath.Join(dir, f.FileName())
	if err == nil {
		err = os.WriteFile(name, append(b, '\n'), 0o644)
	}
	if err != nil {
		return "", fmt.Errorf("live: finding: %w", err)
	}
	return name, nil
}

// ErrNoFinding is returned by Read for what is something else.
var ErrNoFinding = errors.New("live: the file holds no finding")

// Read reads a finding.
func Read(name string) (*Finding, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("live: finding: %w", err)
	}
	var f Finding
	if err := json.Unmarshal(b, &f); err != nil || f.Version == 0 {
		return nil, ErrNoFinding
	}
	if f.Version != FindingVersion {
		return nil, fmt.Errorf("live: %s is of version %d; this is version %d", name, f.Version, FindingVersion)
	}
	return &f, nil
}

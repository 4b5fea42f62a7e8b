package fuzz

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/reference/eio"
	"github.com/sio-conform/sio-conform/reference/sio"
)

// seeds returns the byte inputs of the committed corpus of a target.
func seeds(t *testing.T, target string) [][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "fuzz", target, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files of %s and the error %v", len(files), target, err)
	}
	var inputs [][]byte
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		quoted := strings.TrimSuffix(strings.TrimPrefix(lines[len(lines)-1], "[]byte("), ")")
		input, err := strconv.Unquote(quoted)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		inputs = append(inputs, []byte(input))
	}
	return inputs
}

// The open packet is parsed from data that the server chooses, and has no
// target.
func isOpenRule(r eio.Rule) bool { return r >= eio.RuleOpenJSON }

func TestSeedsReachEveryRuleOfEngineIO(t *testing.T) {
	reached := map[eio.Rule]bool{}
	note := func(err error) {
		if e, ok := errors.AsType[*eio.SyntaxError](err); ok {
			reached[e.Rule] = true
		}
	}
	for _, b := range seeds(t, "FuzzEIOFrame") {
		for _, r := range []eio.Revision{eio.Revision3, eio.Revision4} {
			for _, binary := range []bool{false, true} {
				_, err := eio.ParseFrame(r, binary, b)
				note(err)
			}
		}
	}
	for _, b := range seeds(t, "FuzzEIOPayload3") {
		_, err := eio.ParsePayload(nil, eio.Revision3, b, payloadLimits)
		note(err)
	}
	for _, b := range seeds(t, "FuzzEIOPayload4") {
		_, err := eio.ParsePayload(nil, eio.Revision4, b, payloadLimits)
		note(err)
	}
	for _, b := range seeds(t, "FuzzEIOBinaryPayload3") {
		_, err := eio.ParseBinaryPayload(nil, b, payloadLimits)
		note(err)
	}
	for _, rule := range eio.Rules() {
		if !reached[rule] && !isOpenRule(rule) {
			t.Errorf("no seed breaks %q", rule)
		}
	}
}

func TestSeedsReachEveryRuleOfSocketIO(t *testing.T) {
	reached := map[sio.Rule]bool{}
	note := func(err error) {
		if e, ok := errors.AsType[*sio.SyntaxError](err); ok {
			reached[e.Rule] = true
		}
	}
	for target, r := range map[string]sio.Revision{"FuzzSIOPacket4": sio.Revision4, "FuzzSIOPacket5": sio.Revision5} {
		for _, b := range seeds(t, target) {
			_, err := sio.ParsePacket(r, b, packetLimits)
			note(err)
		}
	}
	for _, script := range seeds(t, "FuzzAssembler") {
		a := sio.Assembler{Limits: packetLimits}
		for frame := range strings.SplitSeq(string(script), "\x00") {
			if frame == "" {
				continue
			}
			var err error
			if frame[0] == 'b' {
				_, _, err = a.AddBinary([]byte(frame[1:]))
			} else if p, parseErr := sio.ParsePacket(sio.Revision5, []byte(frame[1:]), packetLimits); parseErr == nil {
				_, _, err = a.Add(p)
			}
			note(err)
		}
	}
	for _, rule := range sio.Rules() {
		if !reached[rule] {
			t.Errorf("no seed breaks %q", rule)
		}
	}
}

func TestEverySeedIsNamed(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "fuzz", "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	unnamed := slices.DeleteFunc(files, func(file string) bool {
		return strings.Trim(filepath.Base(file), "0123456789abcdef") != "" || len(filepath.Base(file)) != 16
	})
	if len(unnamed) > 0 {
		t.Errorf("a crash becomes a file with a name and a row of a table: %q", unnamed)
	}
}

package reports

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sio-conform/sio-conform/harness/event"
)

// ReplayCommand returns the command that shows a result of the recorded stream again. It may be pasted into a shell whatever the names hold;
// it is "" when stream is, or when they are longer than any command should be.
func ReplayCommand(stream string, r *event.Result) string {
	if stream == "" || len(stream)+len(r.Scenario)+len(r.Axes) > commandLimit {
		return ""
	}
	return "sio-conform replay " + quoteForShell(stream, true) + " --only " + quoteForShell(r.Name(), false)
}

// commandLimit is how many bytes a command has at most.
const commandLimit = 4 << 10

// repeatCommand returns the command that makes the whole run again; "" when it would be too long.
func repeatCommand(h *event.Header) string {
	if words := slices.Concat(h.Only, h.Skip, []string{h.Baseline, h.Target.Dir, h.Target.Command, h.Target.URL}); len(strings.Join(words, " ")) > commandLimit {
		return ""
	}
	command := []string{"sio-conform", "run"}
	if ofClient(h) {
		command[1] = "client"
	}
	add := func(flag, value string) { command = append(command, flag, quoteForShell(value, true)) }
	t := h.Target
	switch {
	case t.Dir != "":
		add("--target", t.Dir)
	case t.Command != "" && command[1] == "run":
		add("--spawn", t.Command)
	case t.Command == "" && t.URL != "" && strings.Contains(t.URL, t.Name): // an attached target is named for its address
		command = append(command, quoteForShell(t.URL, true))
	}
	command = append(command, "--seed", strconv.FormatUint(h.Seed, 10))
	if h.Strict {
		command = append(command, "--strict")
	}
	if h.TimeScale != 1 {
		command = append(command, "--time-scale", strconv.FormatFloat(h.TimeScale, 'g', -1, 64))
	}
	switch {
	case h.Baseline != "":
		add("--baseline", h.Baseline)
	case t.Dir != "": // where target.yaml may name one
		add("--baseline", "none")
	}
	for _, pattern := range h.Only {
		add("--only", pattern)
	}
	for _, pattern := range h.Skip {
		add("--skip", pattern)
	}
	if t.Dir == "" && t.Command != "" && command[1] == "client" {
		command = append(command, "--")
		for word := range strings.FieldsSeq(t.Command) {
			command = append(command, quoteForShell(word, true))
		}
	}
	return strings.Join(command, " ")
}

// ofClient says whether a client was judged: the scenarios of clients are an area of their own.
func ofClient(h *event.Header) bool {
	for id := range h.Scenarios {
		return AreaOf(id) == "client"
	}
	return false
}

// quoteForShell returns s as one word of a POSIX shell. Plain words stay as they are where bare is set. What cannot be printed is written as
// $'\x1b', which dash does not know and bash, zsh, ksh and busybox do.
func quoteForShell(s string, bare bool) string {
	const plainOnes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,@%+="
	switch {
	case bare && s != "" && strings.Trim(s, plainOnes) == "":
		return s
	case printable(s, noLimit, false) == s:
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	default:
		var b strings.Builder
		b.WriteString("$'")
		for _, c := range []byte(s) {
			if c < ' ' || c > '~' || c == '\'' || c == '\\' {
				fmt.Fprintf(&b, `\x%02x`, c)
			} else {
				b.WriteByte(c)
			}
		}
		b.WriteString("'")
		return b.String()
	}
}

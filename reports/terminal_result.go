package reports

import (
	"fmt"
	"strings"

	"github.com/sio-conform/sio-conform/harness/event"
)

// transcriptShown is how many entries of the transcript a failure shows.
const transcriptShown = 12

// outputShown is how many lines of the target's output a failure shows.
const outputShown = 12

// opening adds what is judged.
func (t *Terminal) opening(p *page, h *event.Header) {
	p.line(2, bold(h.Tool).max(nameLimit))
	t.target(p, h)
	if h.Baseline != "" {
		p.line(10, dim(pad("baseline", 10)), plain(h.Baseline).max(nameLimit))
	}
	p.line(10, dim("seed      "), plain(fmt.Sprintf("%d, %s planned, %s", h.Seed, count(h.Planned, "result", "results"), count(h.Jobs, "job", "jobs"))))
}

// target adds the lines on the target: who it is, and what it is judged on.
func (t *Terminal) target(p *page, h *event.Header) {
	const column = 10
	g := h.Target
	name := []span{dim(pad("target", column)), bold(g.Name).max(nameLimit)}
	for _, s := range []string{g.Version, parenthesized(g.Implementation), g.URL} {
		if s != "" {
			name = append(name, plain(" "), plain(s).max(nameLimit))
		}
	}
	p.line(column, name...)
	level := []span{dim(pad("level", column)), plain(g.Level).max(nameLimit)}
	for _, list := range []struct {
		what  string
		items []string
	}{
		{"revision", texts(g.Revisions, func(r int) string { return fmt.Sprint(r) })},
		{"over", g.Transports},
		{"profiles", texts(g.Profiles, func(f event.Profile) string { return f.Name })},
	} {
		if len(list.items) > 0 {
			level = append(level, plain("; "+list.what+" "), plain(strings.Join(list.items, ", ")).max(nameLimit))
		}
	}
	p.line(column, level...)
}

func texts[T any](list []T, text func(T) string) []string {
	var all []string
	for _, v := range list {
		all = append(all, text(v))
	}
	return all
}

func parenthesized(s string) string {
	if s == "" {
		return ""
	}
	return "(" + s + ")"
}

func (t *Terminal) note(p *page, n *event.TargetNote) {
	p.line(2, dim("target "), plain(n.Profile).max(nameLimit), plain(": "), plain(n.Text))
	if n.Output != "" {
		p.output(2, n.Output, outputShown)
	}
}

// result counts r and adds what there is to say of it.
func (t *Terminal) result(p *page, r *event.Result) {
	t.tally.add(r)
	t.done++
	if t.failed(r) && t.worst == nil {
		t.worst = r
	}
	switch {
	case t.Quiet > 1:
	case t.failed(r) && t.Quiet == 0, r.Verdict != event.Pass && t.Verbose > 1:
		t.failure(p, r)
	case t.failed(r), t.remarkable(r) && t.Quiet == 0, t.Verbose > 0 && t.Quiet == 0:
		t.headline(p, r)
		if t.Verbose > 0 {
			p.observations(2, r.Observations)
		}
	}
	if !t.Interactive && t.Quiet == 0 {
		t.tenth(p)
	}
}

// remarkable says whether r gets a line although it does not fail the run.
func (t *Terminal) remarkable(r *event.Result) bool {
	return r.Verdict == event.Differs || r.Deviation != nil && r.Verdict != event.Blocked
}

// failed says whether r makes the run one that is not as expected.
func (t *Terminal) failed(r *event.Result) bool {
	if r.Deviation != nil {
		return false
	}
	switch r.Verdict {
	case event.Fail, event.Crashed, event.Error:
		return true
	case event.Differs:
		return t.header != nil && t.header.Strict
	default:
		return false
	}
}

// tenth adds a line when another tenth of the run is done, for logs.
func (t *Terminal) tenth(p *page) {
	if t.header == nil || t.header.Planned < 20 {
		return
	}
	if planned := t.header.Planned; t.done*10/planned > (t.done-1)*10/planned {
		p.line(2, dim(fmt.Sprintf("%d of %d done", t.done, planned)))
	}
}

// headline adds the one line on r: mark, verdict, name, and the reason, or why that was expected.
func (t *Terminal) headline(p *page, r *event.Result) {
	verdict, reason := t.verdict(p, r.Verdict), r.Reason
	if r.Deviation != nil {
		verdict.text, verdict.style, reason = verdict.text+", expected", dimStyle, r.Deviation.Why
	}
	spans := []span{verdict, plain(" "), bold(r.Name()).max(nameLimit)}
	if reason != "" {
		spans = append(spans, plain(": "), plain(reason).max(entryLimit))
	}
	p.line(4, spans...)
}

// failure adds all that helps to understand r, and the command to see it again.
func (t *Terminal) failure(p *page, r *event.Result) {
	p.gap()
	p.line(4, t.verdict(p, r.Verdict), plain(" "), bold(r.Name()).max(nameLimit))
	p.explain(t.header, r)
	p.observations(2, r.Observations)
	if n := len(r.Transcript); n > 0 {
		opts := TranscriptOptions{Entries: transcriptShown, Bytes: entryLimit}
		if t.Verbose > 1 {
			opts.Entries = 0
		}
		p.line(2, dim(fmt.Sprintf("  transcript, %s", count(n, "entry", "entries"))))
		p.transcript(2, r.Transcript, opts)
	}
	if r.Output != "" {
		p.line(2, dim("  output of the target"))
		p.output(4, r.Output, outputShown)
	}
	if command := t.replay(r); command != "" {
		p.field("replay", command, 1)
	}
	p.gap()
}

func (t *Terminal) replay(r *event.Result) string {
	if t.Replay == nil {
		return ""
	}
	return t.Replay(r)
}

// verdict returns a verdict with its mark.
func (t *Terminal) verdict(p *page, v event.Verdict) span {
	mark, style := p.mark("?", "?"), plainStyle
	switch v {
	case event.Pass:
		mark, style = p.mark("✓", "+"), greenStyle
	case event.Fail:
		mark, style = p.mark("✗", "x"), redStyle
	case event.Crashed:
		mark, style = p.mark("✗", "x"), redStyle
	case event.Error:
		mark, style = "!", redStyle
	case event.Differs:
		mark, style = p.mark("≠", "~"), yellowStyle
	case event.Unsupported, event.Blocked, event.Skipped:
		mark, style = p.mark("○", "o"), dimStyle
	}
	return span{text: mark + " " + string(v), style: style, limit: nameLimit}
}

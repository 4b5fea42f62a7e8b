package reports

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/event"
)

// An htmlArea is the part of the page for one area.
type htmlArea struct {
	ID, Name  string
	Counts    string
	Scenarios []*htmlScenario
}

// An htmlScenario is the section of one scenario.
type htmlScenario struct {
	ID, Title string
	Worst     string
	Counts    string
	Duration  string
	Rules     []htmlRule
	Catches   []string
	Wrong     []*htmlResult // the results that ask to be looked at
	Others    []*htmlResult
	Reason    string // of the first that is wrong
}

type htmlRule struct {
	ID, Level, Meaning, Statement, Note string
	Source                              []string
}

// An htmlResult is one result of a scenario.
type htmlResult struct {
	Name, Axes, Verdict, Profile     string
	Duration                         string
	Reason, Expected, Actual, Output string
	Observations                     []event.Observation
	Ladder                           *ladder
	Transcript                       string
	Entries                          int // of the transcript
	Replay                           string
	LeftOut                          bool // ladder and transcript are not in this file
}

// Limits of the page, in bytes.
const (
	pageLimit       = 5 << 20 // of all ladders and transcripts
	transcriptLimit = 256     // entries of one transcript
)

// scenarios adds the sections of all scenarios, area by area.
func (v *htmlView) scenarios(m *Model) {
	details := pictures(m)
	axes := map[string]bool{}
	for _, g := range m.groups() {
		s := newHTMLScenario(m, &g, details)
		if name := AreaOf(g.id); len(v.Areas) == 0 || v.Areas[len(v.Areas)-1].Name != nameText(name) {
			v.Areas = append(v.Areas, htmlArea{ID: "area-" + nameText(name), Name: nameText(name)})
		}
		area := &v.Areas[len(v.Areas)-1]
		area.Scenarios = append(area.Scenarios, s)
		if len(s.Wrong) > 0 {
			v.Failures = append(v.Failures, s)
		}
		for i := range g.results {
			for axis := range strings.SplitSeq(g.results[i].Axes, ",") {
				axes[axis] = true
			}
		}
	}
	slices.SortStableFunc(v.Failures, func(a, b *htmlScenario) int {
		return cmp.Compare(gravity(event.Verdict(a.Worst)), gravity(event.Verdict(b.Worst)))
	})
	for i, a := range m.Areas() {
		if i < len(v.Areas) {
			v.Areas[i].Counts = a.Counts.String()
		}
	}
	v.axes(axes)
}

// axes makes the choices of the filter.
func (v *htmlView) axes(all map[string]bool) {
	const most = 20
	for axis := range all {
		if axis != "" && len(v.Axes) < most {
			v.Axes = append(v.Axes, nameText(axis))
		}
	}
	slices.Sort(v.Axes)
}

func newHTMLScenario(m *Model, g *group, details map[*event.Result]*htmlResult) *htmlScenario {
	about := m.Header.Scenarios[g.id]
	s := &htmlScenario{ID: nameText(g.id), Title: Printable(about.Title), Worst: string(g.worst()), Counts: g.counts().String()}
	for i, fault := range about.Catches {
		if i == observations {
			s.Catches = append(s.Catches, count(len(about.Catches)-observations, "more", "more"))
			break
		}
		s.Catches = append(s.Catches, nameText(fault))
	}
	for i, id := range g.results[0].Rules {
		if i < rulesShown {
			s.Rules = append(s.Rules, newHTMLRule(id, m.Header.Rules[id]))
		}
	}
	var took int64
	for i := range g.results {
		r := &g.results[i]
		took += r.DurationUS
		result := newHTMLResult(m, r)
		if detail := details[r]; detail != nil {
			result.Ladder, result.Transcript = detail.Ladder, detail.Transcript
		}
		result.LeftOut = result.Transcript == "" && len(r.Transcript) > 0
		if !wrong(r.Verdict) {
			s.Others = append(s.Others, result)
			continue
		}
		s.Wrong = append(s.Wrong, result)
		s.Reason = cmp.Or(s.Reason, printable(r.Reason, entryLimit, false))
	}
	slices.SortStableFunc(s.Wrong, func(a, b *htmlResult) int {
		return cmp.Compare(gravity(event.Verdict(a.Verdict)), gravity(event.Verdict(b.Verdict)))
	})
	s.Duration = duration(took)
	return s
}

func newHTMLRule(id string, r event.Rule) htmlRule {
	rule := htmlRule{ID: nameText(id), Level: nameText(r.Level), Meaning: levelNamed(r.Level).means, Statement: fieldText(r.Statement), Note: fieldText(strings.TrimSpace(r.Note))}
	for _, source := range r.Source[:min(len(r.Source), rulesShown)] {
		rule.Source = append(rule.Source, nameText(source))
	}
	return rule
}

func newHTMLResult(m *Model, r *event.Result) *htmlResult {
	result := &htmlResult{
		Name: nameText(r.Name()), Axes: nameText(r.Axes), Verdict: string(r.Verdict), Profile: nameText(r.Profile), Duration: duration(r.DurationUS),
		Reason: fieldText(r.Reason), Expected: fieldText(r.Expected), Actual: fieldText(r.Actual), Output: outputText(r.Output), Entries: len(r.Transcript),
	}
	for _, o := range r.Observations[:min(len(r.Observations), observations)] {
		result.Observations = append(result.Observations, event.Observation{Name: nameText(o.Name), Value: Printable(o.Value)})
	}
	if wrong(r.Verdict) {
		result.Replay = Printable(ReplayCommand(m.Stream, r))
	}
	return result
}

// pictures draws the ladders and writes the transcripts, the gravest results first, until the page is full.
func pictures(m *Model) map[*event.Result]*htmlResult {
	all := map[*event.Result]*htmlResult{}
	size := 0
	for _, r := range m.failures(byGravity...) {
		if len(r.Transcript) == 0 || size > pageLimit {
			continue
		}
		p := &page{utf8: true}
		p.transcript(0, r.Transcript, TranscriptOptions{Entries: transcriptLimit})
		detail := &htmlResult{Transcript: p.text.String()}
		size += len(detail.Transcript)
		if wrong(r.Verdict) {
			detail.Ladder = ladderOf(m.Header, r)
			if detail.Ladder != nil {
				const each = 400 // bytes of a step, about
				size += each * len(detail.Ladder.Rows)
			}
		}
		all[r] = detail
	}
	return all
}

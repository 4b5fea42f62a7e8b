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
	Elsewhere []elsewhere   // what other implementations do
	Wrong     []*htmlResult // the results that ask to be looked at
	Others    []*htmlResult
	News      bool   // some of them are not expected
	Reason    string // of the first of those, or else why the first is expected
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
	Deviation                        string // why this is expected; "" when it is not
	Observations                     []event.Observation
	Ladder                           *ladder
	Transcript                       string
	Entries                          int // of the transcript
	Replay                           string
	History                          []earlier // of runs that were made before
	LeftOut                          bool      // ladder and transcript are not in this file
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
		switch {
		case s.News:
			v.Failures = append(v.Failures, s)
		case len(s.Wrong) > 0:
			v.Expected = append(v.Expected, s)
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
	if m.Others != nil {
		t := m.Header.Target
		s.Elsewhere = m.Others.elsewhere(g.id, strings.TrimSpace(t.Name+" "+t.Version))
	}
	var took int64
	for _, r := range (&Model{Results: g.results}).byWeight(func(*event.Result) bool { return true }) {
		took += r.DurationUS
		s.add(newHTMLResult(m, r, details[r]), r)
	}
	s.Duration = duration(took)
	return s
}

// add adds a result, which is not of more weight than those before.
func (s *htmlScenario) add(result *htmlResult, r *event.Result) {
	if !wrong(r.Verdict) {
		s.Others = append(s.Others, result)
		return
	}
	s.Wrong = append(s.Wrong, result)
	s.News = s.News || news(r)
	s.Reason = cmp.Or(s.Reason, printable(reasonOf(r), entryLimit, false))
}

func newHTMLRule(id string, r event.Rule) htmlRule {
	rule := htmlRule{ID: nameText(id), Level: nameText(r.Level), Meaning: levelNamed(r.Level).means, Statement: fieldText(r.Statement), Note: fieldText(strings.TrimSpace(r.Note))}
	for _, source := range r.Source[:min(len(r.Source), rulesShown)] {
		rule.Source = append(rule.Source, nameText(source))
	}
	return rule
}

func newHTMLResult(m *Model, r *event.Result, detail *htmlResult) *htmlResult {
	result := &htmlResult{
		Name: nameText(r.Name()), Axes: nameText(r.Axes), Verdict: string(r.Verdict), Profile: nameText(r.Profile), Duration: duration(r.DurationUS),
		Reason: fieldText(r.Reason), Expected: fieldText(r.Expected), Actual: fieldText(r.Actual), Output: outputText(r.Output), Entries: len(r.Transcript),
	}
	for _, o := range r.Observations[:min(len(r.Observations), observations)] {
		result.Observations = append(result.Observations, event.Observation{Name: nameText(o.Name), Value: Printable(o.Value)})
	}
	if detail != nil {
		result.Ladder, result.Transcript = detail.Ladder, detail.Transcript
	}
	result.LeftOut = detail == nil && len(r.Transcript) > 0
	if r.Deviation != nil {
		result.Deviation = fieldText(deviationText(r.Deviation))
	}
	if history := m.history(r); wrong(r.Verdict) || slices.ContainsFunc(history, func(e earlier) bool { return e.Verdict != string(r.Verdict) }) {
		result.History = history
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
	for _, r := range m.byWeight(func(r *event.Result) bool { return len(r.Transcript) > 0 }) {
		if size > pageLimit {
			break
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

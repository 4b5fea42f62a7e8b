package live

import (
	"context"
	"slices"
	"time"
)

// traitPrefix begins the names of traits, which are features of steps and not of the contract.
const traitPrefix = "step:"

// traits returns what a target has to support to carry the step out, beyond the features of the contract.
func traits(s *Step) []string {
	all := []string{traitPrefix + string(s.Do)}
	switch {
	case s.Do == Reply && s.Times != 1:
		all = append(all, traitPrefix+"reply-not-once")
	case s.Do == Look:
		all = append(all, traitPrefix+"look-"+s.Mode)
	case s.Do == Connect && s.Mode != "":
		all = append(all, traitPrefix+"connect-"+s.Mode)
	}
	if e := s.Emission; e != nil && (s.Do == Emit || s.Do == Together || s.Do == InOneTurn) {
		all = append(all, traitPrefix+"via-"+e.Via)
		for _, f := range e.Flags {
			all = append(all, traitPrefix+f)
		}
		if e.Of != "" {
			all = append(all, traitPrefix+"of")
		}
		if len(e.Discard) > 0 {
			all = append(all, traitPrefix+"discard")
		}
		if len(s.Blobs) > 0 {
			all = append(all, traitPrefix+"emit-binary")
		}
	}
	for i := range s.Steps {
		all = append(all, traits(&s.Steps[i])...)
	}
	return all
}

// supports reports whether the target is not known to lack a trait of the step.
func (w *world) supports(s *Step) bool {
	return !slices.ContainsFunc(traits(s), func(t string) bool { return !w.offers(t) })
}

// samples are steps of the bystander in its namespaces, each with one trait that those before it do not have.
func samples() []Step {
	emit := func(e Emission) Step { return Step{Do: Emit, Namespace: "/orders", Emission: &e} }
	step := func(s Step) Step {
		s.Namespace = "/orders"
		return s
	}
	nsp := &Emission{Via: "nsp", To: []string{"sample"}}
	list := []Step{
		step(Step{Do: Join, Rooms: []string{"sample"}}), step(Step{Do: LeaveRoom, Rooms: []string{"sample"}}),
		step(Step{Do: Look, Mode: lookMembers}), step(Step{Do: Look, Mode: lookRooms}), step(Step{Do: Look, Mode: lookFetch, Emission: nsp}),
		step(Step{Do: Reply, ID: "1000", Times: 1}), step(Step{Do: Reply, ID: "1000"}),
		step(Step{Do: Ask, Mode: answerOnce}), step(Step{Do: AskRoom, Rooms: []string{"sample"}, Mode: answerOnce}),
		step(Step{Do: Move, Emission: nsp, Rooms: []string{"sample"}}), step(Step{Do: Expel, Emission: nsp}),
		{Do: Connect, Namespace: "/users", Mode: modeWait}, {Do: Leave, Namespace: "/users"},
		{Do: Connect, Namespace: "/users", Mode: modeReject}, {Do: Connect, Namespace: "/users", Mode: modeJoinReject, Rooms: []string{"sample"}},
		{Do: Connect, Namespace: "/users", Mode: modeJoin, Rooms: []string{"sample"}}, {Do: Leave, Namespace: "/users"},
	}
	for _, via := range []string{"socket", "broadcast", "nsp", "server"} {
		list = append(list, emit(Emission{Via: via}))
	}
	for _, flag := range []string{"volatile", "compress", "uncompressed", "local"} {
		list = append(list, emit(Emission{Via: "nsp", Flags: []string{flag}}))
	}
	list = append(list, emit(Emission{Via: "nsp", Of: "/custom"}), emit(Emission{Via: "nsp", Discard: []string{"sample"}}))
	binary := emit(Emission{Via: "nsp"})
	binary.Blobs = []string{"sample"}
	list = append(list, binary)
	return append(list, step(Step{Do: InOneTurn, Steps: []Step{emit(Emission{Via: "nsp"})}}))
}

// probe finds out which traits the target lacks, and how long it takes for a step. What else goes wrong meanwhile is left for the cases to find.
func (b *bench) probe(ctx context.Context) error {
	b.lacks = map[string]bool{}
	began, steps := time.Now(), 0
	for _, s := range samples() {
		o := b.play(ctx, b.timeScale, func(w *world, take func(Step)) {
			for _, before := range bystanderJoins() {
				take(before)
			}
			if w.supports(&s) {
				take(s)
			}
		})
		if o.err != nil {
			return o.err
		}
		steps += len(o.steps)
		if o.unsupported != nil {
			t := traits(o.unsupported)
			b.lacks[t[len(t)-1]] = true
		}
	}
	b.perStep = time.Since(began) / time.Duration(max(steps, 1))
	return nil
}

package live

import (
	"maps"
	"math/rand/v2"
	"slices"
)

// Rules returns the rules that verbs are about.
func Rules() []string {
	var rules []string
	for _, verb := range slices.Sorted(maps.Keys(plays)) {
		rules = append(rules, plays[verb].rule)
	}
	return rules
}

// Samples returns a step of every verb.
func Samples() []Step {
	steps := append(bystanderJoins(), samples()...)
	w := &world{offers: func(string) bool { return true }, unclear: map[string]bool{}}
	for n := range peers {
		c := &client{number: n, open: true, members: map[string]*member{}}
		for _, nsp := range watched {
			c.admit(nsp, "id", "room")
		}
		w.clients = append(w.clients, c)
		if n > 0 {
			steps = append(steps, Step{Do: Open, Peer: n, Transport: "polling"})
		}
	}
	g := newGenerator(w, rand.New(rand.NewPCG(1, 1)), 1, newMutator())
	for _, c := range choices {
		for range 20 {
			if s := c.make(g); s != nil && s.Do != Open {
				s.Sent = 100 * len(steps)
				steps = append(steps, *s)
			}
		}
	}
	return steps
}

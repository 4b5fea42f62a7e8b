package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/sio-conform/sio-conform/"

// TestImportLaw checks who may import whom. A bug in our codec must not blind the judge: harness and suite never see reference. Reports are plain
// readers of the stream, and the command links neither Ginkgo nor testing.
func TestImportLaw(t *testing.T) {
	law := []struct {
		pkg string
		may []string // prefixes within the module that it may depend on, itself included
		not []string // other modules that it must not depend on
	}{
		{pkg: "reference/eio", may: []string{"reference/eio"}, not: []string{"github.com/", "golang.org/"}},
		{pkg: "reference/sio", may: []string{"reference/sio"}, not: []string{"github.com/onsi/", "github.com/gorilla/"}},
		{pkg: "reference/server", may: []string{"reference/"}, not: []string{"github.com/onsi/"}},
		{pkg: "reference/app/conformance", may: []string{"reference/"}, not: []string{"github.com/onsi/"}},
		{pkg: "reference/app", may: []string{"reference/"}, not: []string{"github.com/onsi/"}},
		{pkg: "reference/client", may: []string{"reference/client", "reference/eio", "reference/sio"}, not: []string{"github.com/onsi/"}},
		{pkg: "reference/driver", may: []string{"reference/driver", "reference/client", "reference/eio", "reference/sio"}, not: []string{"github.com/onsi/"}},
		{pkg: "harness/wire", may: []string{"harness/wire"}},
		{pkg: "harness/event", may: []string{"harness/wire", "harness/event"}},
		{pkg: "harness/peer", may: []string{"harness/wire", "harness/event", "harness/peer"}},
		{pkg: "harness/strictyaml", may: []string{"harness/strictyaml"}},
		{pkg: "harness/target", may: []string{"harness/strictyaml", "harness/wire", "harness/event", "harness/peer", "harness/target"}},
		{pkg: "harness/fault", may: []string{"harness/wire", "harness/event", "harness/peer", "harness/fault"}},
		{pkg: "harness/driver", may: []string{"harness/strictyaml", "harness/wire", "harness/event", "harness/peer", "harness/target", "harness/driver"}},
		{pkg: "harness/driver/clientfault", may: []string{"harness/"}},
		{pkg: "harness/run", may: []string{"harness/"}},
		{pkg: "fuzz/live", may: []string{"fuzz/live", "harness/"}, not: []string{"github.com/leanovate/", "testing"}},
		{pkg: "suite", may: []string{"harness/", "suite"}},
		{pkg: "reports", may: []string{"reports", "harness/event", "harness/wire"}},
		{pkg: "cmd/sio-conform", may: []string{"cmd/", "harness/", "fuzz/live", "reference/", "suite", "reports"}, not: []string{"github.com/onsi/ginkgo", "testing"}},
	}
	for _, l := range law {
		t.Run(l.pkg, func(t *testing.T) {
			for _, dep := range dependencies(t, l.pkg) {
				own, inModule := strings.CutPrefix(dep, module)
				if inModule && !slices.ContainsFunc(l.may, func(p string) bool { return strings.HasPrefix(own, p) }) {
					t.Errorf("%s must not depend on %s", l.pkg, own)
				}
				if slices.ContainsFunc(l.not, func(p string) bool { return dep == p || strings.HasPrefix(dep, p) }) && !inModule {
					t.Errorf("%s must not depend on %s", l.pkg, dep)
				}
			}
		})
	}
}

func dependencies(t *testing.T, pkg string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", module+pkg).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	deps := strings.Fields(string(out))
	if len(deps) < 2 {
		t.Fatalf("go list -deps %s printed %q", pkg, out)
	}
	return deps
}

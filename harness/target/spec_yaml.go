package target

import (
	"github.com/goccy/go-yaml/ast"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/strictyaml"
)

// read fills the description from the document of a target.yaml.
func (s *Spec) read(n ast.Node) error {
	var ready, poll, pollURL ast.Node
	known := Profile{}.options("", "")
	err := strictyaml.Object(n, map[string]strictyaml.Field{
		"name":       strictyaml.Text(&s.Name),
		"version":    strictyaml.Text(&s.Version),
		"language":   strictyaml.Text(&s.Language),
		"notes":      strictyaml.Text(&s.Notes),
		"baseline":   strictyaml.Text(&s.Baseline),
		"role":       strictyaml.Choice(&s.Role, RoleServer, RoleClient),
		"path":       strictyaml.Checked(&s.Path, checkPath),
		"revisions":  revisions(&s.Revisions),
		"transports": choices(&s.Transports, "polling", "websocket"),
		"level":      strictyaml.Choice(&s.Level, peer.Wire.String(), peer.Echo.String(), peer.Contract.String()),
		"profiles":   choices(&s.Profiles, ProfileNames()...),
		"install":    words(&s.Install, nil),
		"start":      words(&s.Argv, known),
		"env":        s.environment(known),
		"ready": func(n ast.Node) error {
			ready = n
			return strictyaml.Object(n, map[string]strictyaml.Field{
				"line":   linePattern(&s.Ready.Line),
				"poll":   func(n ast.Node) error { poll = n; return wantTrue(n) },
				"url":    func(n ast.Node) error { pollURL = n; return strictyaml.Checked(&s.Ready.URL, checkURL)(n) },
				"within": duration(&s.Ready.Within),
			})
		},
		"stop": func(n ast.Node) error {
			return strictyaml.Object(n, map[string]strictyaml.Field{"within": duration(&s.StopWithin)})
		},
	})
	switch {
	case err != nil:
		return err
	case s.Name == "":
		return strictyaml.At(n, "name is missing")
	case len(s.Argv) == 0:
		return strictyaml.At(n, "start is missing")
	case poll != nil && s.Ready.Line != contractLine:
		return strictyaml.At(ready, "ready has both line and poll")
	case pollURL != nil && poll == nil:
		return strictyaml.At(pollURL, "ready.url is for ready.poll")
	case poll != nil:
		s.Ready.Line = nil
		if s.Ready.URL == "" {
			s.Ready.URL = defaultPollURL
		}
	}
	return nil
}

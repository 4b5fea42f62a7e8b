package target

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/sio-conform/sio-conform/harness/peer"
)

// The description is read from the syntax tree and not decoded into a struct: the decoder takes 5.5 for 5, 4.10 for "4.1", keys that are no strings for none, and does not see a second
// document.

// A field reads the value of one key.
type field func(ast.Node) error

// A lineError is an error at a node.
type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return e.err.Error() }
func (e *lineError) Unwrap() error { return e.err }

func at(n ast.Node, format string, args ...any) error {
	return &lineError{line: n.GetToken().Position.Line, err: fmt.Errorf(format, args...)}
}

// parse fills the description from a target.yaml. It returns the line of the error.
func (s *Spec) parse(text []byte) (line int, err error) {
	file, err := parser.ParseBytes(text, 0)
	if syntax, ok := errors.AsType[yaml.Error](err); ok {
		return max(syntax.GetToken().Position.Line, 1), errors.New(syntax.GetMessage())
	}
	if err != nil {
		return 1, err
	}
	docs := slices.DeleteFunc(file.Docs, func(d *ast.DocumentNode) bool { return d.Body == nil || d.Body.Type() == ast.CommentType })
	if len(docs) == 0 {
		return 1, errors.New("the file is empty")
	}
	if len(docs) > 1 {
		return docs[1].Body.GetToken().Position.Line, errors.New("a second document")
	}
	err = s.read(docs[0].Body)
	if e, ok := errors.AsType[*lineError](err); ok {
		return e.line, e
	}
	return 1, err
}

func (s *Spec) read(n ast.Node) error {
	var ready, poll, pollURL ast.Node
	known := Profile{}.options("", "")
	err := object(n, map[string]field{
		"name":       text(&s.Name),
		"version":    text(&s.Version),
		"language":   text(&s.Language),
		"notes":      text(&s.Notes),
		"role":       choice(&s.Role, RoleServer, RoleClient),
		"path":       checked(&s.Path, checkPath),
		"revisions":  revisions(&s.Revisions),
		"transports": choices(&s.Transports, "polling", "websocket"),
		"level":      choice(&s.Level, peer.Wire.String(), peer.Echo.String(), peer.Contract.String()),
		"profiles":   choices(&s.Profiles, ProfileNames()...),
		"install":    words(&s.Install, nil),
		"start":      words(&s.Argv, known),
		"env":        s.environment(known),
		"ready": func(n ast.Node) error {
			ready = n
			return object(n, map[string]field{
				"line":   linePattern(&s.Ready.Line),
				"poll":   func(n ast.Node) error { poll = n; return wantTrue(n) },
				"url":    func(n ast.Node) error { pollURL = n; return checked(&s.Ready.URL, checkURL)(n) },
				"within": duration(&s.Ready.Within),
			})
		},
		"stop": func(n ast.Node) error {
			return object(n, map[string]field{"within": duration(&s.StopWithin)})
		},
	})
	switch {
	case err != nil:
		return err
	case s.Name == "":
		return at(n, "name is missing")
	case len(s.Argv) == 0:
		return at(n, "start is missing")
	case poll != nil && s.Ready.Line != contractLine:
		return at(ready, "ready has both line and poll")
	case pollURL != nil && poll == nil:
		return at(pollURL, "ready.url is for ready.poll")
	case poll != nil:
		s.Ready.Line = nil
		if s.Ready.URL == "" {
			s.Ready.URL = defaultPollURL
		}
	}
	return nil
}

// object reads a mapping whose keys are all among fields. A key without a value counts as missing.
func object(n ast.Node, fields map[string]field) error {
	return eachPair(n, func(key string, k, v ast.Node) error {
		read, ok := fields[key]
		if !ok {
			return at(k, "unknown key %q; there are %s", key, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		}
		if v.Type() == ast.NullType {
			return nil
		}
		if err := read(v); err != nil {
			if e, ok := errors.AsType[*lineError](err); ok {
				return &lineError{line: e.line, err: fmt.Errorf("%s: %w", key, e.err)}
			}
			return at(v, "%s: %w", key, err)
		}
		return nil
	})
}

func eachPair(n ast.Node, f func(key string, k, v ast.Node) error) error {
	m, ok := n.(ast.MapNode)
	if !ok {
		return at(n, "must be a mapping, is %s", kindOf(n))
	}
	for i := m.MapRange(); i.Next(); {
		key, ok := scalar(i.Key())
		if !ok {
			return at(i.Key(), "a key must be a word")
		}
		if err := f(key, i.Key(), i.Value()); err != nil {
			return err
		}
	}
	return nil
}

func eachItem(n ast.Node, f func(string) error) error {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		return at(n, "must be a list, is %s", kindOf(n))
	}
	for _, item := range list.Values {
		word, ok := scalar(item)
		if !ok {
			return at(item, "must be a list of words, has %s", kindOf(item))
		}
		if err := f(word); err != nil {
			return at(item, "%w", err)
		}
	}
	return nil
}

// scalar returns the text of a scalar as it is written: 4.10 is "4.10".
func scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func kindOf(n ast.Node) string {
	switch n.Type() {
	case ast.MappingType, ast.MappingValueType:
		return "a mapping"
	case ast.SequenceType:
		return "a list"
	case ast.NullType:
		return "empty"
	case ast.AnchorType, ast.AliasType, ast.MergeKeyType, ast.TagType:
		return "an anchor, an alias or a tag, which are not used here"
	default:
		return fmt.Sprintf("%q", n.GetToken().Value)
	}
}

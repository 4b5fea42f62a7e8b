// Package strictyaml reads YAML files that a user writes, and says in which line one is wrong. It reads the syntax tree and decodes nothing into structs: the decoder takes 5.5 for 5, 4.10
// for "4.1", keys that are no strings for none, and does not see a second document.
package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// An Error says what is wrong with a file, and in which line.
type Error struct {
	File string
	Line int // from 1
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err) }

// Unwrap returns what is wrong.
func (e *Error) Unwrap() error { return e.Err }

// A lineError is an error at a node.
type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return e.err.Error() }
func (e *lineError) Unwrap() error { return e.err }

// At returns an error about a node.
func At(n ast.Node, format string, args ...any) error {
	return &lineError{line: Line(n), err: fmt.Errorf(format, args...)}
}

// Line returns the line in which a node begins, from 1.
func Line(n ast.Node) int { return max(n.GetToken().Position.Line, 1) }

// A Field reads the value of one key.
type Field func(ast.Node) error

// ReadFile reads the one document of a file. What is wrong with the file is an *Error; all other errors are of the file system.
func ReadFile(name string, read Field) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	n, err := document(text)
	if err == nil {
		err = read(n)
	}
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*lineError](err); ok {
		return &Error{File: name, Line: e.line, Err: e}
	}
	return &Error{File: name, Line: 1, Err: err}
}

// document returns the one document in a text.
func document(text []byte) (ast.Node, error) {
	file, err := parser.ParseBytes(text, 0)
	if syntax, ok := errors.AsType[yaml.Error](err); ok {
		return nil, &lineError{line: max(syntax.GetToken().Position.Line, 1), err: errors.New(syntax.GetMessage())}
	}
	if err != nil {
		return nil, err
	}
	docs := slices.DeleteFunc(file.Docs, func(d *ast.DocumentNode) bool { return d.Body == nil || d.Body.Type() == ast.CommentType })
	switch len(docs) {
	case 0:
		return nil, errors.New("the file is empty")
	case 1:
		return docs[0].Body, nil
	default:
		return nil, At(docs[1].Body, "a second document")
	}
}

// Object reads a mapping whose keys are all among fields. A key without a value counts as missing.
func Object(n ast.Node, fields map[string]Field) error {
	return EachPair(n, func(key string, k, v ast.Node) error {
		read, ok := fields[key]
		if !ok {
			return At(k, "unknown key %q; there are %s", key, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		}
		if v.Type() == ast.NullType {
			return nil
		}
		if err := read(v); err != nil {
			if e, ok := errors.AsType[*lineError](err); ok {
				return &lineError{line: e.line, err: fmt.Errorf("%s: %w", key, e.err)}
			}
			return At(v, "%s: %w", key, err)
		}
		return nil
	})
}

// EachPair reads a mapping of words to anything.
func EachPair(n ast.Node, f func(key string, k, v ast.Node) error) error {
	m, ok := n.(ast.MapNode)
	if !ok {
		return At(n, "must be a mapping, is %s", KindOf(n))
	}
	for i := m.MapRange(); i.Next(); {
		key, ok := Scalar(i.Key())
		if !ok {
			return At(i.Key(), "a key must be a word")
		}
		if err := f(key, i.Key(), i.Value()); err != nil {
			return err
		}
	}
	return nil
}

// EachItem reads a list of anything.
func EachItem(n ast.Node, f Field) error {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		return At(n, "must be a list, is %s", KindOf(n))
	}
	for _, item := range list.Values {
		if err := f(item); err != nil {
			return err
		}
	}
	return nil
}

// EachWord reads a list of words.
func EachWord(n ast.Node, f func(string) error) error {
	return EachItem(n, func(item ast.Node) error {
		word, ok := Scalar(item)
		if !ok {
			return At(item, "must be a list of words, has %s", KindOf(item))
		}
		if err := f(word); err != nil {
			return At(item, "%w", err)
		}
		return nil
	})
}

// Scalar returns the text of a scalar as it is written: 4.10 is "4.10".
func Scalar(n ast.Node) (string, bool) {
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

// KindOf says what a node is.
func KindOf(n ast.Node) string {
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

package strictyaml

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Checked reads a text and keeps what check makes of it.
func Checked(into *string, check func(string) (string, error)) Field {
	return func(n ast.Node) error {
		s, ok := Scalar(n)
		if !ok {
			return At(n, "must be a text, is %s", KindOf(n))
		}
		s, err := check(s)
		if err != nil {
			return At(n, "%w", err)
		}
		*into = s
		return nil
	}
}

// Text reads a text.
func Text(into *string) Field {
	return Checked(into, func(s string) (string, error) { return s, nil })
}

// Choice reads one of the values.
func Choice(into *string, values ...string) Field { return Checked(into, OneOf(values)) }

// OneOf returns a check for one of the values.
func OneOf(values []string) func(string) (string, error) {
	return func(s string) (string, error) {
		if !slices.Contains(values, s) {
			return "", fmt.Errorf("unknown value %q; there are %s", s, strings.Join(values, ", "))
		}
		return s, nil
	}
}

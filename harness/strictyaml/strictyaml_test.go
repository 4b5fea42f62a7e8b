package strictyaml

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml/ast"
)

// read reads a file with a name and a kind.
func read(t *testing.T, text string) (name, kind string, err error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "x.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	err = ReadFile(file, func(n ast.Node) error {
		return Object(n, map[string]Field{"name": Text(&name), "kind": Choice(&kind, "a", "b")})
	})
	return name, kind, err
}

func TestReadFile(t *testing.T) {
	for _, text := range []string{"name: x\nkind: b\n", "\ufeffname: x\r\nkind: b\r\n", "kind: b\nname: 'x'"} {
		if name, kind, err := read(t, text); name != "x" || kind != "b" || err != nil {
			t.Errorf("%q: got %q, %q, %v", text, name, kind, err)
		}
	}
}

func TestReadFileRefusesWithTheLine(t *testing.T) {
	for _, row := range []struct {
		text string
		line int
		want string
	}{
		{"name: x\nnamex: y\n", 2, "namex"},
		{"name: x\nname: y\n", 2, "name"},
		{"name: x\nkind: c\n", 2, `unknown value "c"; there are a, b`},
		{"name: [x]\n", 1, "must be a text"},
		{"name: x\n---\nname: y\n", 3, "document"},
		{"- x\n", 1, "must be a mapping"},
	} {
		_, _, err := read(t, row.text)
		e, ok := errors.AsType[*Error](err)
		if !ok || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%q: got %v, want an *Error with %q", row.text, err, row.want)
			continue
		}
		if e.Line != row.line {
			t.Errorf("%q: line %d, want %d: %v", row.text, e.Line, row.line, err)
		}
	}
}

func TestAFileThatIsNotThere(t *testing.T) {
	if err := ReadFile(filepath.Join(t.TempDir(), "none"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

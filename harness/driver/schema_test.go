package driver

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sio-conform/sio-conform/internal/schematest"
)

// definition compiles a definition of docs/driver.schema.json; "" is the document itself: a line of the driver.
func definition(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	return schematest.Compile(t, filepath.Join("..", "..", "docs", "driver.schema.json"), name)
}

func TestTheExchangeOfTheDocumentConformsToTheSchema(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "driver.md"))
	if err != nil {
		t.Fatal(err)
	}
	operation, line := definition(t, "operation"), definition(t, "")
	seen := 0
	for l := range strings.Lines(string(text)) {
		l = strings.TrimSpace(l)
		if op, ok := strings.CutPrefix(l, "→ "); ok {
			seen++
			if err := schematest.Validate(t, operation, op); err != nil {
				t.Errorf("%s: %v", op, err)
			}
		}
		if said, ok := strings.CutPrefix(l, "← "); ok {
			seen++
			if err := schematest.Validate(t, line, said); err != nil {
				t.Errorf("%s: %v", said, err)
			}
		}
	}
	if seen < 8 {
		t.Errorf("the document shows %d lines of an exchange, want at least 8", seen)
	}
}

func TestTheSchemaRefusesWhatTheDocumentDoes(t *testing.T) {
	rows := []struct{ definition, line string }{
		{"operation", `{"op":"hello"}`},
		{"operation", `{"id":1,"op":"jump"}`},
		{"operation", `{"id":1,"op":"open","sock":"a","url":"http://h","opts":{"forcenew":true}}`},
		{"operation", `{"id":1,"op":"batch","ops":[{"op":"pause","ms":1}]}`},
		{"", `{"re":1}`},
		{"", `{"re":1,"ok":false}`},
		{"", `{"ev":"connect","sock":"a","id":"x"}`},
		{"", `{"ev":"disconnect","t":1,"sock":"a","reason":"because"}`},
		{"", `{"ev":"party","t":1}`},
		{"hello", `{"re":1,"ok":true,"driver":2,"client":"c","version":"1","revisions":[5],"transports":["polling"],"capabilities":[]}`},
	}
	for _, r := range rows {
		if schematest.Validate(t, definition(t, r.definition), r.line) == nil {
			t.Errorf("the schema takes %s as %q", r.line, r.definition)
		}
	}
}

func TestWhatTheHarnessSaysConformsToTheSchema(t *testing.T) {
	operation := definition(t, "operation")
	f := newFake(t, nil)
	f.heard = func(line string) {
		if err := schematest.Validate(t, operation, line); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	f.play(t, func(s *Stage) {
		k := s.Connected("/a", Opts{"auth": map[string]any{"x": 1}})
		k.On("m", Reply(1), Times(2))
		k.EmitAck("k", "e", Binary(1), Undefined)
		k.EmitWith(Op{"timeout": 5, "volatile": true, "promise": true}, "e")
		k.When("connect", k.OpEmit("x"))
		k.Any("in")
		k.Set("auth", map[string]any{})
		k.ThrowOn("y")
		k.Kill()
		k.State()
		k.Connect()
		k.Disconnect()
		k.Tolerate("connect", "disconnect")
		s.LetPass(1)
		s.Drain()
	})
	if v := JSON(json.RawMessage(`{"a":1}`)); v != `{"a":1}` {
		t.Errorf("JSON alters its text: %s", v)
	}
}

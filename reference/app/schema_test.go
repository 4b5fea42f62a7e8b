package app_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sio-conform/sio-conform/internal/schematest"
)

// schema compiles a form of docs/contract.schema.json.
func schema(t *testing.T, form string) *jsonschema.Schema {
	t.Helper()
	return schematest.Compile(t, "../../docs/contract.schema.json", form)
}

func TestRepliesHaveTheFormsOfTheSchema(t *testing.T) {
	ops := map[string]string{
		"hello":              `{"do":"hello"}`,
		"echo":               `{"do":"echo","value":1}`,
		"info":               `{"do":"info"}`,
		"handshake":          `{"do":"handshake"}`,
		"rooms":              `{"do":"rooms"}`,
		"members":            `{"do":"members"}`,
		"namespaces":         `{"do":"namespaces"}`,
		"log":                `{"do":"log","tag":"t"}`,
		"join":               `{"do":"join","rooms":["r"]}`,
		"leave":              `{"do":"leave","room":"r"}`,
		"set":                `{"do":"set","data":{"k":1}}`,
		"declare":            `{"do":"declare","nsp":"/x"}`,
		"emit":               `{"do":"emit","via":"nsp","args":["x"],"ack":10}`,
		"batch":              `{"do":"batch","ops":[{"do":"rooms"},{"do":"emit","via":"parent","args":["x"]}]}`,
		"fetch":              `{"do":"fetch"}`,
		"sockets-join":       `{"do":"sockets-join","rooms":["r"]}`,
		"sockets-leave":      `{"do":"sockets-leave","rooms":["r"]}`,
		"sockets-disconnect": `{"do":"sockets-disconnect","to":["nobody"]}`,
	}
	for _, name := range slices.Sorted(maps.Keys(ops)) {
		t.Run(name, func(t *testing.T) {
			reply, form, op := schema(t, "reply"), schema(t, "value."+name), schema(t, "op."+name)
			var request any
			if err := json.Unmarshal([]byte(ops[name]), &request); err != nil {
				t.Fatal(err)
			}
			if err := op.Validate(request); err != nil {
				t.Fatal(err)
			}
			inBubble(t, nil, func(t *testing.T, r rig) {
				c := r.dial("/")
				got, err := jsonschema.UnmarshalJSON(strings.NewReader(c.op("/", ops[name])))
				if err != nil {
					t.Fatal(err)
				}
				answer := got.([]any)[0].(map[string]any)
				if err := reply.Validate(answer); err != nil {
					t.Error(err)
				}
				if value, ok := answer["ok"]; ok {
					if err := form.Validate(value); err != nil {
						t.Error(err)
					}
				}
			})
		})
	}
}

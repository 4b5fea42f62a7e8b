package target

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sio-conform/sio-conform/internal/schematest"
)

// contractFile returns a file of docs/.
func contractFile(name string) string { return filepath.Join("..", "..", "docs", name) }

// definition compiles one of the definitions of docs/contract.schema.json; "" is the document itself.
func definition(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	return schematest.Compile(t, contractFile("contract.schema.json"), name)
}

// opExamples holds, for each operation, requests that the contract allows.
var opExamples = map[string][]string{
	"hello":      {`{"do":"hello"}`},
	"echo":       {`{"do":"echo","value":null}`, `{"do":"echo","value":{"a":[1]}}`},
	"info":       {`{"do":"info"}`},
	"handshake":  {`{"do":"handshake"}`},
	"rooms":      {`{"do":"rooms"}`},
	"members":    {`{"do":"members"}`, `{"do":"members","room":"r"}`},
	"namespaces": {`{"do":"namespaces"}`},
	"log":        {`{"do":"log","tag":"t"}`},
	"join":       {`{"do":"join","rooms":["r"]}`, `{"do":"join","rooms":[]}`},
	"leave":      {`{"do":"leave","room":"r"}`},
	"set":        {`{"do":"set","data":{"k":1}}`},
	"disconnect": {`{"do":"disconnect"}`, `{"do":"disconnect","close":true}`},
	"declare":    {`{"do":"declare","nsp":"/x"}`, `{"do":"declare","nsp":"x"}`},
	"emit": {
		`{"do":"emit","via":"socket","args":["e"]}`,
		`{"do":"emit","via":"broadcast","to":["r"],"args":["e",1,null]}`,
		`{"do":"emit","via":"nsp","of":"/x","to":["a"],"in":["b"],"except":["c"],"flags":["volatile","compress","uncompressed","local"],"args":["e"]}`,
		`{"do":"emit","via":"server","args":["e"],"discard":{"to":["r"],"in":["r"],"except":["r"]}}`,
		`{"do":"emit","via":"parent","args":["e","<n>"],"times":3}`,
		`{"do":"emit","via":"socket","args":["e"],"ack":100,"flags":["volatile"]}`,
		`{"do":"emit","via":"socket","args":["e"],"discard":{"to":["r"]}}`,
	},
	"batch":              {`{"do":"batch","ops":[]}`, `{"do":"batch","ops":[{"do":"join","rooms":["r"]},{"do":"disconnect"}]}`},
	"ack":                {`{"do":"ack","args":[]}`, `{"do":"ack","args":[1,"a"],"times":0,"wait":50}`},
	"fetch":              {`{"do":"fetch"}`, `{"do":"fetch","via":"nsp","to":["a"],"in":["b"],"except":["c"]}`},
	"sockets-join":       {`{"do":"sockets-join","rooms":["x"],"in":["r"]}`},
	"sockets-leave":      {`{"do":"sockets-leave","rooms":["x"],"via":"nsp"}`},
	"sockets-disconnect": {`{"do":"sockets-disconnect"}`, `{"do":"sockets-disconnect","close":true,"except":["r"]}`},
}

func TestSchemaAcceptsEveryOperation(t *testing.T) {
	schema := definition(t, "")
	for name, examples := range opExamples {
		for _, example := range examples {
			if err := schematest.Validate(t, schema, example); err != nil {
				t.Errorf("%s: %v", example, err)
			}
			if err := schematest.Validate(t, definition(t, "op."+name), example); err != nil {
				t.Errorf("op.%s: %s: %v", name, example, err)
			}
		}
	}
}

func TestSchemaRefusesUnknownMembersOfEveryOperation(t *testing.T) {
	schema := definition(t, "")
	for _, examples := range opExamples {
		for _, example := range examples {
			example = strings.TrimSuffix(example, "}") + `,"colour":1}`
			if schematest.Validate(t, schema, example) == nil {
				t.Errorf("%s is accepted", example)
			}
		}
	}
}

func TestSchemaRefusesOperations(t *testing.T) {
	schema := definition(t, "")
	for _, example := range []string{
		`null`, `"hello"`, `[]`, `{}`, `{"do":1}`, `{"do":"Hello"}`, `{"do":"dance"}`,
		`{"do":"echo"}`,
		`{"do":"members","room":null}`,
		`{"do":"log"}`, `{"do":"log","tag":1}`,
		`{"do":"join"}`, `{"do":"join","rooms":"r"}`, `{"do":"join","rooms":[1]}`,
		`{"do":"leave"}`,
		`{"do":"set","data":[]}`,
		`{"do":"disconnect","close":1}`,
		`{"do":"declare","nsp":""}`,
		`{"do":"emit","args":["e"]}`, `{"do":"emit","via":"nsp"}`, `{"do":"emit","via":"nsp","args":[]}`, `{"do":"emit","via":"nsp","args":[1]}`,
		`{"do":"emit","via":"room","args":["e"]}`,
		`{"do":"emit","via":"nsp","args":["e"],"flags":["loud"]}`,
		`{"do":"emit","via":"nsp","args":["e"],"ack":-1}`, `{"do":"emit","via":"nsp","args":["e"],"ack":1.5}`,
		`{"do":"emit","via":"nsp","args":["e"],"ack":5,"times":2}`,
		`{"do":"emit","via":"nsp","args":["e"],"discard":{"via":"nsp"}}`,
		`{"do":"emit","via":"server","of":"/x","args":["e"]}`,
		`{"do":"emit","via":"socket","to":["r"],"args":["e"]}`, `{"do":"emit","via":"socket","in":["r"],"args":["e"]}`, `{"do":"emit","via":"socket","except":["r"],"args":["e"]}`,
		`{"do":"emit","via":"socket","flags":["local"],"args":["e"]}`,
		`{"do":"batch"}`, `{"do":"batch","ops":[1]}`, `{"do":"batch","ops":[{"do":"dance"}]}`,
		`{"do":"batch","ops":[{"do":"ack","args":[]}]}`, `{"do":"batch","ops":[{"do":"batch","ops":[]}]}`,
		`{"do":"ack"}`, `{"do":"ack","args":[],"times":-1}`, `{"do":"ack","args":[],"wait":0.5}`,
		`{"do":"fetch","via":"socket"}`, `{"do":"fetch","of":"/x"}`, `{"do":"fetch","to":"r"}`,
		`{"do":"sockets-join"}`, `{"do":"sockets-leave","in":["r"]}`,
		`{"do":"sockets-disconnect","close":null}`,
	} {
		if schematest.Validate(t, schema, example) == nil {
			t.Errorf("%s is accepted", example)
		}
	}
}

func TestSchemaOfTheOtherForms(t *testing.T) {
	for name, test := range map[string]struct{ valid, invalid []string }{
		"reply": {
			[]string{`{"ok":null}`, `{"ok":[{"ok":1}]}`, `{"error":"unsupported"}`, `{"error":"failed","message":""}`, `{"error":"failed","message":"timeout","answers":[1,null]}`},
			[]string{`null`, `{}`, `{"error":"other"}`, `{"error":"failed"}`, `{"ok":1,"error":"failed","message":""}`, `{"error":"unsupported","message":""}`, `{"ok":1,"answers":[]}`},
		},
		"payload": {
			[]string{`{}`, `{"anything":1}`, `{"token":"secret"}`, `{"mw":[]}`, `{"mw":[[],[{"wait":50},{"never":true}]]}`, `{"tenant":{"allow":false,"ms":50,"error":"e"}}`},
			[]string{`[]`, `null`, `{"mw":{}}`, `{"mw":[[],[],[],[]]}`, `{"mw":[{"wait":1}]}`, `{"tenant":{"deny":true}}`, `{"tenant":{"ms":-1}}`},
		},
		"script": {
			[]string{
				`[]`, `[{"wait":0}]`, `[{"join":"r"}]`, `[{"emit":["e",1]}]`, `[{"set":{}}]`, `[{"reject":{"message":""}}]`, `[{"reject":{"message":"m","data":null}}]`, `[{"never":true}]`,
				`[{"twice":true}]`, `[{"disconnect":false},{"disconnect":true}]`,
			},
			[]string{
				`{}`, `[{}]`, `[1]`, `[{"sleep":1}]`, `[{"wait":1,"join":"r"}]`, `[{"wait":-1}]`, `[{"wait":"1"}]`, `[{"join":1}]`, `[{"emit":[]}]`, `[{"emit":"e"}]`, `[{"set":[]}]`,
				`[{"reject":{}}]`, `[{"reject":"m"}]`, `[{"reject":{"message":"m","code":1}}]`, `[{"never":false}]`, `[{"twice":1}]`, `[{"disconnect":null}]`,
			},
		},
		"entry": {
			[]string{`["middleware","/",2]`, `["connection","/x"]`, `["disconnecting","/","ping timeout",["a","b"]]`, `["disconnect","/","r"]`, `["decide","/tenant-1"]`},
			[]string{`[]`, `["middleware","/"]`, `["middleware","/",3]`, `["connection","/",1]`, `["disconnecting","/","r"]`, `["disconnect","/"]`, `["began","/"]`, `{}`},
		},
		"value.hello": {
			[]string{`{"contract":1,"implementation":"x 1","features":[]}`, `{"contract":1,"implementation":"x 1","features":["parent","log"]}`},
			[]string{`{"contract":2,"implementation":"x 1","features":[]}`, `{"contract":1,"implementation":"","features":[]}`, `{"contract":1,"implementation":"x","features":["magic"]}`,
				`{"contract":1,"implementation":"x","features":["log","log"]}`, `{"contract":1,"features":[]}`},
		},
		"value.info": {
			[]string{`{"id":"i","nsp":"/","auth":{},"query":{"EIO":"4"},"headers":{},"data":{"trace":[0]},"recovered":false}`},
			[]string{`{"id":"i","nsp":"/","auth":{},"query":{},"headers":{},"data":{}}`, `{}`},
		},
		"value.handshake": {
			[]string{`{"url":"/socket.io/?EIO=4","address":"127.0.0.1","secure":false,"xdomain":false,"issued":1700000000000,"time":"x"}`},
			[]string{`{}`, `{"url":"/","address":"::1","secure":0,"xdomain":false,"issued":1,"time":"x"}`},
		},
		"value.rooms":              {[]string{`[]`, `["a"]`}, []string{`null`, `[1]`}},
		"value.members":            {[]string{`["a"]`}, []string{`{}`}},
		"value.namespaces":         {[]string{`["/"]`}, []string{`"/"`}},
		"value.log":                {[]string{`[]`, `[["connection","/"]]`}, []string{`[[]]`}},
		"value.emit":               {[]string{`null`, `[]`, `[1,{}]`}, []string{`1`, `{}`}},
		"value.batch":              {[]string{`[]`, `[{"ok":null},{"error":"unsupported"}]`}, []string{`[1]`, `null`}},
		"value.fetch":              {[]string{`[]`, `[{"id":"a","rooms":["a"],"data":{}}]`}, []string{`[{"id":"a"}]`, `["a"]`}},
		"value.join":               {[]string{`null`}, []string{`true`}},
		"value.leave":              {[]string{`null`}, []string{`true`}},
		"value.set":                {[]string{`null`}, []string{`{}`}},
		"value.declare":            {[]string{`null`}, []string{`"/x"`}},
		"value.sockets-join":       {[]string{`null`}, []string{`1`}},
		"value.sockets-leave":      {[]string{`null`}, []string{`1`}},
		"value.sockets-disconnect": {[]string{`null`}, []string{`1`}},
		"value.echo":               {[]string{`null`, `1`, `{"a":1}`}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			schema := definition(t, name)
			for _, example := range test.valid {
				if err := schematest.Validate(t, schema, example); err != nil {
					t.Errorf("%s: %v", example, err)
				}
			}
			for _, example := range test.invalid {
				if schematest.Validate(t, schema, example) == nil {
					t.Errorf("%s is accepted", example)
				}
			}
		})
	}
}

// contractText returns docs/contract.md.
func contractText(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(contractFile("contract.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestSchemaAndContractHaveTheSameOperations(t *testing.T) {
	named := map[string]bool{}
	for _, m := range regexp.MustCompile(`\{"do":"([a-z-]+)"`).FindAllStringSubmatch(contractText(t), -1) {
		named[m[1]] = true
	}
	if got, want := slices.Sorted(maps.Keys(named)), slices.Sorted(maps.Keys(opExamples)); !slices.Equal(got, want) {
		t.Errorf("the contract names %v, the examples are for %v", got, want)
	}
	schema := definition(t, "op")
	if len(schema.OneOf) != len(opExamples) {
		t.Errorf("the schema has %d operations, there are examples for %d", len(schema.OneOf), len(opExamples))
	}
}

func TestSchemaAndContractHaveTheSameFeatures(t *testing.T) {
	_, section, _ := strings.Cut(contractText(t), "## 7. Features")
	section, _, _ = strings.Cut(section, "\n## ")
	_, list, _ := strings.Cut(strings.TrimSpace(section), "\n")
	list = regexp.MustCompile(`\([^)]*\)`).ReplaceAllString(list, "") // what a feature means
	var named, known []string
	for _, m := range regexp.MustCompile("`([a-z.]+)`").FindAllStringSubmatch(list, -1) {
		named = append(named, m[1])
	}
	for _, v := range definition(t, "feature").Enum.Values {
		known = append(known, v.(string))
	}
	if !slices.Equal(named, known) {
		t.Errorf("the contract names %q, the schema %q", named, known)
	}
}

// TestCopiesOfTheAppAreTheSame compares the files of the conformance app on socket.io, of which each target has a copy; library.js is the one that differs.
func TestCopiesOfTheAppAreTheSame(t *testing.T) {
	for _, name := range []string{"app.js", "ops.js", "log.js", "shape.js"} {
		want, err := os.ReadFile(filepath.Join("..", "targets", "socketio-4", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range []string{"socketio-2", "socketio-3", "socketio-4.0", "socketio-4-eio3"} {
			got, err := os.ReadFile(filepath.Join("..", "targets", target, name))
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s/%s is not that of socketio-4 (%v)", target, name, err)
			}
		}
	}
}

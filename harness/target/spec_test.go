package target

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sio-conform/sio-conform/harness/strictyaml"
)

func TestLoadReadsEverything(t *testing.T) {
	dir := filepath.Join("testdata", "full")
	got, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := &Spec{
		Name: "example", Version: "4.10", Language: "Go", Role: "server", Revisions: []int{4, 5}, Transports: []string{"websocket"},
		Dir: dir, Path: "/io/", Install: []string{"make", "install"}, Argv: []string{"./server", "--port", "{port}", "--ping", "{ping-interval}"},
		Env:        map[string]string{"DEBUG": "1", "LIMIT": "{max-payload}"},
		Ready:      Ready{Line: regexp.MustCompile(`^ready at (\S+)$`), Within: 500 * time.Millisecond},
		Profiles:   []string{"default", "small"},
		StopWithin: time.Minute,
		Notes:      "Two\nlines.\n",
		Baseline:   filepath.Join(dir, "known.yaml"),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v, want\n%+v", got, want)
	}
}

// load writes a target.yaml and reads it.
func load(t *testing.T, text string) (*Spec, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, SpecFile), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(dir)
}

func TestLoadForms(t *testing.T) {
	defaults := Ready{Line: contractLine, Within: 10 * time.Second}
	for _, test := range []struct {
		name string
		text string
		want func(s *Spec) bool
	}{
		{"defaults", "name: x\nstart: [a]\n", func(s *Spec) bool {
			return s.Role == "server" && slices.Equal(s.Revisions, []int{5}) && slices.Equal(s.Transports, []string{"polling", "websocket"}) && s.Path == "/socket.io/" &&
				s.Ready == defaults && slices.Equal(s.Profiles, []string{"default", "fast", "small"}) && s.StopWithin == 5*time.Second
		}},
		{"Windows line ends", "name: x\r\nstart:\r\n  - a\r\n  - b\r\n", func(s *Spec) bool { return slices.Equal(s.Argv, []string{"a", "b"}) }},
		{"byte order mark", "\ufeffname: x\nstart: [a]\n", func(s *Spec) bool { return s.Name == "x" }},
		{"comments", "# a\nname: x # b\nstart: [a]\n# c\n", func(s *Spec) bool { return s.Name == "x" }},
		{"numbers as words", "name: 1\nstart: [a, 2.50, true]\n", func(s *Spec) bool { return s.Name == "1" && slices.Equal(s.Argv, []string{"a", "2.50", "true"}) }},
		{"quoted key", "\"name\": x\nstart: [a]\n", func(s *Spec) bool { return s.Name == "x" }},
		{"poll", "name: x\nstart: [a]\nready: {poll: true}\n", func(s *Spec) bool {
			return s.Ready == Ready{URL: "http://127.0.0.1:{port}", Within: 10 * time.Second}
		}},
		{"poll an address", "name: x\nstart: [a]\nready: {poll: true, url: \"https://localhost:{port}\", within: 1s}\n", func(s *Spec) bool {
			return s.Ready == Ready{URL: "https://localhost:{port}", Within: time.Second}
		}},
		{"within alone", "name: x\nstart: [a]\nready: {within: 1s}\n", func(s *Spec) bool { return s.Ready == Ready{Line: contractLine, Within: time.Second} }},
		{"a key without a value", "name: x\nstart: [a]\nready:\nnotes:\nenv:\n", func(s *Spec) bool { return s.Ready == defaults && s.Env == nil }},
		{"braces that are no placeholder", "name: x\nstart: [a, '{\"a\":1}', '{}', '{A}']\n", func(s *Spec) bool { return s.Argv[1] == `{"a":1}` }},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := load(t, test.text)
			if err != nil {
				t.Fatal(err)
			}
			if !test.want(s) {
				t.Errorf("got %+v", s)
			}
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, test := range []struct {
		text string
		line int
		want string
	}{
		{"", 1, "the file is empty"},
		{"\ufeff# nothing\n", 1, "the file is empty"},
		{"start: [a]\n", 1, "name is missing"},
		{"\n\nname: x\n", 3, "start is missing"},
		{"name:\nstart: [a]\n", 1, "name is missing"},
		{"name: x\nstart: []\n", 2, "start: the command is empty"},
		{"name: x\nstart: ['']\n", 2, "start: the command is empty"},
		{"name: x\nstart: node app.js\n", 2, `start: must be a list, is "node app.js"`},
		{"name: x\nstart: [a, [b]]\n", 2, "start: must be a list of words, has a list"},
		{"name: x\nstart: [a, null]\n", 2, "start: must be a list of words, has empty"},
		{"name: x\r\nstart: [a]\r\ncommands: [a]\r\n", 3, `unknown key "commands"; there are baseline, env, install, language,`},
		{"name: x\nstart: [a]\nready:\n  line: (x)\n  whithin: 1s\n", 5, `ready: unknown key "whithin"; there are line, poll, url, within`},
		{"name: x\nname: y\n", 2, `"name" already defined`},
		{"name: [x]\n", 1, "name: must be a text, is a list"},
		{"name: {a: b}\n", 1, "name: must be a text, is a mapping"},
		{"- name\n", 1, "must be a mapping, is a list"},
		{"name\n", 1, `must be a mapping, is "name"`},
		{"name: x\n---\nname: y\n", 3, "a second document"},
		{"name: x: y\n", 1, "mapping value is not allowed"},
		{"name: 'x\n", 1, "single-quoted"},
		{"name: &a x\nversion: *a\n", 1, "an anchor, an alias or a tag"},
		{"<<: {name: x}\n", 1, "a key must be a word"},
		{"name: x\nrole: judge\n", 2, `role: unknown value "judge"; there are server, client`},
		{"name: x\nrevisions: 5\n", 2, `revisions: must be a list, is "5"`},
		{"name: x\nrevisions: [5, 3]\n", 2, `revisions: unknown value "3"; there are 4, 5`},
		{"name: x\nrevisions: [5.5]\n", 2, `revisions: unknown value "5.5"`},
		{"name: x\nrevisions: [5, 5]\n", 2, "revisions: 5 is there twice"},
		{"name: x\ntransports:\n  - polling\n  - sse\n", 4, `transports: unknown value "sse"; there are polling, websocket`},
		{"name: x\nprofiles: []\n", 2, "profiles: the list is empty"},
		{"name: x\nprofiles: [quick]\n", 2, `profiles: unknown value "quick"; there are default, fast, small, recovery, recovery-fast`},
		{"name: x\nstart: [a]\nready: soon\n", 3, `ready: must be a mapping, is "soon"`},
		{"name: x\nready: {poll: yes}\n", 2, `ready: poll: must be true, is "yes"`},
		{"name: x\nready: {poll: false}\n", 2, `ready: poll: must be true, is "false"`},
		{"name: x\nstart: [a]\nready: {poll: true, line: (x)}\n", 3, "ready has both line and poll"},
		{"name: x\nstart: [a]\nready: {url: http://a}\n", 3, "ready.url is for ready.poll"},
		{"name: x\nready:\n  poll: true\n  url: localhost\n", 4, `ready: url: "localhost" is no http address`},
		{"name: x\nready:\n  line: a(\n", 3, "ready: line: error parsing regexp"},
		{"name: x\nready:\n  line: ready\n", 3, "ready: line: needs one group, for the base address; has 0"},
		{"name: x\nready:\n  line: (a)(b)\n", 3, "has 2"},
		{"name: x\nready: {within: 10}\n", 2, `ready: within: "10" is no positive duration, as 500ms or 10s`},
		{"name: x\nstop: {within: 0s}\n", 2, `stop: within: "0s" is no positive duration`},
		{"name: x\nstop: {after: 1s}\n", 2, `stop: unknown key "after"; there are within`},
		{"name: x\npath: socket.io\n", 2, `path: "socket.io" does not begin with a slash`},
		{"name: x\nenv: [A]\n", 2, "env: must be a mapping, is a list"},
		{"name: x\nenv:\n  A: 1\n  B: [1]\n", 4, "env: B must be a text, is a list"},
		{"name: x\nenv: {A: }\n", 2, "env: A must be a text, is empty"},
		{"name: x\nenv: {A=B: 1}\n", 2, `env: "A=B" is no name of a variable`},
		{"name: x\nenv: {SIO_PORT: 1}\n", 2, "env: SIO_PORT is always set to the option of the profile"},
		{"name: x\nenv: {A: \"{prot}\"}\n", 2, "env: A: unknown placeholder {prot}"},
		{"name: x\nstart:\n  - a\n  - --ping={ping_interval}\n  - \"{ping-intervall}\"\n", 5, "start: unknown placeholder {ping-intervall}"},
		{"name: x\nstart: [\"a\\0\"]\n", 2, "start: has a zero byte"},
	} {
		t.Run(test.want, func(t *testing.T) {
			_, err := load(t, test.text)
			e, ok := errors.AsType[*strictyaml.Error](err)
			if !ok {
				t.Fatalf("%q: got %v", test.text, err)
			}
			if e.Line != test.line || !strings.Contains(e.Err.Error(), test.want) {
				t.Errorf("%q: got line %d: %s; want line %d: %s", test.text, e.Line, e.Err, test.line, test.want)
			}
		})
	}
}

func TestAnErrorOfADescriptionNamesFileAndLine(t *testing.T) {
	_, err := load(t, "name: x\nfoo: 1\n")
	if err == nil || !strings.Contains(err.Error(), SpecFile+`:2: unknown key "foo"`) {
		t.Errorf("got %v", err)
	}
}

func TestLoadWithoutAFile(t *testing.T) {
	if _, err := Load(t.TempDir()); !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "target: ") {
		t.Errorf("got %v", err)
	}
}

func TestTheTargetsKeptHereCanBeLoaded(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "targets", "*", SpecFile))
	if err != nil || len(files) == 0 {
		t.Fatalf("found %v, %v", files, err)
	}
	for _, file := range files {
		s, err := Load(filepath.Dir(file))
		if err != nil {
			t.Error(err)
		} else if s.Name != filepath.Base(filepath.Dir(file)) {
			t.Errorf("%s is named %s", file, s.Name)
		}
	}
}

func TestCommand(t *testing.T) {
	for _, test := range []struct {
		line string
		want []string
	}{
		{"node app.js", []string{"node", "app.js"}},
		{"  a\t b\n", []string{"a", "b"}},
		{`a 'b c' "d e"`, []string{"a", "b c", "d e"}},
		{`a b'c'"d"e`, []string{"a", "bcde"}},
		{`a '' ""`, []string{"a", "", ""}},
		{`a b\ c \' \" \\`, []string{"a", "b c", "'", `"`, `\`}},
		{`a 'b\' "c\"d\\e\f g"`, []string{"a", `b\`, `c"d\e\f g`}},
		{`C:\app\node.exe .\app.js`, []string{`C:\app\node.exe`, `.\app.js`}},
		{`a $HOME * | > {port} {x}`, []string{"a", "$HOME", "*", "|", ">", "{port}", "{x}"}},
		{`a ü \`, []string{"a", "ü", `\`}},
	} {
		s, err := Command(test.line)
		if err != nil {
			t.Errorf("%s: %v", test.line, err)
		} else if !slices.Equal(s.Argv, test.want) {
			t.Errorf("%s: got %q, want %q", test.line, s.Argv, test.want)
		}
	}
}

func TestCommandRefuses(t *testing.T) {
	for _, test := range []struct{ line, want string }{
		{"", "target: the command is empty"},
		{" \t ", "target: the command is empty"},
		{"'' a", "target: the command is empty"},
		{`a "b`, `target: command "a \"b": a quote is not closed: "`},
		{`a 'b`, `target: command "a 'b": a quote is not closed: '`},
	} {
		if _, err := Command(test.line); err == nil || err.Error() != test.want {
			t.Errorf("%q: got %v, want %s", test.line, err, test.want)
		}
	}
}

func TestACommandRunsInTheCurrentFolderUnderEveryProfile(t *testing.T) {
	s, err := Command("node app.js")
	if err != nil {
		t.Fatal(err)
	}
	if s.Dir != "." || s.Name != "node app.js" || !slices.Equal(s.Profiles, ProfileNames()) {
		t.Errorf("got %+v", s)
	}
}

func TestCommandLineCanBeSplitAgain(t *testing.T) {
	words := []string{"a", "b c", "", "it's", `say "x"`, `it's "x" \ y`, `C:\x`, "ü\t", `\\`, `\ `}
	again, err := splitWords((&Spec{Argv: words}).CommandLine())
	if err != nil || !slices.Equal(again, words) {
		t.Errorf("got %q, %v; want %q", again, err, words)
	}
}

func TestProfiles(t *testing.T) {
	for _, test := range []struct {
		name string
		want []string
	}{
		{"default", []string{"25000", "20000", "45000", "10000", "1000000", "0", "false"}},
		{"fast", []string{"1500", "1200", "2000", "1200", "1000000", "0", "false"}},
		{"small", []string{"25000", "20000", "45000", "10000", "10000", "0", "false"}},
		{"recovery", []string{"25000", "20000", "45000", "10000", "1000000", "20000", "false"}},
		{"recovery-fast", []string{"1500", "1200", "2000", "1200", "1000000", "6000", "true"}},
	} {
		p, ok := ProfileByName(test.name)
		var got []string
		for _, o := range p.options("", "")[2:] {
			got = append(got, o.value)
		}
		if !ok || p.Name != test.name || !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v %q, want %q", test.name, ok, got, test.want)
		}
	}
}

func TestAnUnknownProfile(t *testing.T) {
	if p, ok := ProfileByName("Default"); ok {
		t.Errorf("got %+v", p)
	}
}

package wire

import (
	"strings"
	"testing"
)

func TestPatternMatches(t *testing.T) {
	rows := []struct{ name, pattern, packet string }{
		{"the packet itself", `42["a",1]`, `42["a",1]`},
		{"white space is free", `42["a",{"b":[1,2]}]`, "42[ \"a\" ,\t{\"b\" : [1,2]} ]"},
		{"the order of members is free", `42["a",{"b":1,"c":2}]`, `42["a",{"c":2,"b":1}]`},
		{"escapes are compared by value", `42["é"]`, `42["\u00e9"]`},
		{"numbers are compared by value", `42["a",100,1.5,0]`, `42["a",1e2,15e-1,-0.0]`},
		{"large numbers keep all digits", `42["a",12345678901234567890123]`, `42["a",12345678901234567890123]`},
		{"namespace without data", `41/a,`, `41/a,`},
		{"comma behind the namespace is free where nothing follows", `41/a,`, `41/a`},
		{"acknowledgement id", `43/a,12[]`, `43/a,12[]`},
		{"hole for an id", `42<integer>["a"]`, `429["a"]`},
		{"hole in data", `40{"sid":<text>,...}`, `40{"sid":"x","pid":"y"}`},
		{"open array", `42["a",...]`, `42["a",1,2]`},
		{"any value", `42["a",<any>]`, `42["a",null]`},
		{"the same name twice", `42["a",<x:any>,<x:any>]`, `42["a",{"b":1},{"b":1}]`},
		{"attachments", `451-/a,["x",{"_placeholder":true,"num":0}]`, `451-/a,["x",{"num":0,"_placeholder":true}]`},
		{"engine packet", `3probe`, `3probe`},
		{"no data", `40`, `40`},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if diff := match(t, r.pattern, r.packet); diff != "" {
				t.Errorf("%s against %s: %s", r.packet, r.pattern, diff)
			}
		})
	}
}

func TestPatternDiffers(t *testing.T) {
	rows := []struct{ name, pattern, packet, diff string }{
		{"another type", `42["a"]`, `43["a"]`, "want EVENT, got ACK"},
		{"another engine type", `42["a"]`, `2`, "want EVENT, got PING"},
		{"another namespace", `42/a,["a"]`, `42/b,["a"]`, `want namespace /a, got /b`},
		{"main namespace instead of a custom one", `42/a,["a"]`, `42["a"]`, `want namespace /a, got /`},
		{"case of the namespace", `42/a,["a"]`, `42/A,["a"]`, "want namespace /a"},
		{"no id", `42<integer>["a"]`, `42["a"]`, "want an acknowledgement id"},
		{"an id too many", `42["a"]`, `421["a"]`, `got "1"`},
		{"another id", `4310[]`, `431[]`, `want acknowledgement id "10", got "1"`},
		{"leading zero", `431[]`, `4301[]`, `got "01"`},
		{"string for number", `42["a",1]`, `42["a","1"]`, "data[1]: want 1"},
		{"case of a member", `40{"sid":<any>}`, `40{"SID":"x"}`, `member "sid" is missing`},
		{"a member too many", `40{"sid":<any>}`, `40{"sid":"x","pid":"y"}`, `unexpected member "pid"`},
		{"duplicate member", `40{"sid":<any>,...}`, `40{"sid":"x","sid":"y"}`, "duplicate"},
		{"an element too few", `42["a",1,2]`, `42["a",1]`, "at least 3 elements"},
		{"an element too many", `42["a"]`, `42["a",1]`, "want 1 elements, got 2"},
		{"rounded integer", `42["a",9007199254740993]`, `42["a",9007199254740992]`, "data[1]"},
		{"numbers beyond reason", `42["a",1e99999999999]`, `42["a",1e99999999998]`, "data[1]"},
		{"empty text", `40{"sid":<text>}`, `40{"sid":""}`, "type text"},
		{"the same name, another value", `42["a",<x:any>,<x:any>]`, `42["a",1,2]`, "want x again"},
		{"garbage behind the data", `42["a"]`, `42["a"]x`, "garbage behind the JSON text"},
		{"invalid UTF-8", `42["a",<any>]`, "42[\"a\",\"\xff\"]", "invalid UTF-8"},
		{"data where there must be none", `40`, `40{}`, "want no data"},
		{"no data where there must be some", `44{}`, `44`, "without data"},
		{"negative number for integer", `42["a",<integer>]`, `42["a",-1]`, "type integer"},
		{"attachment count", `452-["a"]`, `451-["a"]`, "want 2 attachments, got 1"},
		{"engine packet with more behind it", `3`, `3probe`, "behind the packet type"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if diff := match(t, r.pattern, r.packet); !strings.Contains(diff, r.diff) {
				t.Errorf("%q against %s: got the difference %q, want one with %q", r.packet, r.pattern, diff, r.diff)
			}
		})
	}
}

func match(t *testing.T, pattern, packet string) string {
	t.Helper()
	p, err := ParsePattern(pattern)
	if err != nil {
		t.Fatal(err)
	}
	d := Dissect(Revision5, false, []byte(packet))
	_, diff := p.Match(&d)
	return diff
}

func TestPatternCaptures(t *testing.T) {
	p, err := ParsePattern(`42/a,<id:integer>["ask",{"x":<x:any>,...}]`)
	if err != nil {
		t.Fatal(err)
	}
	d := Dissect(Revision5, false, []byte(`42/a,17["ask",{"x": [1, "é"] ,"y":2}]`))
	caps, diff := p.Match(&d)
	if diff != "" || caps["id"] != "17" || caps["x"] != `[1, "é"]` {
		t.Errorf("got %v %s", caps, diff)
	}
}

func TestPatternDoesNotMatchBinary(t *testing.T) {
	p, err := ParsePattern(`42["a"]`)
	if err != nil {
		t.Fatal(err)
	}
	d := Dissect(Revision5, true, []byte(`42["a"]`))
	if _, diff := p.Match(&d); !strings.Contains(diff, "binary packet") {
		t.Errorf("got %q", diff)
	}
}

func TestParsePatternRefuses(t *testing.T) {
	for _, text := range []string{"", "4", "47", `45["a"]`, `42["a"`, `42["a",<unknown>]`, `42["a",<any]`, `42[...,1]`, `42{"a":1,"a":2}`, `42["a"] x`, `42{1:2}`, `42{"a" 1}`, `42[1 2]`, `42[01]`} {
		if p, err := ParsePattern(text); err == nil {
			t.Errorf("%q was taken as %v", text, p)
		}
	}
}

func TestSameNumber(t *testing.T) {
	same := [][2]string{{"0", "-0"}, {"0", "0e5"}, {"1", "1.0"}, {"100", "1E+2"}, {"0.001", "1e-3"}, {"-12.50", "-1.25e1"}, {"1e400", "10e399"}, {"5e-324", "4.9E-324"}, {"0.1", "0.1000000000000000055"}}
	for _, p := range same {
		if !sameNumber(p[0], p[1]) {
			t.Errorf("%s and %s are not the same", p[0], p[1])
		}
	}
	other := [][2]string{{"1", "-1"}, {"1", "10"}, {"1", "1.0000000000000000000001"}, {"9007199254740992", "9007199254740993"}, {"1e-400", "0"}}
	for _, p := range other {
		if sameNumber(p[0], p[1]) {
			t.Errorf("%s and %s are the same", p[0], p[1])
		}
	}
}

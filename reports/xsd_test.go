package reports

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A node is an element of any XML document.
type node struct {
	name     string
	attrs    map[string]string
	children []*node
	text     string // of the element itself
}

// parseXML returns the root of a document, read strictly.
func parseXML(b []byte) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(b))
	top := &node{}
	open := []*node{top}
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		in := open[len(open)-1]
		switch t := token.(type) {
		case xml.StartElement:
			n := &node{name: t.Name.Local, attrs: make(map[string]string)}
			for _, a := range t.Attr {
				if _, twice := n.attrs[a.Name.Local]; twice {
					return nil, fmt.Errorf("attribute %s twice", a.Name.Local)
				}
				n.attrs[a.Name.Local] = a.Value
			}
			in.children = append(in.children, n)
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			in.text += string(t)
		}
	}
	if len(top.children) != 1 || strings.TrimSpace(top.text) != "" {
		return nil, errors.New("not one element")
	}
	return top.children[0], nil
}

// all returns the elements of that name, at any depth.
func (n *node) all(name string) (found []*node) {
	if n.name == name {
		found = append(found, n)
	}
	for _, c := range n.children {
		found = append(found, c.all(name)...)
	}
	return found
}

// An xsd validates documents by the part of XML Schema that testdata/junit.xsd uses: elements with ref, sequence, choice, occurrences,
// attributes, string types with a pattern, and mixed content. It refuses to load anything else.
type xsd struct {
	elements map[string]*node
	patterns map[string]*regexp.Regexp
}

func loadXSD(t testing.TB, file string) *xsd {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := parseXSD(b)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func parseXSD(b []byte) (*xsd, error) {
	root, err := parseXML(b)
	if err != nil {
		return nil, err
	}
	s := &xsd{elements: make(map[string]*node), patterns: map[string]*regexp.Regexp{"xs:string": regexp.MustCompile(`(?s)^.*$`)}}
	for _, c := range root.children {
		switch c.name {
		case "element":
			s.elements[c.attrs["name"]] = c
		case "simpleType":
			s.patterns[c.attrs["name"]], err = regexp.Compile("^(?:" + c.children[0].children[0].attrs["value"] + ")$")
			if err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("xsd: unknown %s", c.name)
		}
	}
	for _, e := range s.elements {
		if _, err := s.model(e); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// model returns the content model of an element as an expression over "child child child ".
func (s *xsd) model(e *node) (*regexp.Regexp, error) {
	var expression string
	for _, t := range e.children {
		if t.name != "complexType" {
			return nil, fmt.Errorf("xsd: unknown %s", t.name)
		}
		for _, c := range t.children {
			if c.name == "attribute" {
				continue
			}
			particle, err := s.particle(c)
			if err != nil {
				return nil, err
			}
			expression += particle
		}
	}
	return regexp.Compile("^" + expression + "$")
}

func (s *xsd) particle(n *node) (string, error) {
	var parts []string
	for _, c := range n.children {
		part, err := s.particle(c)
		if err != nil {
			return "", err
		}
		parts = append(parts, part)
	}
	var group string
	switch n.name {
	case "sequence":
		group = strings.Join(parts, "")
	case "choice":
		group = strings.Join(parts, "|")
	case "element":
		if s.elements[n.attrs["ref"]] == nil {
			return "", fmt.Errorf("xsd: no element %q", n.attrs["ref"])
		}
		group = regexp.QuoteMeta(n.attrs["ref"]) + " "
	default:
		return "", fmt.Errorf("xsd: unknown %s", n.name)
	}
	switch occurs := n.attrs["minOccurs"] + "-" + n.attrs["maxOccurs"]; occurs {
	case "-":
		return "(?:" + group + ")", nil
	case "0-":
		return "(?:" + group + ")?", nil
	case "0-unbounded":
		return "(?:" + group + ")*", nil
	default:
		return "", fmt.Errorf("xsd: unknown occurrence %s", occurs)
	}
}

// validate returns everything in n that the schema does not allow.
func (s *xsd) validate(n *node) (wrong []error) {
	e := s.elements[n.name]
	if e == nil {
		return []error{fmt.Errorf("unknown element %s", n.name)}
	}
	model, err := s.model(e)
	if err != nil {
		return []error{err}
	}
	var children strings.Builder
	for _, c := range n.children {
		children.WriteString(c.name + " ")
		wrong = append(wrong, s.validate(c)...)
	}
	if !model.MatchString(children.String()) {
		wrong = append(wrong, fmt.Errorf("%s has the children %q", n.name, children.String()))
	}
	mixed := e.attrs["type"] == "xs:string"
	var attributes []string
	for _, t := range e.children {
		mixed = mixed || t.attrs["mixed"] == "true"
		for _, a := range t.all("attribute") {
			name := a.attrs["name"]
			attributes = append(attributes, name)
			value, there := n.attrs[name]
			switch {
			case !there && a.attrs["use"] == "required":
				wrong = append(wrong, fmt.Errorf("%s without %s", n.name, name))
			case there && !s.patterns[a.attrs["type"]].MatchString(value):
				wrong = append(wrong, fmt.Errorf("%s has %s=%q", n.name, name, value))
			}
		}
	}
	for name := range n.attrs {
		if !slices.Contains(attributes, name) {
			wrong = append(wrong, fmt.Errorf("%s has the unknown attribute %s", n.name, name))
		}
	}
	if !mixed && strings.TrimSpace(n.text) != "" {
		wrong = append(wrong, fmt.Errorf("%s has the text %q", n.name, n.text))
	}
	return wrong
}

// TestXSDFindsWhatIsWrong keeps the checker itself honest.
func TestXSDFindsWhatIsWrong(t *testing.T) {
	s := loadXSD(t, "testdata/junit.xsd")
	suite := func(inside string) string {
		return `<testsuites><testsuite name="a" tests="1" failures="0" errors="0">` + inside + `</testsuite></testsuites>`
	}
	testcase := func(inside string) string {
		return suite(`<testcase name="a" classname="b" time="0.000">` + inside + `</testcase>`)
	}
	tests := []struct {
		name, document string
		valid          bool
	}{
		{"empty", `<testsuites/>`, true},
		{"testcase", testcase(""), true},
		{"properties first", suite(`<properties><property name="a" value=""/></properties><testcase name="a" classname="b" time="0.000"/>`), true},
		{"failure and output", testcase(`<failure type="fail" message="m">text</failure><system-out>x</system-out><system-err>y</system-err>`), true},
		{"properties behind a testcase", suite(`<testcase name="a" classname="b" time="0.000"/><properties/>`), false},
		{"unknown element", suite(`<case/>`), false},
		{"two outcomes", testcase(`<skipped/><skipped/>`), false},
		{"failure and error", testcase(`<failure type="a"/><error type="b"/>`), false},
		{"output first", testcase(`<system-out/><failure type="a"/>`), false},
		{"failure without a type", testcase(`<failure message="m"/>`), false},
		{"unknown attribute", testcase(`<skipped reason="m"/>`), false},
		{"no name", suite(`<testcase classname="b" time="0.000"/>`), false},
		{"empty name", suite(`<testcase name="" classname="b" time="0.000"/>`), false},
		{"count not a number", `<testsuites tests="-1"/>`, false},
		{"time with a unit", suite(`<testcase name="a" classname="b" time="1s"/>`), false},
		{"time zone", `<testsuites><testsuite name="a" tests="0" failures="0" errors="0" timestamp="2025-01-01T00:00:00Z"/></testsuites>`, false},
		{"text between elements", suite(`text`), false},
		{"element in text", testcase(`<system-out><b/></system-out>`), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root, err := parseXML([]byte(tt.document))
			if err != nil {
				t.Fatal(err)
			}
			if wrong := s.validate(root); (len(wrong) == 0) != tt.valid {
				t.Errorf("valid %v, want %v: %v", len(wrong) == 0, tt.valid, wrong)
			}
		})
	}
}

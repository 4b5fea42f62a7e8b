package target

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/sio-conform/sio-conform/harness/strictyaml"
)

// choices reads a list of different values, at least one.
func choices(into *[]string, values ...string) strictyaml.Field {
	return func(n ast.Node) error {
		var list []string
		err := strictyaml.EachWord(n, func(s string) error {
			if slices.Contains(list, s) {
				return fmt.Errorf("%s is there twice", s)
			}
			list = append(list, s)
			_, err := strictyaml.OneOf(values)(s)
			return err
		})
		if err == nil && len(list) == 0 {
			return strictyaml.At(n, "the list is empty")
		}
		*into = list
		return err
	}
}

func revisions(into *[]int) strictyaml.Field {
	return func(n ast.Node) error {
		var list []string
		if err := choices(&list, "4", "5")(n); err != nil {
			return err
		}
		*into = nil
		for _, s := range list {
			*into = append(*into, int(s[0]-'0'))
		}
		return nil
	}
}

// words reads a command.
func words(into *[]string, known []option) strictyaml.Field {
	return func(n ast.Node) error {
		*into = nil
		err := strictyaml.EachWord(n, func(s string) error {
			*into = append(*into, s)
			return checkPlaceholders(s, known)
		})
		if err == nil && (len(*into) == 0 || (*into)[0] == "") {
			return strictyaml.At(n, "the command is empty")
		}
		return err
	}
}

func (s *Spec) environment(known []option) strictyaml.Field {
	return func(n ast.Node) error {
		s.Env = map[string]string{}
		return strictyaml.EachPair(n, func(name string, k, v ast.Node) error {
			switch {
			case name == "" || strings.ContainsAny(name, "=\x00"):
				return strictyaml.At(k, "%q is no name of a variable", name)
			case slices.ContainsFunc(known, func(o option) bool { return o.variable == name }):
				return strictyaml.At(k, "%s is always set to the option of the profile", name)
			}
			value, ok := strictyaml.Scalar(v)
			if !ok {
				return strictyaml.At(v, "%s must be a text, is %s", name, strictyaml.KindOf(v))
			}
			if err := checkPlaceholders(value, known); err != nil {
				return strictyaml.At(v, "%s: %w", name, err)
			}
			s.Env[name] = value
			return nil
		})
	}
}

func checkPlaceholders(s string, known []option) error {
	for _, name := range placeholder.FindAllString(s, -1) {
		if known != nil && !slices.ContainsFunc(known, func(o option) bool { return o.placeholder == name }) {
			return fmt.Errorf("unknown placeholder %s", name)
		}
	}
	if strings.Contains(s, "\x00") {
		return errors.New("has a zero byte")
	}
	return nil
}

func duration(into *time.Duration) strictyaml.Field {
	return func(n ast.Node) error {
		var s string
		if err := strictyaml.Text(&s)(n); err != nil {
			return err
		}
		d, err := time.ParseDuration(s)
		if err != nil || d <= 0 {
			return strictyaml.At(n, "%q is no positive duration, as 500ms or 10s", s)
		}
		*into = d
		return nil
	}
}

func linePattern(into **regexp.Regexp) strictyaml.Field {
	return func(n ast.Node) error {
		var s string
		if err := strictyaml.Text(&s)(n); err != nil {
			return err
		}
		re, err := regexp.Compile(s)
		if err != nil {
			return strictyaml.At(n, "%w", err)
		}
		if re.NumSubexp() != 1 {
			return strictyaml.At(n, "needs one group, for the base address; has %d", re.NumSubexp())
		}
		*into = re
		return nil
	}
}

func wantTrue(n ast.Node) error {
	if b, ok := n.(*ast.BoolNode); !ok || !b.Value {
		return strictyaml.At(n, "must be true, is %s", strictyaml.KindOf(n))
	}
	return nil
}

func checkPath(s string) (string, error) {
	if !strings.HasPrefix(s, "/") {
		return "", fmt.Errorf("%q does not begin with a slash", s)
	}
	return s, nil
}

func checkURL(s string) (string, error) {
	return s, baseAddress(strings.ReplaceAll(s, "{port}", "1"))
}

// baseAddress reports why s is no base address of a server.
func baseAddress(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return fmt.Errorf("%q is no http address", s)
	}
	return nil
}

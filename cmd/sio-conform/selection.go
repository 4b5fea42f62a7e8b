package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/sio-conform/sio-conform/harness/run"
)

// addSelection adds the selectors.
func addSelection(f *pflag.FlagSet, s *run.Selection) {
	const help = "a glob over scenario ids, full names, rules and axes; @FILE reads one a line; repeatable"
	f.StringArrayVar(&s.Only, "only", nil, "run only what matches: "+help)
	f.StringArrayVar(&s.Skip, "skip", nil, "leave out what matches: "+help)
}

// expand replaces the patterns that name a file by its lines. Empty lines and those that begin with # are passed over.
func expand(s run.Selection) (run.Selection, error) {
	only, err := expandList(s.Only)
	if err != nil {
		return s, err
	}
	skip, err := expandList(s.Skip)
	return run.Selection{Only: only, Skip: skip}, err
}

func expandList(patterns []string) ([]string, error) {
	var list []string
	for _, p := range patterns {
		name, isFile := strings.CutPrefix(p, "@")
		if !isFile {
			list = append(list, p)
			continue
		}
		lines, err := readLines(name)
		if err != nil {
			return nil, usageError(fmt.Errorf("patterns: %w", err))
		}
		list = append(list, lines...)
	}
	return list, nil
}

func readLines(name string) ([]string, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	var lines []string
	for scanner := bufio.NewScanner(f); ; {
		if !scanner.Scan() {
			if err := scanner.Err(); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			if len(lines) == 0 {
				return nil, fmt.Errorf("%s holds no pattern", name)
			}
			return lines, nil
		}
		line := strings.TrimSpace(strings.TrimPrefix(scanner.Text(), "\ufeff"))
		if line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
}

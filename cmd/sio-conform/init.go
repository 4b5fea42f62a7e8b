package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sio-conform/sio-conform/harness/target"
	"github.com/sio-conform/sio-conform/harness/targets"
	"github.com/sio-conform/sio-conform/reference/app"
)

// A kit is a conformance app for a project to begin with.
type kit struct {
	files     map[string][]byte // by name
	language  string
	revisions string // this and what follows as target.yaml has it
	install   string
	start     string
	within    string
	next      []string // what to do before the first run, in the folder
}

// kits are what init writes, by its argument.
var kits = map[string]func() (kit, error){
	"node": func() (kit, error) {
		files, err := read(targets.Node())
		return kit{
			files: files, language: "JavaScript", revisions: "[5]", install: "[npm, ci]", start: "[node, app.js]", within: "20s",
			next: []string{"npm ci"},
		}, err
	},
	"python": func() (kit, error) {
		files, err := read(targets.Python())
		return kit{
			files: files, language: "Python", revisions: "[5]", install: "[sh, install.sh]", start: "[.venv/bin/python, app.py]", within: "20s",
			next: []string{"sh install.sh"},
		}, err
	},
	"go": func() (kit, error) {
		return kit{
			files: map[string][]byte{"main.go": app.Program}, language: "Go", revisions: "[4, 5]", install: "[go, mod, download]", start: "[go, run, .]", within: "2m",
			next: []string{"go mod init conformance  # unless the folder is in a module", "go get " + appPackage},
		}, nil
	},
}

// appPackage is what the kit for Go is built on.
const appPackage = "github.com/sio-conform/sio-conform/reference/app"

// read returns the files of a folder.
func read(dir fs.FS) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := fs.WalkDir(dir, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files[name], err = fs.ReadFile(dir, name)
		}
		return err
	})
	return files, err
}

// description is the target.yaml that init writes.
const description = `# How sio-conform starts the server in this folder: sio-conform run --target FOLDER
name: %q
language: %s
role: server
level: contract
revisions: %s
install: %s
start: %s
ready:
  line: ^listening on (http://\S+)$
  within: %s
profiles: [%s]
`

func newInit() *cobra.Command {
	languages := slices.Sorted(maps.Keys(kits))
	return &cobra.Command{
		Use:   "init " + strings.Join(languages, "|") + " [DIR]",
		Short: "Write a conformance app for a project to begin with",
		Long: "Write the conformance app of docs/contract.md, and the target.yaml that says how it is started, into DIR (conformance when not named). Put your own server in the place of the one that it uses. Nothing is overwritten.\n\n" +
			"node is for socket.io 4, python for python-socketio, and go for the reference server.",
		Example:   "  sio-conform init node\n  sio-conform init go test/conformance",
		Args:      cobra.RangeArgs(1, 2),
		ValidArgs: languages,
		RunE: func(c *cobra.Command, args []string) error {
			get, ok := kits[args[0]]
			if !ok {
				return usageError(fmt.Errorf("init %s: there are %s", args[0], strings.Join(languages, ", ")))
			}
			k, err := get()
			if err != nil {
				return err
			}
			dir := "conformance"
			if len(args) > 1 {
				dir = args[1]
			}
			if err := k.write(dir); err != nil {
				return err
			}
			if _, err := io.WriteString(c.OutOrStdout(), k.instructions(dir)); err != nil {
				return setupError(err)
			}
			return nil
		},
	}
}

// write writes the kit into dir, or nothing when one of its files is there.
func (k *kit) write(dir string) error {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return usageError(err)
	}
	k.files[target.SpecFile] = fmt.Appendf(nil, description, filepath.Base(absolute), k.language, k.revisions, k.install, k.start, k.within, strings.Join(target.ProfileNames(), ", "))
	names := slices.Sorted(maps.Keys(k.files))
	for _, name := range names {
		if _, err := os.Lstat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			return usageError(fmt.Errorf("init: %s is there already; nothing was written", filepath.Join(dir, name)))
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return setupError(fmt.Errorf("init: %w", err))
	}
	for _, name := range names {
		if err := create(filepath.Join(dir, name), k.files[name]); err != nil {
			return setupError(fmt.Errorf("init: %w", err))
		}
	}
	return nil
}

// create writes a file that must not be there.
func create(name string, text []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

// instructions tell what was written and what to do next.
func (k *kit) instructions(dir string) string {
	lines := slices.Concat([]string{"cd " + dir}, k.next, []string{"sio-conform run --target ."})
	return fmt.Sprintf("wrote %s into %s; next:\n\n  %s\n", strings.Join(slices.Sorted(maps.Keys(k.files)), ", "), dir, strings.Join(lines, "\n  "))
}

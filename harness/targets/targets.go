// Package targets holds the conformance apps and drivers for real implementations, one folder each. A few of them are for projects of others to begin with.
package targets

import (
	"embed"
	"io/fs"
)

//go:embed socketio-4/*.js socketio-4/package.json socketio-4/package-lock.json socketio-4/.npmrc socketio-4/.gitignore
//go:embed python-socketio/*.py python-socketio/requirements.txt python-socketio/install.sh python-socketio/.gitignore
var files embed.FS

// Node returns the conformance app for socket.io 4 without its description.
func Node() fs.FS { return app("socketio-4") }

// Python returns the conformance app for python-socketio without its description.
func Python() fs.FS { return app("python-socketio") }

func app(name string) fs.FS {
	sub, err := fs.Sub(files, name)
	if err != nil {
		panic(err) // the name is no path, which is a mistake here
	}
	return sub
}

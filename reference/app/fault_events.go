package app

import (
	"slices"

	"github.com/sio-conform/sio-conform/reference/server"
)

var eventFaults = []Fault{
	{
		ID: "app.events.twice", Title: "the event message is answered twice",
		commit: func(a *App, do *behaviour) {
			back := do.messageBack
			do.messageBack = func(s *server.Socket, args []any) {
				a.fire()
				back(s, args)
				back(s, args)
			}
		},
	},
	{
		ID: "app.events.reversed", Title: "the arguments of an event come back in the reverse order",
		commit: func(a *App, do *behaviour) {
			do.echo = func(args []any) []any {
				if len(args) > 1 {
					a.fire()
				}
				args = slices.Clone(args)
				slices.Reverse(args)
				return args
			}
		},
	},
	{
		ID: "app.binary.replaced", Title: "binary arguments come back as JSON",
		commit: echoing(func(data []byte) any {
			numbers := make([]int, len(data))
			for i, b := range data {
				numbers[i] = int(b)
			}
			return map[string]any{"type": "Buffer", "data": numbers}
		}),
	},
	{
		ID: "app.binary.truncated", Title: "binary arguments come back without their last byte",
		commit: echoing(func(data []byte) any { return data[:max(0, len(data)-1)] }),
	},
	{
		ID: "app.binary.emptied", Title: "binary arguments come back as null",
		commit: echoing(func([]byte) any { return nil }),
	},
	{
		ID: "app.binary.text", Title: "binary arguments come back as strings",
		commit: echoing(func(data []byte) any { return string(data) }),
	},
	{
		ID: "app.log.reason-wrong", Title: "the disconnect handler gets the same reason whatever happened",
		commit: noting("disconnect", func(note func(...any), entry []any) {
			entry[2] = "disconnected"
			note(entry...)
		}),
	},
	{
		ID: "app.log.disconnect-missing", Title: "the disconnect handler does not run",
		commit: noting("disconnect", func(func(...any), []any) {}),
	},
	{
		ID: "app.log.disconnect-twice", Title: "the disconnect handler runs twice",
		commit: noting("disconnect", func(note func(...any), entry []any) {
			note(entry...)
			note(entry...)
		}),
	},
	{
		ID: "app.log.disconnecting-missing", Title: "the disconnecting handler does not run",
		commit: noting("disconnecting", func(func(...any), []any) {}),
	},
}

// echoing returns a commit that replaces binary in what is sent back.
func echoing(replace func(data []byte) any) func(*App, *behaviour) {
	return func(a *App, do *behaviour) {
		do.echo = func(args []any) []any {
			args = slices.Clone(args)
			for i, arg := range args {
				if v, found := replaced(plain(arg), replace); found {
					a.fire()
					args[i] = v
				}
			}
			return args
		}
	}
}

// plain returns an argument that was received as Go values.
func plain(arg any) any {
	if received, ok := arg.(interface{ Value() (any, error) }); ok {
		if v, err := received.Value(); err == nil {
			return v
		}
	}
	return arg
}

// replaced returns v with each []byte replaced, and whether there was one.
func replaced(v any, replace func([]byte) any) (any, bool) {
	found := false
	switch v := v.(type) {
	case []byte:
		return replace(v), true
	case []any:
		for i, e := range v {
			if r, ok := replaced(e, replace); ok {
				v[i], found = r, true
			}
		}
	case map[string]any:
		for name, e := range v {
			if r, ok := replaced(e, replace); ok {
				v[name], found = r, true
			}
		}
	}
	return v, found
}

// noting returns a commit that changes how entries of one kind are written.
func noting(kind string, write func(note func(...any), entry []any)) func(*App, *behaviour) {
	return func(a *App, do *behaviour) {
		note := do.note
		do.note = func(tag string, entry ...any) {
			if entry[0] != kind {
				note(tag, entry...)
				return
			}
			a.fire()
			write(func(entry ...any) { note(tag, entry...) }, entry)
		}
	}
}

package server

import (
	"maps"
	"sync"
)

// Data is a store for what an application wants to keep about a socket. Its
// zero value is empty.
type Data struct {
	valuesMu sync.RWMutex // guards values
	values   map[string]any
}

// Set stores a value.
func (d *Data) Set(key string, value any) {
	d.valuesMu.Lock()
	defer d.valuesMu.Unlock()
	if d.values == nil {
		d.values = map[string]any{}
	}
	d.values[key] = value
}

// Get returns the value that was stored last, nil when there is none.
func (d *Data) Get(key string) any {
	d.valuesMu.RLock()
	defer d.valuesMu.RUnlock()
	return d.values[key]
}

// Delete removes a value.
func (d *Data) Delete(key string) {
	d.valuesMu.Lock()
	defer d.valuesMu.Unlock()
	delete(d.values, key)
}

// All returns a copy of the store, never nil.
func (d *Data) All() map[string]any {
	d.valuesMu.RLock()
	defer d.valuesMu.RUnlock()
	if d.values == nil {
		return map[string]any{}
	}
	return maps.Clone(d.values)
}

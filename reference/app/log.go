package app

import (
	"slices"
	"sync"
)

// maxEntries is how many entries the log keeps, of all tags together.
const maxEntries = 10_000

// A log is the log of section 5 of the contract. Its zero value is empty.
type log struct {
	entriesMu sync.Mutex // guards what follows
	entries   map[string][]any
	tags      []string // the oldest first
	size      int
}

// add writes an entry. Without a tag it is not kept.
func (l *log) add(tag string, entry ...any) {
	if tag == "" {
		return
	}
	l.entriesMu.Lock()
	defer l.entriesMu.Unlock()
	if l.entries == nil {
		l.entries = map[string][]any{}
	}
	if _, known := l.entries[tag]; !known {
		l.tags = append(l.tags, tag)
	}
	l.entries[tag] = append(l.entries[tag], entry)
	l.size++
	for l.size > maxEntries {
		oldest := l.tags[0]
		l.size -= len(l.entries[oldest])
		delete(l.entries, oldest)
		l.tags = l.tags[1:]
	}
}

// of returns the entries with the tag, never nil.
func (l *log) of(tag string) []any {
	l.entriesMu.Lock()
	defer l.entriesMu.Unlock()
	return append([]any{}, slices.Clone(l.entries[tag])...)
}

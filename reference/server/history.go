package server

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/sio-conform/sio-conform/reference/sio"
)

// A history keeps the events of a namespace, and the sessions of sockets that
// were lost and may come back to take up the events that they missed. It is
// bounded in time, in number and in bytes: what is oldest goes first, and who
// needs it is not recovered.
type history struct {
	duration  time.Duration
	maxEvents int // and sessions
	maxBytes  int64
	prefix    string // of the offsets, so that those of another process are none

	historyMu sync.Mutex // guards what follows, and orders events against members that come back
	events    []kept
	first     uint64 // number of events[0]
	bytes     int64
	sessions  map[string]Session // by pid
	pids      []string           // those of sessions, the oldest first; may have some that are gone
	timer     *time.Timer        // purges; nil while there is nothing to purge
	closed    bool
}

// kept is an event in a history.
type kept struct {
	message sio.Message // with its offset
	options BroadcastOptions
	until   time.Time
}

func (k kept) size() int64 {
	size := int64(len(k.message.Data))
	for _, b := range k.message.Binary {
		size += int64(len(b))
	}
	return size
}

func newHistory(c Config) *history {
	return &history{
		duration:  c.Recovery.MaxDisconnection,
		maxEvents: c.MaxQueued,
		maxBytes:  c.MaxBuffered / 2,
		prefix:    newID()[:4] + ".",
		sessions:  map[string]Session{},
	}
}

// keep keeps an event and returns it with its offset. The function that selects
// the members that get it at once is called before anyone comes back.
func (h *history) keep(m sio.Message, o BroadcastOptions, selectMembers func()) sio.Message {
	h.historyMu.Lock()
	defer h.historyMu.Unlock()
	h.purge(time.Now())
	offset := h.prefix + strconv.FormatUint(h.first+uint64(len(h.events)), 36)
	k := kept{withOffset(m, offset), o, time.Now().Add(h.duration)}
	h.events = append(h.events, k)
	h.bytes += k.size()
	for len(h.events) > h.maxEvents || h.bytes > h.maxBytes {
		h.forgetFirst()
	}
	h.schedule()
	selectMembers()
	return k.message
}

// withOffset returns m with one more argument.
func withOffset(m sio.Message, offset string) sio.Message {
	data := slices.Concat(m.Data[:len(m.Data)-1], []byte(`,"`), []byte(offset), []byte(`"]`))
	m.Data = data
	return m
}

func (h *history) forgetFirst() {
	h.bytes -= h.events[0].size()
	h.events[0] = kept{}
	h.events = h.events[1:]
	h.first++
}

// persist keeps a session.
func (h *history) persist(s Session) {
	h.historyMu.Lock()
	defer h.historyMu.Unlock()
	h.purge(time.Now())
	s.Missed = nil
	h.sessions[s.PID] = s
	h.pids = append(h.pids, s.PID)
	for len(h.pids) > h.maxEvents {
		h.forgetSession()
	}
	h.schedule()
}

func (h *history) forgetSession() {
	delete(h.sessions, h.pids[0])
	h.pids = h.pids[1:]
}

// restore takes a session out. It returns nil if there is none, or if the event
// with the offset is not kept any more.
func (h *history) restore(pid, offset string) *Session {
	h.historyMu.Lock()
	defer h.historyMu.Unlock()
	h.purge(time.Now())
	s, ok := h.sessions[pid]
	seen, err := strconv.ParseUint(strings.TrimPrefix(offset, h.prefix), 36, 64)
	if !ok || !s.Until.After(time.Now()) || err != nil || !strings.HasPrefix(offset, h.prefix) || seen < h.first || seen-h.first >= uint64(len(h.events)) {
		return nil
	}
	delete(h.sessions, pid)
	h.pids = slices.DeleteFunc(h.pids, func(p string) bool { return p == pid })
	s.Missed = func(join func()) []sio.Message { return h.missed(s.Rooms, seen, join) }
	return &s
}

// missed lets a socket join and returns the events behind the one that it has
// seen last and that were for its rooms.
func (h *history) missed(rooms []string, seen uint64, join func()) []sio.Message {
	h.historyMu.Lock()
	defer h.historyMu.Unlock()
	join()
	var missed []sio.Message
	for i, k := range h.events {
		if h.first+uint64(i) > seen && k.options.covers(rooms) {
			missed = append(missed, k.message)
		}
	}
	return missed
}

// covers reports whether o is for a socket that is in the rooms.
func (o BroadcastOptions) covers(rooms []string) bool {
	in := func(some []string) bool {
		return slices.ContainsFunc(some, func(room string) bool { return slices.Contains(rooms, room) })
	}
	return (len(o.Rooms) == 0 || in(o.Rooms)) && !in(o.Except)
}

// purge forgets what is too old. The caller has locked historyMu.
func (h *history) purge(now time.Time) {
	for len(h.events) > 0 && !h.events[0].until.After(now) {
		h.forgetFirst()
	}
	for len(h.pids) > 0 && !h.sessions[h.pids[0]].Until.After(now) {
		h.forgetSession()
	}
}

// schedule sees to it that what is too old does not stay. The caller has locked
// historyMu.
func (h *history) schedule() {
	if h.timer != nil || h.closed || len(h.events)+len(h.pids) == 0 {
		return
	}
	h.timer = time.AfterFunc(h.duration, func() {
		h.historyMu.Lock()
		defer h.historyMu.Unlock()
		h.timer = nil
		h.purge(time.Now())
		h.schedule()
	})
}

// close lets go of the timer. What comes later is purged when more comes.
func (h *history) close() {
	h.historyMu.Lock()
	defer h.historyMu.Unlock()
	h.closed = true
	stop(h.timer)
}

package peer

import (
	"context"
	"sync"
	"time"

	"github.com/sio-conform/sio-conform/harness/wire"
)

// An inbox holds what arrived and was not yet consumed.
type inbox struct {
	mu      sync.Mutex
	packets []wire.Packet
	closing *Closing
	changed chan struct{} // closed at the next change
}

func newInbox() *inbox { return &inbox{changed: make(chan struct{})} }

func (b *inbox) put(p wire.Packet) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.packets = append(b.packets, p)
	b.signal()
}

// close records how the connection ended; the first cause counts.
func (b *inbox) close(c *Closing) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closing != nil {
		return false
	}
	b.closing = c
	b.signal()
	return true
}

// nudge makes await look again at what is not in the inbox itself.
func (b *inbox) nudge() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.signal()
}

func (b *inbox) signal() {
	close(b.changed)
	b.changed = make(chan struct{})
}

// ended returns how the connection ended, nil while it is open.
func (b *inbox) ended() *Closing {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closing
}

// take removes and returns the first packet for which pick is true.
func (b *inbox) take(pick func(*wire.Packet) bool) (wire.Packet, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.packets {
		if pick(&b.packets[i]) {
			p := b.packets[i]
			b.packets = append(b.packets[:i], b.packets[i+1:]...)
			return p, true
		}
	}
	return wire.Packet{}, false
}

// waiting returns a copy of what is there.
func (b *inbox) waiting() []wire.Packet {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]wire.Packet(nil), b.packets...)
}

// await calls done after every change until it is true, the connection has ended, d has passed or ctx is over. It returns done's last answer.
func (b *inbox) await(ctx context.Context, d time.Duration, done func() bool) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		b.mu.Lock()
		changed, ended := b.changed, b.closing != nil
		b.mu.Unlock()
		if done() {
			return true
		}
		if ended {
			return false
		}
		select {
		case <-changed:
		case <-timer.C:
			return done()
		case <-ctx.Done():
			return false
		}
	}
}

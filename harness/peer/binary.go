package peer

import "github.com/sio-conform/sio-conform/harness/wire"

// WantMessage waits for a packet that matches the pattern and, directly behind it, for attachments with exactly these bytes.
func (p *Peer) WantMessage(pattern string, attachments ...[]byte) wire.Captures {
	caps := p.Want(pattern)
	p.WantBinary(attachments...)
	return caps
}

// WantPacket waits for a packet that matches the pattern and returns it as it came. It is for what a pattern does not compare: how a packet is written.
func (p *Peer) WantPacket(text string) wire.Packet {
	packet := p.next(text)
	if _, diff := p.pattern(text).Match(&packet); diff != "" {
		p.mismatch(text, &packet, diff)
	}
	return packet
}

// Unread returns the packets that have arrived and were not asked for yet.
func (p *Peer) Unread() []wire.Packet { return p.in.waiting() }

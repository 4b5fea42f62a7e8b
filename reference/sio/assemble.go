package sio

// An Assembler joins the packets of a connection with the attachments that
// follow them. The zero value works. It is not safe for concurrent use.
//
//	idle ◀──text packet──▶ idle ──binary packet──▶ pending ──last attachment──▶ idle
//
// After an error it holds nothing. What it holds, it holds without copying: the
// caller leaves the data of pending packets and their attachments alone.
type Assembler struct {
	// Limits bounds the number and the total size of attachments.
	Limits Limits

	pending Message // with attachments missing, if it has any announced
	bytes   int     // of the attachments in pending
}

// Add takes a packet that [ParsePacket] has returned. A packet without
// attachments is complete at once and comes back as a message, any other is
// kept. The error is a *SyntaxError: RuleTextPending (offset 0), or what is
// wrong with a packet that ParsePacket has not returned under the same limits
// (offset in p.Data).
func (a *Assembler) Add(p Packet) (m Message, complete bool, err error) {
	if a.Pending() > 0 {
		a.Reset()
		return Message{}, false, &SyntaxError{0, RuleTextPending}
	}
	if !p.Type.Binary() {
		return Message{Packet: p}, true, nil
	}
	if at, rule := a.check(p); rule != 0 {
		return Message{}, false, &SyntaxError{at, rule}
	}
	a.pending = Message{Packet: p}
	return Message{}, false, nil
}

// check returns the rule that the binary packet p breaks, if any.
func (a *Assembler) check(p Packet) (at int, rule Rule) {
	switch {
	case p.Attachments <= 0:
		return 0, RuleAttachmentsZero
	case p.Attachments > a.Limits.attachments():
		return 0, RuleAttachments
	}
	s := scanner{p.Data, maxDepth}
	end, rule := s.value(0, 0)
	if rule == 0 && end < len(p.Data) {
		rule = RuleTrailing
	}
	return end, rule
}

// AddBinary takes one attachment. With the last one that was announced the
// message is complete and comes back, its placeholders checked. The error is a
// *SyntaxError: RuleBinaryUnannounced or RuleAttachmentBytes (offset 0), or
// RulePlaceholder (offset in the Data of the packet).
func (a *Assembler) AddBinary(b []byte) (m Message, complete bool, err error) {
	if a.Pending() == 0 {
		return Message{}, false, &SyntaxError{0, RuleBinaryUnannounced}
	}
	if len(b) > a.Limits.attachmentBytes()-a.bytes {
		a.Reset()
		return Message{}, false, &SyntaxError{0, RuleAttachmentBytes}
	}
	a.pending.Binary = append(a.pending.Binary, b)
	a.bytes += len(b)
	if a.Pending() > 0 {
		return Message{}, false, nil
	}
	m = a.pending
	a.Reset()
	if at := checkPlaceholders(m.Data, len(m.Binary)); at >= 0 {
		return Message{}, false, &SyntaxError{at, RulePlaceholder}
	}
	return m, true, nil
}

// Pending returns how many attachments are missing.
func (a *Assembler) Pending() int { return a.pending.Attachments - len(a.pending.Binary) }

// Reset forgets what is pending. The limits stay.
func (a *Assembler) Reset() { a.pending, a.bytes = Message{}, 0 }

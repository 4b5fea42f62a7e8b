package sio

// Limits bounds what the parser and the assembler accept. In every field 0
// means the default and a negative value no limit, Depth excepted.
type Limits struct {
	// Attachments is the largest count that one packet may announce. Default
	// 10, as in socket.io-parser 4.2.7.
	Attachments int
	// AttachmentBytes is the largest total size of the attachments of one
	// packet. Default 10000000: ten messages of the default size that a
	// server accepts.
	AttachmentBytes int
	// Depth is how deep arrays and objects may nest in the data. Default 1000,
	// at most 9999 whatever its value, so that nesting cannot exhaust a stack.
	Depth int
	// NamespaceLength is the largest size in bytes of a namespace, query
	// included. Default 65536.
	NamespaceLength int
}

const (
	defaultAttachments     = 10
	defaultAttachmentBytes = 10_000_000
	defaultDepth           = 1000
	defaultNamespaceLength = 1 << 16

	maxDepth = 9999
	maxInt   = int(^uint(0) >> 1)
)

func limit(value, standard int) int {
	switch {
	case value == 0:
		return standard
	case value < 0:
		return maxInt
	default:
		return value
	}
}

func (l Limits) attachments() int     { return limit(l.Attachments, defaultAttachments) }
func (l Limits) attachmentBytes() int { return limit(l.AttachmentBytes, defaultAttachmentBytes) }
func (l Limits) namespaceLength() int { return limit(l.NamespaceLength, defaultNamespaceLength) }
func (l Limits) depth() int           { return min(limit(l.Depth, defaultDepth), maxDepth) }

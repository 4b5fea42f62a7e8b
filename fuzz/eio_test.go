package fuzz

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sio-conform/sio-conform/reference/eio"
)

// payloadLimits are small, so that a short input reaches them.
var payloadLimits = eio.Limits{Packets: 6}

func FuzzEIOFrame(f *testing.F) {
	f.Fuzz(func(t *testing.T, revision3, binary bool, frame []byte) {
		r := engineRevision(revision3)
		p, err := eio.ParseFrame(r, binary, frame)
		if err != nil {
			wantEngineError(t, err, frame)
			if p.Data != nil || p.Binary || p.Type != 0 {
				t.Errorf("an error comes with the packet %+v", p)
			}
			return
		}
		wantSoundPacket(t, p)
		for _, form := range []struct {
			binary bool
			frame  []byte
		}{
			{p.Binary, eio.AppendFrame(nil, r, p)},
			{false, eio.AppendText(nil, r, p)},
		} {
			again, err := eio.ParseFrame(r, form.binary, form.frame)
			if err != nil || !samePacket(again, p) {
				t.Errorf("%+v appended as %q is parsed as %+v with the error %v", p, form.frame, again, err)
			}
		}
	})
}

func FuzzEIOPayload4(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) {
		got := payload{
			body: body,
			parse: func(b []byte) ([]eio.Packet, error) {
				return eio.ParsePayload(nil, eio.Revision4, b, payloadLimits)
			},
			append: func(ps []eio.Packet) []byte { return eio.AppendPayload(nil, eio.Revision4, ps) },
		}.check(t)
		parts := bytes.Split(body, []byte{0x1e})
		for i, p := range got {
			want, err := eio.ParseFrame(eio.Revision4, false, parts[i])
			if err != nil || !samePacket(p, want) {
				t.Errorf("packet %d is %+v, and as a frame %+v with the error %v", i, p, want, err)
			}
		}
	})
}

func FuzzEIOPayload3(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) {
		got := payload{
			body: body,
			parse: func(b []byte) ([]eio.Packet, error) {
				return eio.ParsePayload(nil, eio.Revision3, b, payloadLimits)
			},
			append: func(ps []eio.Packet) []byte { return eio.AppendPayload(nil, eio.Revision3, ps) },
		}.check(t)
		if !utf8.Valid(body) {
			return
		}
		for i, part := range splitUTF16(t, string(body), len(got)) {
			want, err := eio.ParseFrame(eio.Revision3, false, []byte(part))
			if err != nil || !samePacket(got[i], want) {
				t.Errorf("packet %d is %+v, and as a frame %+v with the error %v", i, got[i], want, err)
			}
		}
	})
}

func FuzzEIOBinaryPayload3(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) {
		payload{
			body: body,
			parse: func(b []byte) ([]eio.Packet, error) {
				return eio.ParseBinaryPayload(nil, b, payloadLimits)
			},
			append: func(ps []eio.Packet) []byte { return eio.AppendBinaryPayload(nil, ps) },
		}.check(t)
	})
}

// A payload is a body in one of the three forms.
type payload struct {
	body   []byte
	parse  func([]byte) ([]eio.Packet, error)
	append func([]eio.Packet) []byte
}

// check tests the laws of payloads and returns the packets.
func (p payload) check(t *testing.T) []eio.Packet {
	t.Helper()
	got, err := p.parse(p.body)
	if err != nil {
		wantEngineError(t, err, p.body)
	} else if len(got) == 0 {
		t.Error("neither packets nor an error")
	}
	if len(got) > payloadLimits.Packets {
		t.Errorf("%d packets, the limit is %d", len(got), payloadLimits.Packets)
	}
	for _, packet := range got {
		wantSoundPacket(t, packet)
	}
	if len(got) > 0 {
		again, err := p.parse(p.append(got))
		if err != nil || !slices.EqualFunc(again, got, samePacket) {
			t.Errorf("%+v is appended and parsed as %+v with the error %v", got, again, err)
		}
	}
	return got
}

// splitUTF16 splits off the first packets of a revision 3 payload, which is
// known to hold so many, by a second algorithm: on code units.
func splitUTF16(t *testing.T, body string, packets int) []string {
	t.Helper()
	units := utf16.Encode([]rune(body))
	var parts []string
	for range packets {
		colon := slices.Index(units, ':')
		if colon < 0 {
			t.Fatalf("no length in %q", string(utf16.Decode(units)))
		}
		length, err := strconv.Atoi(string(utf16.Decode(units[:colon])))
		if err != nil || length > len(units)-colon-1 {
			t.Fatalf("length %d of %d units, error %v", length, len(units)-colon-1, err)
		}
		units = units[colon+1:]
		parts = append(parts, string(utf16.Decode(units[:length])))
		units = units[length:]
	}
	return parts
}

func engineRevision(three bool) eio.Revision {
	if three {
		return eio.Revision3
	}
	return eio.Revision4
}

func wantSoundPacket(t *testing.T, p eio.Packet) {
	t.Helper()
	if p.Type > eio.Noop || p.Binary && p.Type != eio.Message || !p.Binary && !utf8.Valid(p.Data) {
		t.Errorf("packet is %+v", p)
	}
}

func wantEngineError(t *testing.T, err error, input []byte) {
	t.Helper()
	if e, ok := errors.AsType[*eio.SyntaxError](err); !ok || e.Offset < 0 || e.Offset > len(input) || !slices.Contains(eio.Rules(), e.Rule) {
		t.Errorf("error of an input of %d bytes is %#v", len(input), err)
	}
}

// samePacket compares packets; whether empty data is nil does not matter.
func samePacket(a, b eio.Packet) bool {
	return a.Type == b.Type && a.Binary == b.Binary && bytes.Equal(a.Data, b.Data)
}

func TestFrameRoundTrip(t *testing.T) {
	check(t, func(c *choices) error {
		r, p := engineRevision(c.bool()), c.enginePacket()
		got, err := eio.ParseFrame(r, p.Binary, eio.AppendFrame(nil, r, p))
		if err != nil || !samePacket(got, p) {
			return violation("%+v as a frame of revision %d becomes %+v: %v", p, r, got, err)
		}
		got, err = eio.ParseFrame(r, false, eio.AppendText(nil, r, p))
		if err != nil || !samePacket(got, p) {
			return violation("%+v as text of revision %d becomes %+v: %v", p, r, got, err)
		}
		return nil
	})
}

// payloadForms are the three forms of a payload. In revision 4 the separator
// cannot stand inside a packet.
var payloadForms = []struct {
	name      string
	separator string
	parse     func([]byte) ([]eio.Packet, error)
	append    func([]eio.Packet) []byte
}{
	{"revision 4", "\x1e",
		func(b []byte) ([]eio.Packet, error) {
			return eio.ParsePayload(nil, eio.Revision4, b, eio.Limits{})
		},
		func(ps []eio.Packet) []byte { return eio.AppendPayload(nil, eio.Revision4, ps) }},
	{"revision 3", "",
		func(b []byte) ([]eio.Packet, error) {
			return eio.ParsePayload(nil, eio.Revision3, b, eio.Limits{})
		},
		func(ps []eio.Packet) []byte { return eio.AppendPayload(nil, eio.Revision3, ps) }},
	{"revision 3 binary", "",
		func(b []byte) ([]eio.Packet, error) { return eio.ParseBinaryPayload(nil, b, eio.Limits{}) },
		func(ps []eio.Packet) []byte { return eio.AppendBinaryPayload(nil, ps) }},
}

// packetsFor returns packets that a payload with the separator can hold.
func (c *choices) packetsFor(separator string) []eio.Packet {
	ps := c.enginePackets()
	for i, p := range ps {
		if separator != "" && !p.Binary {
			ps[i].Data = bytes.ReplaceAll(p.Data, []byte(separator), nil)
		}
	}
	return ps
}

func TestPayloadRoundTrip(t *testing.T) {
	for _, form := range payloadForms {
		t.Run(form.name, func(t *testing.T) {
			check(t, func(c *choices) error {
				ps := c.packetsFor(form.separator)
				got, err := form.parse(form.append(ps))
				if err != nil || !slices.EqualFunc(got, ps, samePacket) {
					return violation("%+v becomes %+v: %v", ps, got, err)
				}
				return nil
			})
		})
	}
}

func TestPayloadsConcatenate(t *testing.T) {
	for _, form := range payloadForms {
		t.Run(form.name, func(t *testing.T) {
			check(t, func(c *choices) error {
				first, second := c.packetsFor(form.separator), c.packetsFor(form.separator)
				body := slices.Concat(form.append(first), []byte(form.separator), form.append(second))
				got, err := form.parse(body)
				if want := slices.Concat(first, second); err != nil || !slices.EqualFunc(got, want, samePacket) {
					return violation("%q is parsed as %+v, want %+v: %v", body, got, want, err)
				}
				return nil
			})
		})
	}
}

func TestTruncatedPayloadsKeepTheirFirstPackets(t *testing.T) {
	for _, form := range payloadForms {
		t.Run(form.name, func(t *testing.T) {
			check(t, func(c *choices) error {
				ps := c.packetsFor(form.separator)
				whole := form.append(ps[:len(ps)-1])
				body := form.append(ps)
				cut := body[:len(whole)+c.below(len(body)-len(whole))]
				got, err := form.parse(cut)
				if e, ok := errors.AsType[*eio.SyntaxError](err); err != nil && (!ok || e.Offset < 0 || e.Offset > len(cut)) {
					return violation("error of %q: %v", cut, err)
				}
				if len(got) < len(ps)-1 || !slices.EqualFunc(got[:len(ps)-1], ps[:len(ps)-1], samePacket) {
					return violation("%q is parsed as %+v, want %+v first: %v", cut, got, ps[:len(ps)-1], err)
				}
				return nil
			})
		})
	}
}

func TestHandshakeRoundTrip(t *testing.T) {
	check(t, func(c *choices) error {
		h := eio.Handshake{
			SID:          "s" + c.text(8),
			PingInterval: time.Duration(1+c.below(256)) * choose(c, time.Millisecond, time.Second, time.Hour),
			PingTimeout:  time.Duration(1+c.below(256)) * choose(c, time.Millisecond, time.Second, time.Hour),
			MaxPayload:   choose[int64](c, 0, 1, 1_000_000, 1<<62),
		}
		for range c.below(3) {
			h.Upgrades = append(h.Upgrades, c.text(8))
		}
		data := eio.AppendOpen(nil, h)
		got, err := eio.ParseOpen(eio.Revision4, data)
		if err != nil || !reflect.DeepEqual(got, h) {
			return violation("%+v becomes %s and %+v: %v", h, data, got, err)
		}
		for n := c.below(7); n < len(data); n += 7 {
			_, err := eio.ParseOpen(eio.Revision4, data[:n])
			if e, ok := errors.AsType[*eio.SyntaxError](err); !ok || e.Offset < 0 || e.Offset > n {
				return violation("error of %q: %v", data[:n], err)
			}
		}
		return nil
	})
}

package fuzz

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sio-conform/sio-conform/reference/sio"
)

func FuzzSIOPacket4(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) { checkPacket(t, sio.Revision4, b) })
}

func FuzzSIOPacket5(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) { checkPacket(t, sio.Revision5, b) })
}

// checkPacket tests the laws of packets on one input.
func checkPacket(t *testing.T, r sio.Revision, b []byte) {
	t.Helper()
	p, err := sio.ParsePacket(r, b, packetLimits)
	tolerated := false
	if err != nil {
		e := wantPacketError(t, err, b)
		tolerated = e.Rule.Tolerated()
		if e.Rule == sio.RuleJSONDepth {
			if bytes.Count(b, []byte("["))+bytes.Count(b, []byte("{")) <= packetLimits.Depth {
				t.Errorf("%q is not that deep", b)
			}
			return
		}
		if !tolerated && !reflect.DeepEqual(p, sio.Packet{}) {
			t.Errorf("an error comes with the packet %+v", p)
		}
	}
	want, wantAccepted, wantTolerated := opinion(r, b)
	if accepted := err == nil || tolerated; accepted != wantAccepted || tolerated != wantTolerated {
		t.Fatalf("%q: accepted %t (tolerated %t), the second opinion is %t (%t), error %v",
			b, accepted, tolerated, wantAccepted, wantTolerated, err)
	}
	if !wantAccepted {
		return
	}
	if !sameSIOPacket(p, want) {
		t.Errorf("%q is %+v, the second opinion is %+v", b, p, want)
	}
	again, err := sio.ParsePacket(r, sio.AppendPacket(nil, p), packetLimits)
	if (err != nil) != tolerated || !sameSIOPacket(again, p) {
		t.Errorf("%+v is appended and parsed as %+v with the error %v", p, again, err)
	}
	checkArgs(t, p)
}

// checkArgs compares the arguments of a packet with what encoding/json reads.
func checkArgs(t *testing.T, p sio.Packet) {
	t.Helper()
	var want []json.RawMessage
	if p.Type.IsEvent() || p.Type.IsAck() {
		_ = json.Unmarshal(p.Data, &want) // no data, no arguments
	}
	m := sio.Message{Packet: p}
	if p.Type.IsEvent() && len(want) > 0 {
		if _, _, err := m.Event(); err != nil {
			t.Errorf("event of %q: %v", p.Data, err)
		}
		want = want[1:]
	}
	if got := m.Args().Len(); got != len(want) {
		t.Fatalf("%q has %d arguments, want %d", p.Data, got, len(want))
	}
	for i, arg := range m.Args().All() {
		if !bytes.Equal(arg.Raw, want[i]) {
			t.Errorf("argument %d of %q is %q, want %q", i, p.Data, arg.Raw, want[i])
		}
		var value any
		wantErr := json.Unmarshal(want[i], &value)
		got, err := arg.Value()
		if (err != nil) != (wantErr != nil) || err == nil && !reflect.DeepEqual(got, value) {
			t.Errorf("argument %q is %#v (%v), want %#v (%v)", arg.Raw, got, err, value, wantErr)
		}
	}
}

func wantPacketError(t *testing.T, err error, input []byte) *sio.SyntaxError {
	t.Helper()
	e, ok := errors.AsType[*sio.SyntaxError](err)
	if !ok || e.Offset < 0 || e.Offset > len(input) || !slices.Contains(sio.Rules(), e.Rule) {
		t.Fatalf("error of an input of %d bytes is %#v", len(input), err)
	}
	return e
}

// sameSIOPacket compares packets; whether empty data is nil does not matter.
func sameSIOPacket(a, b sio.Packet) bool {
	same := bytes.Equal(a.Data, b.Data)
	a.Data, b.Data = nil, nil
	return same && reflect.DeepEqual(a, b)
}

func TestPacketRoundTrip(t *testing.T) {
	check(t, func(c *choices) error {
		r := c.revision()
		p := c.packet(r)
		text := sio.AppendPacket(nil, p)
		got, err := sio.ParsePacket(r, text, sio.Limits{})
		if err != nil || !sameSIOPacket(got, p) {
			return violation("%q in revision %d is %+v, want %+v: %v", text, r, got, p, err)
		}
		return nil
	})
}

func TestNamespaceRoundTrip(t *testing.T) {
	check(t, func(c *choices) error {
		r := c.revision()
		p := sio.Packet{Type: choose(c, sio.Connect, sio.Disconnect), Namespace: c.namespace(r), AckID: sio.NoAck}
		text := sio.AppendPacket(nil, p)
		for _, form := range []string{string(text), strings.TrimSuffix(string(text), ",")} {
			got, err := sio.ParsePacket(r, []byte(form), sio.Limits{})
			if err != nil || !sameSIOPacket(got, p) {
				return violation("%q in revision %d is %+v, want %+v: %v", form, r, got, p, err)
			}
		}
		return nil
	})
}

func TestTruncatedPackets(t *testing.T) {
	check(t, func(c *choices) error {
		r := c.revision()
		text := sio.AppendPacket(nil, c.packet(r))
		for n := range len(text) {
			p, err := sio.ParsePacket(r, text[:n], sio.Limits{})
			e, ok := errors.AsType[*sio.SyntaxError](err)
			switch {
			case err == nil:
			case !ok || e.Offset < 0 || e.Offset > n:
				return violation("error of %q: %v", text[:n], err)
			case !e.Rule.Tolerated() && !reflect.DeepEqual(p, sio.Packet{}):
				return violation("error of %q comes with %+v", text[:n], p)
			}
		}
		return nil
	})
}

func TestConcatenatedPacketsAreRefused(t *testing.T) {
	check(t, func(c *choices) error {
		r := c.revision()
		first := c.packet(r)
		if first.Data == nil {
			return nil
		}
		text := sio.AppendPacket(sio.AppendPacket(nil, first), c.packet(r))
		_, err := sio.ParsePacket(r, text, sio.Limits{})
		if e, ok := errors.AsType[*sio.SyntaxError](err); !ok || e.Rule != sio.RuleTrailing {
			return violation("%q: %v", text, err)
		}
		return nil
	})
}

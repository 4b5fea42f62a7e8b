package engine

import (
	"log/slog"
	"testing"

	"github.com/sio-conform/sio-conform/reference/eio"
)

func TestOnlyTheTransitionsOfThePictureHappen(t *testing.T) {
	allowed := map[[2]state]bool{
		{opening, open}:      true,
		{open, upgrading}:    true,
		{open, closing}:      true,
		{open, closed}:       true,
		{upgrading, open}:    true,
		{upgrading, closing}: true,
		{upgrading, closed}:  true,
		{closing, closed}:    true,
	}
	for from := opening; from <= closed; from++ {
		for to := opening; to <= closed; to++ {
			t.Run(from.String()+" to "+to.String(), func(t *testing.T) {
				s := &Session{state: from, log: slog.New(slog.DiscardHandler)}
				defer func() {
					if panicked := recover() != nil; panicked == allowed[[2]state{from, to}] {
						t.Errorf("panicked %t", panicked)
					}
				}()
				s.become(to)
			})
		}
	}
}

func TestFramesOfAMessage(t *testing.T) {
	text := eio.Packet{Type: eio.Message, Data: []byte("x")}
	binary := eio.Packet{Type: eio.Message, Binary: true, Data: []byte{1}}
	m := NewMessage(false, text, binary)
	for _, row := range []struct {
		revision eio.Revision
		textOnly bool
		packet   int
		binary   bool
		frame    string
	}{
		{eio.Revision4, false, 0, false, "4x"},
		{eio.Revision4, false, 1, true, "\x01"},
		{eio.Revision3, false, 0, false, "4x"},
		{eio.Revision3, false, 1, true, "\x04\x01"},
		{eio.Revision3, true, 0, false, "4x"},
		{eio.Revision3, true, 1, false, "b4AQ=="},
	} {
		if binary, got := m.frame(row.revision, row.textOnly, row.packet); binary != row.binary || string(got) != row.frame {
			t.Errorf("%+v: got %t, %q", row, binary, got)
		}
	}
}

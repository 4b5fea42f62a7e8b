package eio

import (
	"reflect"
	"testing"
	"time"
)

func TestParseOpen(t *testing.T) {
	rows := []struct {
		name string
		rev  Revision
		data string
		want Handshake
	}{
		{"polling", Revision4,
			`{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`,
			Handshake{"lv_VI97HAXpY6yYWAAAC", []string{"websocket"}, 25 * time.Second, 20 * time.Second, 1_000_000}},
		{"without maxPayload", Revision4,
			`{"sid":"x","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":5000}`,
			Handshake{"x", []string{"websocket"}, 25 * time.Second, 5 * time.Second, 0}},
		{"websocket", Revision3,
			`{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":5000}`,
			Handshake{"x", nil, 25 * time.Second, 5 * time.Second, 0}},
		{"without upgrades in revision 3", Revision3,
			`{"sid":"x","pingInterval":25000,"pingTimeout":5000}`,
			Handshake{"x", nil, 25 * time.Second, 5 * time.Second, 0}},
		{"another order and white space", Revision4,
			` { "pingTimeout" : 200 , "pingInterval" : 300 , "upgrades" : [ "websocket" , "webtransport" ] , "sid" : "é\n\u0041" } `,
			Handshake{"é\nA", []string{"websocket", "webtransport"}, 300 * time.Millisecond, 200 * time.Millisecond, 0}},
		{"longest duration", Revision4,
			`{"sid":"x","upgrades":[],"pingInterval":9223372036854,"pingTimeout":1}`,
			Handshake{"x", nil, 9223372036854 * time.Millisecond, time.Millisecond, 0}},
		{"unknown members", Revision4,
			`{"x":{"sid":[1]},"sid":"x","upgrades":[],"y":null,"pingInterval":1,"pingTimeout":1}`,
			Handshake{"x", nil, time.Millisecond, time.Millisecond, 0}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, err := ParseOpen(row.rev, []byte(row.data))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, row.want) {
				t.Errorf("handshake is %+v, want %+v", got, row.want)
			}
			again, err := ParseOpen(row.rev, AppendOpen(nil, got))
			if err != nil || !reflect.DeepEqual(again, got) {
				t.Errorf("appended and parsed it is %+v and %v", again, err)
			}
		})
	}
}

func TestAppendOpen(t *testing.T) {
	rows := []struct {
		name string
		h    Handshake
		want string
	}{
		{"everything", Handshake{"a", []string{"websocket", "webtransport"}, 25 * time.Second, 20 * time.Second, 1000},
			`{"sid":"a","upgrades":["websocket","webtransport"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000}`},
		{"no upgrades, no maxPayload", Handshake{"a", nil, 300 * time.Millisecond, 200 * time.Millisecond, 0},
			`{"sid":"a","upgrades":[],"pingInterval":300,"pingTimeout":200}`},
		{"what the protocol forbids", Handshake{SID: "\"", PingInterval: -time.Second},
			`{"sid":"\"","upgrades":[],"pingInterval":-1000,"pingTimeout":0}`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			wantBytes(t, AppendOpen([]byte("0"), row.h), []byte("0"+row.want))
		})
	}
}

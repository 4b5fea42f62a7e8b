package live

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A Verb says what a step does.
type Verb string

// The verbs.
const (
	Open       Verb = "open"        // opens a session over Transport
	Upgrade    Verb = "upgrade"     // moves a session from long-polling to WebSocket
	HalfWay    Verb = "half-way"    // probes a WebSocket for the upgrade and drops it; the session goes on with long-polling
	Connect    Verb = "connect"     // joins the namespace, with a middleware that does what Mode says
	Leave      Verb = "leave"       // leaves the namespace
	Join       Verb = "join"        // joins Rooms
	LeaveRoom  Verb = "leave-room"  // leaves the first of Rooms
	Emit       Verb = "emit"        // has the application send Emission
	Ask        Verb = "ask"         // has the application send an event that wants an answer, given as Mode says
	Cross      Verb = "cross"       // has the application ask two sockets, which answer in the reverse order
	AskRoom    Verb = "ask-room"    // has the application ask a room
	Message    Verb = "message"     // sends an event, which comes back
	Call       Verb = "call"        // sends an event with the acknowledgement id ID
	Reply      Verb = "reply"       // sends an event that the application acknowledges as often as Times says
	Kick       Verb = "kick"        // has the application disconnect the socket
	Close      Verb = "close"       // has the application close the connection
	Move       Verb = "move"        // has the application join the sockets that Emission matches to Rooms, or with Mode "leave" take them out
	Expel      Verb = "expel"       // has the application disconnect the sockets that Emission matches
	Drop       Verb = "drop"        // cuts the connection
	HangUp     Verb = "hang-up"     // ends the session politely
	Look       Verb = "look"        // asks the application for its rooms, members and sockets
	Together   Verb = "together"    // has both Steps carried out at the same time
	InOneTurn  Verb = "in-one-turn" // has the application carry out Steps without returning to the network
	Frames     Verb = "frames"      // sends Wire, which may be anything, together
	BothAttach Verb = "both-attach" // sends binary events on two connections, one attachment of each in turn
)

// A Step is one thing that happens in a case.
type Step struct {
	Do        Verb      `json:"do"`
	Peer      int       `json:"peer"` // who does it; 0 is the bystander, which only does what is valid
	Other     int       `json:"other,omitempty"`
	Transport string    `json:"transport,omitempty"`
	Namespace string    `json:"nsp,omitempty"`
	Beside    string    `json:"beside,omitempty"` // the namespace of Other
	Mode      string    `json:"mode,omitempty"`
	Rooms     []string  `json:"rooms,omitempty"`
	Emission  *Emission `json:"emission,omitempty"`
	ID        string    `json:"id,omitempty"`
	Times     int       `json:"times,omitempty"`
	Blobs     []string  `json:"blobs,omitempty"` // content of attachments
	Steps     []Step    `json:"steps,omitempty"`
	Wire      []Packet  `json:"wire,omitempty"`

	// What the model says of the step as it was taken.
	Sent   int           `json:"sent,omitempty"` // events numbered before it
	Expect []Expectation `json:"expect,omitempty"`
}

// An Expectation is a packet that must arrive behind a step.
type Expectation struct {
	Peer        int      `json:"peer"`
	Packet      string   `json:"packet"` // a pattern
	Attachments []string `json:"attachments,omitempty"`
}

// An Emission is an operator of the conformance app. A room "@N" is that of peer N's own id.
type Emission struct {
	Via     string   `json:"via"`
	Of      string   `json:"of,omitempty"`
	To      []string `json:"to,omitempty"`
	In      []string `json:"in,omitempty"`
	Except  []string `json:"except,omitempty"`
	Flags   []string `json:"flags,omitempty"`
	Discard []string `json:"discard,omitempty"` // rooms of an operator that is derived beside and dropped
}

// A Packet is what one frame holds, or one packet of a payload.
type Packet struct {
	Text   string `json:"text,omitempty"`
	Bytes  []byte `json:"bytes,omitempty"` // in place of Text: what is no valid UTF-8, or binary
	Binary bool   `json:"binary,omitempty"`
}

func (p Packet) data() []byte {
	if p.Bytes != nil || p.Binary {
		return p.Bytes
	}
	return []byte(p.Text)
}

func (e *Emission) String() string {
	parts := []string{e.Via}
	if e.Of != "" {
		parts[0] += "(" + e.Of + ")"
	}
	for _, call := range []struct {
		name  string
		rooms []string
	}{{"to", e.To}, {"in", e.In}, {"except", e.Except}, {"beside", e.Discard}} {
		for _, r := range call.rooms {
			parts = append(parts, call.name+"("+r+")")
		}
	}
	return strings.Join(append(parts, e.Flags...), ".")
}

// String returns the step on one line.
func (s Step) String() string {
	words := []string{fmt.Sprintf("peer %d", s.Peer), string(s.Do), s.Transport, s.Namespace, s.Mode, strings.Join(s.Rooms, " ")}
	if s.Emission != nil {
		words = append(words, s.Emission.String())
	}
	if s.Other != 0 || s.Beside != "" {
		words = append(words, fmt.Sprintf("beside peer %d", s.Other), s.Beside)
	}
	if s.ID != "" {
		words = append(words, "id "+s.ID)
	}
	if len(s.Blobs) > 0 {
		words = append(words, fmt.Sprintf("with %d attachments", len(s.Blobs)))
	}
	for _, p := range s.Wire {
		words = append(words, fmt.Sprintf("%q", p.data()))
	}
	for _, t := range s.Steps {
		words = append(words, "("+t.String()+")")
	}
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " ")
}

// clone returns a deep copy.
func (s Step) clone() Step {
	var c Step
	b, err := json.Marshal(s)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil {
		panic(fmt.Errorf("live: %w", err)) // a step is plain data
	}
	return c
}

package reports

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/wire"
)

// The parts of an HTTP archive, version 1.2, that tools cannot do without, and the messages of WebSockets as browsers add them.
type (
	harLog struct {
		Version string     `json:"version"`
		Creator harTool    `json:"creator"`
		Pages   []harPage  `json:"pages"`
		Entries []harEntry `json:"entries"`
		Comment string     `json:"comment"`
	}
	harTool struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	harPage struct {
		Started string   `json:"startedDateTime"`
		ID      string   `json:"id"`
		Title   string   `json:"title"`
		Timings struct{} `json:"pageTimings"`
	}
	harEntry struct {
		Page     string       `json:"pageref"`
		Started  string       `json:"startedDateTime"`
		Time     float64      `json:"time"` // milliseconds
		Request  harRequest   `json:"request"`
		Response harResponse  `json:"response"`
		Cache    struct{}     `json:"cache"`
		Timings  harTimings   `json:"timings"`
		Kind     string       `json:"_resourceType"`
		Messages []harMessage `json:"_webSocketMessages,omitempty"`
		Comment  string       `json:"comment"`
	}
	harRequest struct {
		Method      string    `json:"method"`
		URL         string    `json:"url"`
		Version     string    `json:"httpVersion"`
		Cookies     []harPair `json:"cookies"`
		Headers     []harPair `json:"headers"`
		Query       []harPair `json:"queryString"`
		HeadersSize int       `json:"headersSize"`
		BodySize    int       `json:"bodySize"`
		Body        *harBody  `json:"postData,omitempty"`
	}
	harBody struct {
		Type string `json:"mimeType"`
		Text string `json:"text"`
	}
	harResponse struct {
		Status      int        `json:"status"`
		StatusText  string     `json:"statusText"`
		Version     string     `json:"httpVersion"`
		Cookies     []harPair  `json:"cookies"`
		Headers     []harPair  `json:"headers"`
		Content     harContent `json:"content"`
		Redirect    string     `json:"redirectURL"`
		HeadersSize int        `json:"headersSize"`
		BodySize    int        `json:"bodySize"`
	}
	harContent struct {
		Size     int    `json:"size"`
		Type     string `json:"mimeType"`
		Text     string `json:"text"`
		Encoding string `json:"encoding,omitempty"`
	}
	harPair struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	harTimings struct {
		Send    float64 `json:"send"`
		Wait    float64 `json:"wait"`
		Receive float64 `json:"receive"`
	}
	harMessage struct {
		Type   string  `json:"type"` // "send" or "receive", as the client sees it
		Time   float64 `json:"time"` // seconds since 1970
		Opcode int     `json:"opcode"`
		Data   string  `json:"data"`
	}
)

// HAR writes the exchanges of what failed or differs as an HTTP archive, which browsers open: a page for each result, an entry for each request of long-polling and each WebSocket, with its messages.
// Times count from the beginning of the run, as if each scenario had begun with it. Strings are cut at 64 KiB; when all comes to more than about 5 MiB, the exchanges of what matters least are left
// out, and the comment of the log says so. An answer says to which request it belongs by its order only: where two were open, that is a guess, and the comment of the entry says so.
//
// The error is m.Check's, or w's. Nothing is written when m is not a whole run.
func HAR(w io.Writer, m *Model) error {
	if err := m.Check(); err != nil {
		return err
	}
	name, version, _ := strings.Cut(m.Header.Tool, " ")
	l := &harLog{Version: "1.2", Creator: harTool{Name: clip(name, nameLimit), Version: clip(version, nameLimit)}}
	if m.Footer.SetupError != "" {
		l.Comment = Printable(m.Footer.SetupError)
	}
	chosen := m.byWeight(func(r *event.Result) bool { return wrong(r.Verdict) && len(r.Transcript) > 0 })
	size := 0
	for i, r := range chosen {
		if size > pageLimit {
			l.Comment = strings.TrimPrefix(l.Comment+"; "+count(len(chosen)-i, "result is", "results are")+" left out; the event stream has all", "; ")
			break
		}
		size += l.add(m.Header, r, "page_"+strconv.Itoa(i+1))
	}
	b, err := event.AppendJSON(nil, struct {
		Log *harLog `json:"log"`
	}{l}, jsontext.WithIndent(" "), json.WithMarshalers(json.MarshalToFunc(clipString)))
	if err != nil {
		return fmt.Errorf("reports: har: %w", err)
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// add adds the exchanges of a result, and returns about how many bytes that are.
func (l *harLog) add(h *event.Header, r *event.Result, page string) int {
	l.Pages = append(l.Pages, harPage{Started: harTime(h, 0), ID: page, Title: clip(string(r.Verdict)+" "+r.Name()+": "+r.Reason, fieldLimit)})
	d := &harDraft{header: h, page: page, base: addressOf(h, r), clientSide: wire.Out, open: map[string][]pending{}, sockets: map[string]int{}}
	if ofClient(h) {
		d.clientSide = wire.In
	}
	for i := range r.Transcript {
		d.step(&r.Transcript[i])
	}
	l.Entries = append(l.Entries, d.entries...)
	return d.size
}

// addressOf returns the address of the server in the exchanges of a result.
func addressOf(h *event.Header, r *event.Result) *url.URL {
	for _, p := range h.Target.Profiles {
		if u, err := url.Parse(p.URL); err == nil && p.Name == r.Profile && u.Host != "" {
			return u
		}
	}
	return &url.URL{Scheme: "http", Host: "server"}
}

func harTime(h *event.Header, at time.Duration) string {
	return h.Started.Add(at).UTC().Format("2006-01-02T15:04:05.000Z")
}

// A harDraft is the entries of one result under construction.
type harDraft struct {
	header     *event.Header
	page       string
	base       *url.URL
	clientSide wire.Direction // of what the client sends
	entries    []harEntry
	open       map[string][]pending // by session: requests without an answer
	sockets    map[string]int       // by session: its WebSocket
	size       int
}

// A pending is a request without an answer.
type pending struct {
	at    int // index of its entry
	since time.Duration
}

func (d *harDraft) step(e *wire.Entry) {
	d.size += min(len(e.Data), jsonLimit) + 300
	socket := e.Transport == "websocket"
	switch {
	case e.Kind == wire.KindHTTP && e.Text == "payload":
		d.payload(e)
	case e.Kind == wire.KindHTTP && e.Direction == d.clientSide:
		d.request(e)
	case e.Kind == wire.KindHTTP:
		d.answer(e)
	case e.Kind == wire.KindOpen && socket:
		d.socket(e)
	case e.Kind == wire.KindPacket && socket:
		d.message(e)
	}
}

// request adds an entry without an answer.
func (d *harDraft) request(e *wire.Entry) {
	line := e.Text
	if line == "" || !strings.Contains(line, "/") { // the request as it was sent
		line, _, _ = strings.Cut(string(e.Data), "\r\n")
	}
	method, target, _ := strings.Cut(line, " ")
	target, _, _ = strings.Cut(target, " ")
	entry := harEntry{
		Page: d.page, Started: harTime(d.header, e.At), Kind: "xhr", Timings: harTimings{Send: 0, Wait: 0, Receive: 0}, Comment: "no answer is recorded",
		Request:  harRequest{Method: clip(method, nameLimit), URL: d.absolute(target), Version: "HTTP/1.1", HeadersSize: -1, BodySize: len(e.Data), Query: queryOf(target)},
		Response: harResponse{Version: "HTTP/1.1", HeadersSize: -1, BodySize: -1},
	}
	if len(e.Data) > 0 {
		entry.Request.Body = &harBody{Type: "text/plain; charset=UTF-8", Text: string(e.Data)}
	}
	d.entries = append(d.entries, entry)
	d.open[sessionOf(e)] = append(d.open[sessionOf(e)], pending{at: len(d.entries) - 1, since: e.At})
}

// sessionOf returns the session of an entry, or the server's where a scripted one has several.
func sessionOf(e *wire.Entry) string {
	session, _, _ := strings.Cut(e.Session, "/")
	return session
}

func (d *harDraft) absolute(target string) string {
	u, err := url.Parse(clip(target, fieldLimit))
	if err != nil {
		return d.base.String()
	}
	return d.base.ResolveReference(u).String()
}

func queryOf(target string) []harPair {
	_, query, _ := strings.Cut(clip(target, fieldLimit), "?")
	var pairs []harPair
	for part := range strings.SplitSeq(query, "&") {
		if name, value, _ := strings.Cut(part, "="); name != "" {
			pairs = append(pairs, harPair{Name: name, Value: value})
		}
	}
	return pairs
}

// payload gives the request that came last its body.
func (d *harDraft) payload(e *wire.Entry) {
	if open := d.open[sessionOf(e)]; len(open) > 0 {
		r := &d.entries[open[len(open)-1].at].Request
		r.BodySize, r.Body = len(e.Data), &harBody{Type: "text/plain; charset=UTF-8", Text: string(e.Data)}
	}
}

// answer gives a request its answer: of two that are open, one that says ok belongs to a POST and any other to the GET.
func (d *harDraft) answer(e *wire.Entry) {
	session := sessionOf(e)
	open := d.open[session]
	if len(open) == 0 {
		return
	}
	status, rest, _ := strings.Cut(e.Text, " ")
	body := e.Data
	mime := rest
	if body == nil && d.clientSide == wire.In {
		body, mime = []byte(rest), "text/plain; charset=UTF-8"
	}
	chosen := 0
	method := "GET"
	if string(body) == "ok" {
		method = "POST"
	}
	for i, p := range open {
		if d.entries[p.at].Request.Method == method {
			chosen = i
			break
		}
	}
	entry := &d.entries[open[chosen].at]
	entry.Comment = ""
	if len(open) > 1 {
		entry.Comment = "several requests were open: that this answer is to this one is a guess"
	}
	took := max(0, e.At-open[chosen].since)
	d.open[session] = slices.Delete(open, chosen, chosen+1)
	entry.Time = float64(took.Microseconds()) / 1000
	entry.Timings.Wait = entry.Time
	entry.end(e.Text, status, mime, body)
}

// end sets the answer.
func (entry *harEntry) end(text, status, mime string, body []byte) {
	r := &entry.Response
	if n, err := strconv.Atoi(strings.TrimSuffix(status, ":")); err == nil && n >= 100 && n <= 999 {
		r.Status, r.StatusText = n, http.StatusText(n)
	} else {
		entry.Comment = strings.TrimPrefix(entry.Comment+"; "+clip(text, entryLimit), "; ")
	}
	r.BodySize = len(body)
	r.Content = harContent{Size: len(body), Type: clip(mime, nameLimit), Text: string(body)}
	if !utf8.Valid(body) {
		r.Content.Text, r.Content.Encoding = base64.StdEncoding.EncodeToString(body[:min(len(body), jsonLimit/4*3)]), "base64"
	}
}

// socket adds a WebSocket.
func (d *harDraft) socket(e *wire.Entry) {
	_, target, _ := strings.Cut(e.Text, " ")
	entry := harEntry{
		Page: d.page, Started: harTime(d.header, e.At), Kind: "websocket", Timings: harTimings{},
		Request:  harRequest{Method: "GET", URL: "ws" + strings.TrimPrefix(d.absolute(target), "http"), Version: "HTTP/1.1", HeadersSize: -1, Query: queryOf(target)},
		Response: harResponse{Status: http.StatusSwitchingProtocols, StatusText: http.StatusText(http.StatusSwitchingProtocols), Version: "HTTP/1.1", HeadersSize: -1, BodySize: -1},
	}
	d.entries = append(d.entries, entry)
	d.sockets[e.Session] = len(d.entries) - 1
}

// message adds a packet to the WebSocket of its session.
func (d *harDraft) message(e *wire.Entry) {
	at, known := d.sockets[e.Session]
	if !known {
		d.socket(&wire.Entry{At: e.At, Session: e.Session})
		at = len(d.entries) - 1
		d.entries[at].Comment = "the handshake is not recorded"
	}
	entry := &d.entries[at]
	m := harMessage{Type: "receive", Time: float64(d.header.Started.Add(e.At).UnixMicro()) / 1e6, Opcode: 1, Data: string(e.Data)}
	if e.Direction == d.clientSide {
		m.Type = "send"
	}
	if e.Binary || !utf8.Valid(e.Data) {
		m.Opcode, m.Data = 2, base64.StdEncoding.EncodeToString(e.Data[:min(len(e.Data), jsonLimit/4*3)])
	}
	entry.Messages = append(entry.Messages, m)
}

package engine

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/sio-conform/sio-conform/reference/eio"
)

// polling is the state of the transport of that name.
type polling struct {
	getting bool
	posting bool
	unsent  int // bytes in the POST under way
}

// The types of the bodies of POST requests.
const (
	textType   = "text/plain;charset=UTF-8"
	binaryType = "application/octet-stream"
)

// stamp makes the URL of each request that has it unlike those before.
var stamp atomic.Int64

// url returns the URL of a request of the transport.
func (s *Session) url(transport string) *url.URL {
	u := s.config.URL
	q := url.Values{}
	maps.Copy(q, s.config.Query)
	q.Set("EIO", strconv.Itoa(int(s.config.Revision)))
	q.Set("transport", transport)
	if s.handshake.SID != "" {
		q.Set("sid", s.handshake.SID)
	}
	if transport == Polling || s.config.StampAll {
		q.Set(s.config.Stamp, strconv.FormatInt(time.Now().UnixMilli(), 36)+"."+strconv.FormatInt(stamp.Add(1), 36))
	}
	if s.config.Revision == eio.Revision3 && s.config.ForceBase64 {
		q.Set("b64", "1")
	}
	u.RawQuery = q.Encode()
	return &u
}

// poll sends a GET.
func (s *Session) poll() {
	s.polling.getting = true
	target := s.url(Polling).String()
	s.config.Crew.Go(func() {
		r, err := s.request(http.MethodGet, target, "", nil)
		s.config.Strand.Do(func() { s.onPoll(r, err) })
	})
}

// A response is the body of one, and whether it is a binary payload.
type response struct {
	body   []byte
	binary bool
}

// request does a request, and reads at most what a message may measure.
func (s *Session) request(method, target, contentType string, body []byte) (response, error) {
	r, err := http.NewRequestWithContext(s.ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return response{}, err
	}
	for name, values := range s.config.Header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	r.Host = r.Header.Get("Host")
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	res, err := s.config.HTTP.Do(r)
	if err != nil {
		return response{}, plain(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return response{}, statusError(res)
	}
	content, err := readAll(res.Body, s.config.MaxMessage)
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	return response{content, s.config.Revision == eio.Revision3 && kind == binaryType}, err
}

// plain returns err without the URL, whose query may hold secrets.
func plain(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

func statusError(res *http.Response) error {
	const enough = 200
	body, _ := io.ReadAll(io.LimitReader(res.Body, enough))
	return &StatusError{res.StatusCode, string(body)}
}

// readAll reads r, of which there may be limit bytes.
func readAll(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(b)) > limit {
		return nil, errTooLarge
	}
	return b, err
}

// onPoll takes the answer to a GET.
func (s *Session) onPoll(r response, err error) {
	s.polling.getting = false
	if s.state == closing || s.state == closed {
		return
	}
	if err != nil {
		s.failTransport(err)
		return
	}
	attempt := s.attempt
	packets, err := s.parse(r)
	for _, p := range packets {
		if s.onPacket(p); s.attempt != attempt {
			return
		}
	}
	switch {
	case s.state == closing || s.state == closed:
	case err != nil && s.alive():
		s.giveUp(err)
	case err != nil:
		s.failTransport(err)
	case s.state == pausing:
		s.switchOver()
	case s.socket == nil:
		s.poll()
	}
}

func (s *Session) parse(r response) ([]eio.Packet, error) {
	if r.binary {
		return eio.ParseBinaryPayload(nil, r.body, eio.Limits{})
	}
	return eio.ParsePayload(nil, s.config.Revision, r.body, eio.Limits{})
}

// post sends what is queued, as much as the server takes at a time.
func (s *Session) post() {
	batch := s.queue[:s.fitting()]
	body, kind := s.payload(batch)
	s.queue = s.queue[len(batch):]
	s.polling.posting, s.polling.unsent = true, size(batch)
	s.waiting -= s.polling.unsent
	target := s.url(Polling).String()
	s.config.Crew.Go(func() {
		_, err := s.request(http.MethodPost, target, kind, body)
		s.config.Strand.Do(func() { s.onPosted(err) })
	})
}

// fitting returns how many packets of the queue go into one payload, at least
// one. Revision 3 knows no limit.
func (s *Session) fitting() int {
	if s.config.Revision == eio.Revision3 || s.handshake.MaxPayload == 0 {
		return len(s.queue)
	}
	total := int64(0)
	for n, p := range s.queue {
		total += int64(len(eio.AppendText(nil, s.config.Revision, p)))
		if n > 0 && total > s.handshake.MaxPayload {
			return n
		}
		total++ // the separator
	}
	return len(s.queue)
}

// payload returns the body of a POST and its type.
func (s *Session) payload(packets []eio.Packet) (body []byte, kind string) {
	if s.config.Revision == eio.Revision3 && !s.config.ForceBase64 {
		for _, p := range packets {
			if p.Binary {
				return eio.AppendBinaryPayload(nil, packets), binaryType
			}
		}
	}
	return eio.AppendPayload(nil, s.config.Revision, packets), textType
}

// onPosted takes the answer to a POST.
func (s *Session) onPosted(err error) {
	s.polling.posting, s.polling.unsent = false, 0
	switch {
	case s.state == closed:
	case s.state == closing && (err != nil || len(s.queue) == 0):
		s.end()
	case err != nil:
		s.failTransport(err)
	case s.state == pausing:
		s.switchOver()
	default:
		s.flush()
	}
}

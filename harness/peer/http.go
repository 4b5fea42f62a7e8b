package peer

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/sio-conform/sio-conform/harness/wire"
)

// maxBody bounds what is read of one HTTP answer, in bytes. A target that never stops sending is cut off there.
const maxBody = 64 << 20

// A Request is a plain HTTP request to the target.
type Request struct {
	Method string // GET when empty
	Path   string // the target's path when empty
	Query  string // as it stands behind the question mark
	Header http.Header
	Body   []byte
}

// A Response is the answer to a Request.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	Err    error // the exchange failed: no answer, or a torn one

	Delay time.Duration // set by a tap: the answer arrives this much later
}

// An Exchange is a request under way.
type Exchange struct {
	peer   *Peer
	what   string
	cancel context.CancelFunc
	sent   chan struct{} // closed when the request is written, or has failed
	done   chan struct{}
	res    Response
}

// StartHTTP sends a request and does not wait for the answer.
func (p *Peer) StartHTTP(r Request) *Exchange {
	ctx, cancel := context.WithCancel(p.ctx)
	x := &Exchange{peer: p, cancel: cancel, sent: make(chan struct{}), done: make(chan struct{}), what: cmp.Or(r.Method, http.MethodGet) + " ?" + p.anonymous(r.Query)}
	written := sync.OnceFunc(func() { close(x.sent) })
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { written() }})
	p.finishers.Go(func() {
		defer close(x.done)
		defer cancel()
		defer written()
		x.res = p.exchange(ctx, r)
	})
	p.exchangesMu.Lock()
	defer p.exchangesMu.Unlock()
	p.exchanges = append(p.exchanges, x)
	return x
}

// anonymous returns the query without the session's id, so that the same failure has the same text.
func (p *Peer) anonymous(query string) string {
	if sid := p.Handshake().SID; sid != "" {
		return strings.ReplaceAll(query, url.QueryEscape(sid), "...")
	}
	return query
}

// Done reports whether the answer is there.
func (x *Exchange) Done() bool {
	select {
	case <-x.done:
		return true
	default:
		return false
	}
}

// Cancel gives the request up: the connection is dropped.
func (x *Exchange) Cancel() {
	x.cancel()
	<-x.done
}

// WaitDone waits for the answer and reports whether it came within the patience.
func (x *Exchange) WaitDone() bool {
	ctx, cancel := context.WithTimeout(x.peer.ctx, x.peer.Patience())
	defer cancel()
	select {
	case <-x.done:
		return true
	case <-ctx.Done():
		return false
	}
}

// Result returns the answer of an exchange that is done.
func (x *Exchange) Result() Response {
	<-x.done
	return x.res
}

// Wait returns the answer. The scenario fails when none comes.
func (x *Exchange) Wait() Response {
	p := x.peer
	if !x.WaitDone() {
		p.Fail(&Failure{Reason: fmt.Sprintf("%s was not answered within %v", x.what, p.Patience()), Expected: "an HTTP answer", Actual: "none"})
	}
	if x.res.Err != nil {
		p.Fail(&Failure{Reason: fmt.Sprintf("%s got no whole answer: %v", x.what, x.res.Err), Expected: "an HTTP answer", Actual: x.res.Err.Error()})
	}
	return x.res
}

// HTTP sends a request and returns the answer. The scenario fails when none comes.
func (p *Peer) HTTP(r Request) Response { return p.StartHTTP(r).Wait() }

// exchange makes one HTTP exchange and records it.
func (p *Peer) exchange(ctx context.Context, r Request) Response {
	u := *p.endpoint
	if r.Path != "" {
		u.Path = r.Path
	}
	u.RawQuery = r.Query
	method := cmp.Or(r.Method, http.MethodGet)
	p.record(wire.Entry{Direction: wire.Out, Kind: wire.KindHTTP, Transport: string(Polling), Data: r.Body, Text: method + " " + redact(&u)})
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(r.Body))
	if err != nil {
		return Response{Err: fmt.Errorf("peer: request: %w", err)}
	}
	p.addHeaders(req.Header)
	maps.Copy(req.Header, r.Header)
	p.tapRequest(Polling, req)
	res := p.roundTrip(req)
	p.tapResponse(req, &res)
	res.hold(ctx)
	if res.Err != nil {
		p.record(wire.Entry{Direction: wire.In, Kind: wire.KindHTTP, Transport: string(Polling), Text: res.Err.Error()})
		return res
	}
	p.record(wire.Entry{Direction: wire.In, Kind: wire.KindHTTP, Transport: string(Polling), Data: res.Body, Text: fmt.Sprint(res.Status, " ", res.Header.Get("Content-Type"))})
	if method == http.MethodGet {
		p.breathe(res.Body)
	}
	return res
}

func (p *Peer) roundTrip(req *http.Request) Response {
	res, err := p.http.Do(req)
	if err != nil {
		return Response{Err: withoutURL(err)}
	}
	defer res.Body.Close() //nolint:errcheck // everything was read
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	switch {
	case err != nil:
		return Response{Status: res.StatusCode, Header: res.Header, Body: body, Err: fmt.Errorf("peer: reading the body: %w", err)}
	case len(body) > maxBody:
		return Response{Status: res.StatusCode, Header: res.Header, Err: fmt.Errorf("peer: the body has more than %d bytes", maxBody)}
	}
	return Response{Status: res.StatusCode, Header: res.Header, Body: body}
}

func (p *Peer) addHeaders(h http.Header) {
	maps.Copy(h, p.config.Header)
}

// withoutURL removes the address from an error of the HTTP client: it may hold a secret, and the transcript has it.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// redact returns the path and query of u without credentials.
func redact(u *url.URL) string {
	return strings.TrimPrefix(u.RequestURI(), u.Scheme+"://"+u.Host)
}

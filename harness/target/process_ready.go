package target

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// awaitLine waits for the line that says where the target listens and returns the base address.
func (p *Process) awaitLine(ctx context.Context) (string, error) {
	select {
	case address := <-p.output.ready:
		if err := baseAddress(address); err != nil {
			return "", fmt.Errorf("%w: %w", ErrNoAddress, err)
		}
		return strings.TrimRight(address, "/"), p.stillRuns()
	case <-p.exited:
		return "", ErrEnded
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// stillRuns returns ErrEnded if it does not.
func (p *Process) stillRuns() error {
	select {
	case <-p.exited:
		return ErrEnded
	default:
		return nil
	}
}

// Time between two looks whether a target is there.
const (
	firstPoll = 10 * time.Millisecond
	lastPoll  = 200 * time.Millisecond
)

// awaitAnswer asks for a handshake until the answer shows that an Engine.IO server is there: a session, or the error 400 of one that does not offer long-polling. It leaves the session
// to the target's heartbeat time-out.
func (p *Process) awaitAnswer(ctx context.Context, address string, s *Spec) error {
	handshake, err := url.JoinPath(address, cmp.Or(s.Path, DefaultPath))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoAddress, err)
	}
	eio := 4
	if !slices.Contains(s.Revisions, 5) {
		eio = 3
	}
	handshake += fmt.Sprintf("?EIO=%d&transport=polling", eio)
	client := &http.Client{
		// No proxy: the target runs here.
		Transport:     &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, //nolint:gosec // nothing is entrusted to what answers
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       time.Second,
	}
	seen := "no answer"
	for wait := firstPoll; ; wait = min(2*wait, lastPoll) {
		status, err := get(ctx, client, handshake)
		switch {
		case err != nil && ctx.Err() == nil:
			seen = err.Error()
		case status == http.StatusOK || status == http.StatusBadRequest:
			return p.stillRuns()
		case status != 0:
			seen = fmt.Sprintf("HTTP status %d", status)
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-p.exited:
			timer.Stop()
			return ErrEnded
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("%w; %s: %s", context.Cause(ctx), handshake, seen)
		}
	}
}

// get returns the status of the answer to a request.
func get(ctx context.Context, client *http.Client, address string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()                                    //nolint:errcheck // only read from
	_, err = io.Copy(io.Discard, io.LimitReader(res.Body, 1)) // the status is all that counts
	return res.StatusCode, err
}

// answers reports whether something accepts connections at the base address.
func answers(ctx context.Context, address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	d := net.Dialer{Timeout: time.Second}
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return false
	}
	conn.Close() //nolint:errcheck // nothing was said
	return true
}

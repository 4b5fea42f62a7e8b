package driver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/sio-conform/sio-conform/reference/client"
	"github.com/sio-conform/sio-conform/reference/sio"
)

// A choice is what the options of open come to.
type choice struct {
	client.Config
	wait         bool // do not connect by itself
	authFunction []json.RawMessage
	authDelay    time.Duration
}

// setters are the options of open by name.
var setters = map[string]func(c *choice, value json.RawMessage) error{
	"transports":           into(func(c *choice, v []string) { c.Transports = v }),
	"upgrade":              into(func(c *choice, v bool) { c.NoUpgrade = !v }),
	"path":                 into(func(c *choice, v string) { c.Path = v }),
	"query":                into(func(c *choice, v map[string]string) { c.Query = valuesOf(v) }),
	"auth":                 into(func(c *choice, v json.RawMessage) { c.Auth = v }),
	"forceNew":             into(func(c *choice, v bool) { c.ForceNew = v }),
	"multiplex":            into(func(c *choice, v bool) { c.NoMultiplex = !v }),
	"autoConnect":          into(func(c *choice, v bool) { c.wait = !v }),
	"reconnection":         into(func(c *choice, v bool) { c.NoReconnection = !v }),
	"reconnectionAttempts": into(func(c *choice, v int) { c.ReconnectionAttempts = v }),
	"reconnectionDelay":    into(func(c *choice, v int) { c.ReconnectionDelay = atLeast(v) }),
	"reconnectionDelayMax": into(func(c *choice, v int) { c.ReconnectionDelayMax = atLeast(v) }),
	"randomizationFactor":  into(func(c *choice, v float64) { c.RandomizationFactor = orNone(v) }),
	"timeout":              into(func(c *choice, v int) { c.Timeout = atLeast(v) }),
	"extraHeaders":         into(func(c *choice, v map[string]string) { c.Header = headers(v) }),
	"authFunction":         into(func(c *choice, v []json.RawMessage) { c.authFunction = v }),
	"authDelay":            into(func(c *choice, v int) { c.authDelay = milliseconds(v) }),
	"ackTimeout":           into(func(c *choice, v int) { c.AckTimeout = milliseconds(v) }),
	"retries":              into(func(c *choice, v int) { c.Retries = v }),
	"tryAllTransports":     into(func(c *choice, v bool) { c.TryAllTransports = v }),
	"timestampRequests":    into(func(c *choice, v bool) { c.TimestampRequests = v }),
	"timestampParam":       into(func(c *choice, v string) { c.TimestampParam = v }),
	"addTrailingSlash":     into(func(c *choice, v bool) { c.NoTrailingSlash = !v }),
	"withCredentials":      into(func(c *choice, v bool) { c.Jar = jar(v) }),
	"rememberUpgrade":      into(func(c *choice, v bool) { c.RememberUpgrade = v }),
	"forceBase64":          into(func(c *choice, v bool) { c.ForceBase64 = v }),
}

// into returns a setter for an option of type T.
func into[T any](set func(c *choice, v T)) func(*choice, json.RawMessage) error {
	return func(c *choice, raw json.RawMessage) error {
		var v T
		if err := json.Unmarshal(raw, &v); err != nil {
			return err
		}
		set(c, v)
		return nil
	}
}

// atLeast returns a time that is never zero, which stands for a default.
func atLeast(ms int) time.Duration { return max(1, milliseconds(ms)) }

// orNone returns the factor that stands for none where there is none.
func orNone(factor float64) float64 {
	if factor == 0 {
		return -1
	}
	return factor
}

// jar returns what keeps cookies, if they are to be kept.
func jar(keep bool) http.CookieJar {
	if !keep {
		return nil
	}
	j, _ := cookiejar.New(nil) // never fails
	return j
}

func headers(given map[string]string) http.Header {
	h := http.Header{}
	for name, value := range given {
		h.Set(name, value)
	}
	return h
}

func valuesOf(given map[string]string) url.Values {
	q := url.Values{}
	for name, value := range given {
		q.Set(name, value)
	}
	return q
}

func values(raw json.RawMessage) (url.Values, error) {
	var given map[string]string
	err := json.Unmarshal(raw, &given)
	return valuesOf(given), err
}

// config returns the client's configuration for open, and whether the socket connects by itself.
func (d *driver) config(op operation) (client.Config, bool, error) {
	c := choice{Config: client.Config{
		Revision: sio.Revision(op.Revision), Dial: d.options.Dial,
		Proxy: func(*http.Request) (*url.URL, error) { return nil, nil },
	}}
	for name, value := range op.Opts {
		set := setters[name]
		if set == nil {
			return client.Config{}, false, fmt.Errorf("unsupported: option %s", name)
		}
		if err := set(&c, value); err != nil {
			return client.Config{}, false, fmt.Errorf("option %s: %w", name, err)
		}
	}
	if op.Revision == 4 && (c.Auth != nil || c.authFunction != nil) {
		return client.Config{}, false, errors.New("unsupported: option auth")
	}
	if c.authFunction != nil {
		c.AuthFunc = inTurn(c.authFunction, c.authDelay)
	}
	return c.Config, !c.wait, nil
}

// inTurn returns a function that gives one of the credentials at each call, and the last at all further ones.
func inTurn(credentials []json.RawMessage, delay time.Duration) func(context.Context) (any, error) {
	var calls atomic.Int64
	return func(ctx context.Context) (any, error) {
		n := int(calls.Add(1)) - 1
		select {
		case <-time.After(delay):
			return credentials[min(n, len(credentials)-1)], nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

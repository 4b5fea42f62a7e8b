package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"

	"github.com/sio-conform/sio-conform/reference/sio"
)

// A Client gives out sockets, and has those of different namespaces of one server
// share a connection. The zero value works. It must not be copied.
type Client struct {
	managersMu sync.Mutex // guards what follows
	shared     map[string]*Manager
	private    []*Manager // kept for Close
	closed     bool
}

// Open returns a socket for the namespace that the URL names with its path; the
// connection is closed until [Socket.Connect]. The URL may have the scheme http,
// https, ws or wss.
//
// Sockets for different namespaces of one scheme, host and [Config.Path] share a
// connection. A socket has its own if [Config.ForceNew] says so, and if Open was
// called for its namespace before. The error says what is wrong with the URL or
// the configuration, or is [ErrClosed].
func (c *Client) Open(rawURL string, config Config) (*Socket, error) {
	u, err := parseURL(rawURL)
	if err != nil {
		return nil, err
	}
	if config.Query == nil {
		config.Query = u.query
	}
	m, err := newManager(u.server, config)
	if err != nil {
		return nil, err
	}
	c.managersMu.Lock()
	defer c.managersMu.Unlock()
	if c.closed {
		return nil, ErrClosed
	}
	return c.share(m, u).Socket(u.namespace, config)
}

// share returns the manager that a socket which could have m uses.
func (c *Client) share(m *Manager, u location) *Manager {
	key := fmt.Sprint(u.origin(), " ", m.config.Path, " ", m.config.Revision)
	shared := c.shared[key]
	switch {
	case m.config.ForceNew || m.config.NoMultiplex || shared.has(u.namespace):
		c.private = append(c.private, m)
		return m
	case shared != nil:
		return shared
	case c.shared == nil:
		c.shared = map[string]*Manager{}
	}
	c.shared[key] = m
	return m
}

// Close closes all connections as [Manager.Close] does. Open fails from now on.
func (c *Client) Close(ctx context.Context) error {
	c.managersMu.Lock()
	managers := c.private
	for _, m := range c.shared {
		managers = append(managers, m)
	}
	c.closed, c.private, c.shared = true, nil, nil
	c.managersMu.Unlock()

	for _, m := range managers {
		m.begin()
	}
	var errs []error
	for _, m := range managers {
		errs = append(errs, m.Close(ctx))
	}
	return errors.Join(errs...)
}

// A location is what the URL of a socket says.
type location struct {
	server    url.URL // scheme and host
	namespace string
	query     url.Values
}

// origin returns scheme, host and port of the server.
func (l location) origin() string {
	port := l.server.Port()
	if port == "" {
		port = map[string]string{"http": "80", "ws": "80", "https": "443", "wss": "443"}[l.server.Scheme]
	}
	return l.server.Scheme + "://" + net.JoinHostPort(l.server.Hostname(), port)
}

// parseURL takes a URL apart. What follows the host is not decoded: it is the
// name of a namespace.
func parseURL(raw string) (location, error) {
	scheme, rest, _ := strings.Cut(raw, "://")
	switch scheme {
	case "http", "https", "ws", "wss":
	default:
		return location{}, &url.Error{Op: "open", URL: raw, Err: errors.New("the scheme is none of http, https, ws and wss")}
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, rawQuery, _ := strings.Cut(rest, "?")
	host, path, _ := strings.Cut(rest, "/")
	u, err := url.Parse(scheme + "://" + host)
	if err != nil {
		return location{}, err
	}
	if u.Host == "" {
		return location{}, &url.Error{Op: "open", URL: raw, Err: errors.New("there is no host")}
	}
	query, err := url.ParseQuery(rawQuery)
	return location{*u, "/" + path, query}, err
}

// checkNamespace returns an error if no packet can carry the name.
func checkNamespace(r sio.Revision, name string) error {
	if !strings.HasPrefix(name, "/") || strings.Contains(name, ",") || r == sio.Revision4 && strings.Contains(name, "?") {
		return &NamespaceError{name}
	}
	return nil
}

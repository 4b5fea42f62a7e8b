package server

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"sync"
)

// A Parent creates namespaces when clients ask for them, and is what they have
// in common. It has no members of its own.
type Parent struct {
	server  *Server
	pattern *regexp.Regexp // or
	allow   AllowFunc

	handlersMu  sync.RWMutex // guards middlewares and connection
	middlewares []Middleware
	connection  []func(*Socket)

	children []*Namespace // guarded by Server.namespacesMu
}

// An AllowFunc decides whether a namespace that does not exist is created. Auth
// is the payload of the CONNECT, {} if there was none. An error says no; its
// text goes to the log. It may take its time; ctx ends when the client has left.
//
// It guards the creation of a namespace and not the access to it: who asks for
// one that exists is not asked about. That is what middlewares are for.
type AllowFunc func(ctx context.Context, name string, auth json.RawMessage) (bool, error)

// OnConnection registers a function for each namespace that is created from now
// on. In it [Socket.Namespace] is the child.
func (p *Parent) OnConnection(f func(*Socket)) {
	p.handlersMu.Lock()
	defer p.handlersMu.Unlock()
	p.connection = append(p.connection, f)
}

// Use registers a middleware for each namespace that is created from now on.
func (p *Parent) Use(m Middleware) {
	p.handlersMu.Lock()
	defer p.handlersMu.Unlock()
	p.middlewares = append(p.middlewares, m)
}

// Children returns the namespaces that the parent has created.
func (p *Parent) Children() []*Namespace {
	p.server.namespacesMu.Lock()
	defer p.server.namespacesMu.Unlock()
	return slices.Clone(p.children)
}

// equip gives a new child what all children have.
func (p *Parent) equip(n *Namespace) {
	p.handlersMu.RLock()
	defer p.handlersMu.RUnlock()
	n.parent = p
	n.middlewares = slices.Clone(p.middlewares)
	n.connection = slices.Clone(p.connection)
	p.children = append(p.children, n)
}

// asks whether the parent allows a namespace. A panic counts as a no.
func (p *Parent) asks(ctx context.Context, name string, auth json.RawMessage) (allowed bool) {
	if p.pattern != nil {
		return p.pattern.MatchString(name)
	}
	log := p.server.config.Logger
	defer func() {
		if v := recover(); v != nil {
			logPanic(log, "function of a parent", v)
			allowed = false
		}
	}()
	ok, err := p.allow(ctx, name, auth)
	if err != nil {
		log.Info("namespace refused", "namespace", name, "err", err)
	}
	return ok && err == nil
}

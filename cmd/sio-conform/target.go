package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/sio-conform/sio-conform/harness/target"
)

// targetFlags say what is judged.
type targetFlags struct {
	spawn    string
	dir      string
	profile  string
	level    string
	path     string
	headers  []string
	cacert   string
	insecure bool
}

func (t *targetFlags) add(f *pflag.FlagSet) {
	f.StringVar(&t.spawn, "spawn", "", "start the target with this `command`, once a profile, and stop it afterwards")
	f.StringVar(&t.dir, "target", "", "start the target described by `DIR`/target.yaml")
	f.StringVar(&t.profile, "profile", "default", "profile under which the target at URL was started: "+strings.Join(target.ProfileNames(), ", "))
	f.StringVar(&t.level, "level", "", "what the target is known to offer: wire, echo or contract; what it does not show of that is a failure and not a lack")
	f.StringVar(&t.path, "path", "/socket.io/", "path of the Socket.IO endpoint")
	f.StringArrayVarP(&t.headers, "header", "H", nil, "HTTP header `NAME: VALUE` for all requests; repeatable")
	f.StringVar(&t.cacert, "cacert", "", "`FILE` with the certificates that sign the target's, in PEM form")
	f.BoolVar(&t.insecure, "insecure", false, "do not check the target's certificate")
}

// resolve returns the target that the flags and the argument name: the embedded reference server when they name none.
func (t *targetFlags) resolve(args []string) (*target.Target, error) {
	connection, err := t.connection()
	if err != nil {
		return nil, err
	}
	if _, ok := target.ProfileByName(t.profile); !ok {
		return nil, usageError(fmt.Errorf("--profile %q: there are default, fast and small", t.profile))
	}
	if t.dir != "" && (t.spawn != "" || len(args) > 0) {
		return nil, usageError(errors.New("--target excludes a URL and --spawn"))
	}
	var found *target.Target
	switch {
	case t.spawn != "":
		found, err = spawn(t.spawn, args, t.profile, &connection)
	case len(args) > 0:
		found, err = attach(args[0], t.profile, &connection)
	case t.dir != "":
		found, err = fromDir(t.dir, &connection)
	default:
		found = embedded()
	}
	if err != nil {
		return nil, err
	}
	found.Connection = connection
	return found, t.declare(found)
}

// declare adds what --level says, for all transports and for the profiles that the target can have.
func (t *targetFlags) declare(found *target.Target) error {
	if t.level == "" {
		return nil
	}
	profiles := target.StandardProfileNames()
	if t.spawn == "" && t.dir == "" {
		profiles = []string{t.profile}
	}
	d, ok := target.Declare(t.level, nil, []string{"polling", "websocket"}, profiles)
	if !ok {
		return usageError(fmt.Errorf("--level %q: there are wire, echo and contract", t.level))
	}
	found.Declared = d
	return nil
}

func (t *targetFlags) connection() (target.Connection, error) {
	c := target.Connection{Path: t.path, Header: http.Header{}}
	if !strings.HasPrefix(t.path, "/") {
		return c, usageError(fmt.Errorf("--path %q: a path begins with /", t.path))
	}
	for _, h := range t.headers {
		name, value, ok := strings.Cut(h, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return c, usageError(errors.New("--header: a header has the form NAME: VALUE")) // not quoted: it may hold a secret
		}
		c.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	if t.cacert == "" && !t.insecure {
		return c, nil
	}
	c.TLS = &tls.Config{InsecureSkipVerify: t.insecure} //nolint:gosec // what --insecure asks for
	if t.cacert != "" {
		pem, err := os.ReadFile(t.cacert)
		if err != nil {
			return c, usageError(fmt.Errorf("--cacert: %w", err))
		}
		c.TLS.RootCAs = x509.NewCertPool()
		if !c.TLS.RootCAs.AppendCertsFromPEM(pem) {
			return c, usageError(fmt.Errorf("--cacert: %s holds no certificate in PEM form", t.cacert))
		}
	}
	return c, nil
}

// attach returns the target at an address.
func attach(address, profile string, c *target.Connection) (*target.Target, error) {
	u, err := parseAddress(address, c)
	if err != nil {
		return nil, usageError(err)
	}
	return target.New(u.Host, target.Attached{Address: u.String(), Offers: profile}), nil
}

// parseAddress reads the address of a server. Credentials in it become a header, so that they stand in no report.
func parseAddress(address string, c *target.Connection) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("the URL cannot be read") // not quoted: it may hold a secret
	}
	switch u.Scheme {
	case "ws":
		u.Scheme = "http"
	case "wss":
		u.Scheme = "https"
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("%q is no URL of a server: http://HOST:PORT or https://HOST:PORT", u.Redacted())
	}
	if u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%s has a path or query: the endpoint's path is given with --path, and namespaces are no part of the URL", u.Redacted())
	}
	if u.User != nil {
		password, _ := u.User.Password()
		c.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password)))
		u.User = nil
	}
	u.Path = ""
	return u, nil
}

// spawn returns the target that a command starts. With an address it is ready when it answers there, and has the profile that the flag names; without, it says where it
// listens, and takes the options of all profiles from its environment.
func spawn(command string, args []string, profile string, c *target.Connection) (*target.Target, error) {
	spec, err := target.Command(command)
	if err != nil {
		return nil, usageError(fmt.Errorf("--spawn: %w", err))
	}
	if len(args) > 0 {
		u, err := parseAddress(args[0], c)
		if err != nil {
			return nil, usageError(err)
		}
		spec.Ready = target.Ready{URL: u.String(), Within: spec.Ready.Within}
		spec.Profiles = []string{profile}
	}
	spec.Path = c.Path
	t := target.New(command, target.Spawned{Spec: spec})
	t.Command = command
	return t, nil
}

func fromDir(dir string, c *target.Connection) (*target.Target, error) {
	spec, err := target.Load(dir)
	if err != nil {
		return nil, usageError(fmt.Errorf("--target: %w", err))
	}
	if spec.Role != target.RoleServer {
		return nil, usageError(fmt.Errorf("--target: %s is a client; see sio-conform client", spec.Name))
	}
	t := target.New(spec.Name, target.Spawned{Spec: spec})
	t.Version, t.Baseline = spec.Version, spec.Baseline
	t.Command, t.Dir, t.Declared = spec.CommandLine(), dir, spec.Declaration()
	c.Path = spec.Path
	return t, nil
}

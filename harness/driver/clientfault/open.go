package clientfault

import (
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/harness/driver"
)

// openFaults are about the options of a socket and the sharing of connections.
var openFaults = []Fault{
	{"client.multiplex.never", "makes a connection for each socket", setsOption("forceNew", true)},
	{"client.multiplex.by-query", "makes a connection for each query", option(func(o driver.Opts) {
		if o["query"] != nil {
			o["forceNew"] = true
		}
	})},
	{"client.multiplex.always", "takes no notice of the wish for a connection of its own", ignores("forceNew", "multiplex")},
	{"client.option.path", "takes no notice of the path", ignores("path")},
	{"client.option.headers", "takes no notice of further headers", ignores("extraHeaders")},
	{"client.option.auto-connect", "connects though it was told not to", ignores("autoConnect")},
	{"client.option.upgrade", "upgrades though it was told not to", setsOption("upgrade", true)},
	{"client.option.transports", "takes no notice of the choice of transports", setsOption("transports", []string{"polling", "websocket"})},
	{"client.option.never-upgrades", "never upgrades", setsOption("upgrade", false)},
	{"client.option.timeout", "waits for a handshake without end", setsOption("timeout", 600000)},
	{"client.option.timeout-longer", "waits much longer for a handshake than it was told", setsOption("timeout", 1500)},
	{"client.option.attempts", "takes no notice of the limit of attempts", ignores("reconnectionAttempts")},
	{"client.option.delay", "takes no notice of the delay before it connects again", setsOption("reconnectionDelay", 1)},
	{"client.option.delay-max", "waits longer and longer before it connects again", setsOption("reconnectionDelayMax", 600000)},
	{"client.option.delay-doubled", "waits twice as long as it was told before it connects again", option(func(o driver.Opts) {
		if ms, ok := o["reconnectionDelay"].(int64); ok {
			o["reconnectionDelay"] = 2 * ms
		}
	})},
	{"client.option.delay-constant", "waits for the same time before each attempt", option(func(o driver.Opts) { o["reconnectionDelayMax"] = o["reconnectionDelay"] })},
	{"client.option.randomization-default", "takes a randomization of nothing for none that was asked for", option(func(o driver.Opts) {
		if o["randomizationFactor"] == 0.0 {
			delete(o, "randomizationFactor")
		}
	})},
	{"client.option.ack-timeout", "takes no notice of the time-out for acknowledgements", ignores("ackTimeout")},
	{"client.option.retries", "takes no notice of retries", ignores("retries")},
	{"client.option.try-all", "tries the first transport only", ignores("tryAllTransports")},
	{"client.option.remember-upgrade", "does not remember that an upgrade went well", ignores("rememberUpgrade")},
	{"client.option.base64", "takes no notice of the wish for base64", ignores("forceBase64")},
	{"client.option.remember-upgrade-always", "remembers that an upgrade went well though nobody has asked for it", setsOption("rememberUpgrade", true)},
	{"client.option.try-all-always", "tries all transports though it was not told to", setsOption("tryAllTransports", true)},
	{"client.url.host-resolved", "takes host names for the same that have one address", onURL(func(u string) string { return strings.Replace(u, "//localhost", "//127.0.0.1", 1) })},
	{"client.url.scheme", "takes ws for http", onURL(func(u string) string { return strings.Replace(u, "ws://", "http://", 1) })},
	{"client.multiplex.by-prefix", "makes a connection for a namespace whose name another one begins with", byPrefix},
	{"client.url.fragment", "takes a fragment for a part of the namespace", onURL(func(u string) string { return strings.Replace(u, "#", "-", 1) })},
	{"client.url.slash", "cuts a slash off the end of a namespace", onURL(func(u string) string { return strings.TrimSuffix(u, "/") })},
	{"client.url.case", "writes namespaces in lower case", onURL(strings.ToLower)},
	{"client.url.encoded", "encodes the name of a namespace", onURL(func(u string) string { return strings.ReplaceAll(u, "%C3%A9", "e") })},
	{"client.url.first-segment", "takes the first segment for the namespace", onURL(func(u string) string {
		parts := strings.SplitN(u, "/", 5)
		return strings.Join(parts[:min(len(parts), 4)], "/")
	})},
	{"client.reconnect.never", "does not connect again", setsOption("reconnection", false)},
	{"client.reconnect.always", "connects again though it was told not to", option(func(o driver.Opts) {
		o["reconnection"], o["reconnectionDelay"], o["randomizationFactor"] = true, 20, 0.01
	})},
	{"client.call.connect", "does nothing when it is asked to connect", refuses("connect")},
	{"client.call.disconnect", "does nothing when it is asked to disconnect", refuses("disconnect")},
	{"client.call.emit", "does nothing when it is asked to send", refuses("emit")},
	{"client.call.kill", "does not notice that its connection has ended", refuses("kill")},
	{"client.call.inside-listener", "does nothing of what it is asked inside a listener", refuses("when")},
	{"client.call.listen", "does not listen", refuses("on")},
	{"client.call.catch-all", "has no catch-all listener", refuses("any")},
}

// byPrefix gives a connection of its own to each namespace with whose name that of an earlier one begins.
func byPrefix() *driver.Tap {
	var before []string
	return ops("open", func(op driver.Op) driver.Op {
		at, _ := op["url"].(string)
		if slices.ContainsFunc(before, func(b string) bool { return strings.HasPrefix(b, at) }) {
			opts, _ := op["opts"].(driver.Opts)
			op["opts"] = opts.And(driver.Opts{"forceNew": true})
		}
		before = append(before, at)
		return op
	})()
}

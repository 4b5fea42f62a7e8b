// Package suite holds the requirements, as YAML under rules/, and the scenarios that show whether they are kept, one file a topic.
package suite

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"github.com/goccy/go-yaml"

	"github.com/sio-conform/sio-conform/harness/peer"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/wire"
)

//go:embed rules/*.yaml
var ruleFiles embed.FS

// Default returns the suite for servers. It panics when the embedded rules cannot be read, which the package's tests rule out.
var Default = sync.OnceValue(func() *run.Suite {
	s := &run.Suite{Rules: rulesOf(func(r run.Rule) bool { return r.Role != "client" }), Scenarios: slices.Concat(
		offerScenarios, handshakeScenarios, pollingScenarios, heartbeatScenarios, upgradeScenarios,
		connectScenarios, multiplexScenarios, middlewareScenarios, roomScenarios, dynamicScenarios,
		ackScenarios, binaryScenarios, packetScenarios, malformedScenarios, recoveryScenarios, revision4Scenarios,
	)}
	for i := range s.Scenarios {
		if c := &s.Scenarios[i]; c.On.Revisions == nil {
			c.On.Revisions = revisionsOf(s, c)
		}
	}
	return s
})

// revisionsOf returns the revisions in which all rules of the scenario hold, the present one first.
func revisionsOf(s *run.Suite, c *run.Scenario) []wire.Revision {
	return slices.DeleteFunc([]wire.Revision{wire.Revision5, wire.Revision4}, func(r wire.Revision) bool {
		return slices.ContainsFunc(c.Rules, func(id string) bool {
			rule, ok := s.Rule(id)
			return ok && !slices.Contains(rule.Revisions, int(r))
		})
	})
}

// Clients returns the suite for clients.
var Clients = sync.OnceValue(func() *run.Suite {
	return &run.Suite{Rules: rulesOf(func(r run.Rule) bool { return r.Role == "client" }), Scenarios: slices.Concat(
		clientConnectScenarios, clientMultiplexScenarios, clientEventScenarios, clientReservedScenarios, clientAckScenarios,
		clientBinaryScenarios, clientDisconnectScenarios, clientReconnectScenarios, clientRecoveryScenarios, clientRetryScenarios,
		clientHeartScenarios, clientTransportScenarios, clientMalformedScenarios,
		clientStateScenarios, clientListenerScenarios, clientBufferScenarios, clientLateScenarios, clientAgainScenarios, clientRequestScenarios,
	)}
})

// rulesOf returns the embedded rules that are wanted.
func rulesOf(want func(run.Rule) bool) []run.Rule {
	rules, err := readRules(ruleFiles)
	if err != nil {
		panic(err)
	}
	return slices.DeleteFunc(rules, func(r run.Rule) bool { return !want(r) })
}

// ruleYAML is the form of a rule in a file.
type ruleYAML struct {
	ID        string `yaml:"id"`
	Statement string `yaml:"statement"`
	Level     string `yaml:"level"`
	Role      string `yaml:"role"`
	Revisions []int  `yaml:"revisions"`
	Source    []struct {
		Document string `yaml:"document"`
		Section  string `yaml:"section"`
	} `yaml:"source"`
	Note string `yaml:"note"`
}

// readRules reads rules/*.yaml. The error names the file and the line.
func readRules(files fs.FS) ([]run.Rule, error) {
	names, err := fs.Glob(files, "rules/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("suite: %w", err)
	}
	var rules []run.Rule
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("suite: %w", err)
		}
		var list []ruleYAML
		if err := yaml.UnmarshalWithOptions(text, &list, yaml.Strict()); err != nil {
			return nil, fmt.Errorf("suite: %s: %w", name, err)
		}
		for _, y := range list {
			r := run.Rule{ID: y.ID, Statement: y.Statement, Level: run.Level(y.Level), Role: y.Role, Revisions: y.Revisions, Note: y.Note}
			for _, s := range y.Source {
				r.Source = append(r.Source, run.Source{Document: s.Document, Section: s.Section})
			}
			rules = append(rules, r)
		}
	}
	return rules, nil
}

// The axes that scenarios use. A scenario runs in the revisions in which all of its rules hold, unless its axes name them.
var (
	everyTransport = run.Axes{Transports: []peer.Transport{peer.Polling, peer.WebSocket, peer.Upgraded}}
	pollingOnly    = run.Axes{Transports: []peer.Transport{peer.Polling}}
	webSocketOnly  = run.Axes{Transports: []peer.Transport{peer.WebSocket}}
	overWebSocket  = run.Axes{Transports: []peer.Transport{peer.WebSocket, peer.Upgraded}}
	pollingAndWS   = run.Axes{Transports: []peer.Transport{peer.Polling, peer.WebSocket}}

	rev5 = []wire.Revision{wire.Revision5}
)

// What scenarios need beyond any Socket.IO server.
var (
	needsEcho     = run.Needs{Level: peer.Echo}
	needsContract = run.Needs{Level: peer.Contract}
)

// only returns the axes in the given revision, for a scenario that is written in that revision's bytes.
func only(revisions []wire.Revision, on run.Axes) run.Axes {
	return run.Axes{Revisions: revisions, Transports: on.Transports}
}

// credentials returns the JSON text of credentials as it stands.
func credentials(text string) json.RawMessage { return json.RawMessage(text) }

// needs returns the contract level with features.
func needs(features ...string) run.Needs {
	return run.Needs{Level: peer.Contract, Features: features}
}

// rules names the rules of a scenario.
func rules(ids ...string) []string { return ids }

// catch names a fault and a part of the reason that the scenario gives for it.
func catch(fault, reason string) run.Catch { return run.Catch{Fault: fault, Reason: reason} }

// catch5 is catch for a fault that shows in revision 5 only, or for a reason that is given there only.
func catch5(fault, reason string) run.Catch {
	return run.Catch{Fault: fault, Reason: reason, Revision: wire.Revision5}
}

// catch4 is catch for revision 4.
func catch4(fault, reason string) run.Catch {
	return run.Catch{Fault: fault, Reason: reason, Revision: wire.Revision4}
}

// Package ginkgosuite offers the scenarios of the conformance suite as Ginkgo specs.
package ginkgosuite

import (
	"sync"

	"github.com/onsi/ginkgo/v2"

	"github.com/sio-conform/sio-conform/harness/event"
	"github.com/sio-conform/sio-conform/harness/run"
	"github.com/sio-conform/sio-conform/harness/target"
	"github.com/sio-conform/sio-conform/suite"
	"github.com/sio-conform/sio-conform/suite/suitetest"
)

// Specs registers one spec for each scenario on each combination of axes, inside the container in which it is called; the area is its label, so that --label-filter and
// --focus choose. url is asked when the first spec runs, so that the server can be started in BeforeSuite; it must give the same address each time. Specs fail, are skipped and
// pass as with suitetest.Run.
func Specs(url func() string) {
	judged := sync.OnceValue(func() *target.Target {
		address := url()
		return target.New(address, target.Attached{Address: address, Offers: "default"})
	})
	for _, e := range suite.Default().Executions() {
		ginkgo.It(e.Scenario.Title+" "+e.Name(), ginkgo.Label(e.Scenario.Area()), func(ctx ginkgo.SpecContext) {
			options := run.Options{Tool: "ginkgosuite", Seed: 1, Selection: run.Selection{Only: []string{e.Name()}}}
			var result *event.Result
			footer, err := run.Run(ctx, suite.Default(), judged(), options, func(ev event.Event) {
				if r, ok := ev.(*event.Result); ok && r.Name() == e.Name() {
					result = r
				}
			})
			switch {
			case err != nil:
				ginkgo.Fail(err.Error())
			case result == nil:
				ginkgo.Fail(footer.SetupError)
			default:
				suitetest.Report(ginkgo.GinkgoTB(), result, false)
			}
		})
	}
}

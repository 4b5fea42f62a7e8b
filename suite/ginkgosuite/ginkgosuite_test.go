package ginkgosuite_test

import (
	"net/http/httptest"
	"testing"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"github.com/sio-conform/sio-conform/reference/app"
	"github.com/sio-conform/sio-conform/reference/server"
	"github.com/sio-conform/sio-conform/suite/ginkgosuite"
)

func TestConformance(t *testing.T) {
	gomega.RegisterFailHandler(ginkgo.Fail)
	suite, reporter := ginkgo.GinkgoConfiguration()
	suite.FailOnEmpty = true
	if suite.LabelFilter == "" {
		suite.LabelFilter = "namespace" // the areas are labels; without a filter all scenarios run
	}
	ginkgo.RunSpecs(t, "conformance of the reference server", suite, reporter)
}

// This is how a Ginkgo suite takes the scenarios in.
var judged *httptest.Server

var _ = ginkgo.BeforeSuite(func() {
	a, err := app.New(server.Config{}, app.Options{})
	gomega.Expect(err).NotTo(gomega.HaveOccurred())
	judged = httptest.NewServer(a)
	ginkgo.DeferCleanup(func() {
		gomega.Expect(a.Server().Close()).To(gomega.Succeed())
		judged.Close()
	})
})

var _ = ginkgo.Describe("a Socket.IO server", func() {
	ginkgosuite.Specs(func() string { return judged.URL })
})

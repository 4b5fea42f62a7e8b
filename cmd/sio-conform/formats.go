package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sio-conform/sio-conform/reports"
)

// A document is a report that is made from a whole stream.
type document struct {
	format string // as --format takes it
	file   string // under --out
	write  func(io.Writer, *reports.Model) error
}

var documents = []document{
	{"json", reportName, reports.JSON},
	{"junit", "junit.xml", reports.JUnit},
	{"html", "report.html", reports.HTML},
	{"markdown", "summary.md", reports.Markdown},
	{"ctrf", "ctrf.json", reports.CTRF},
	{"har", "exchanges.har", reports.HAR},
	{"badge", "badge.svg", reports.BadgeSVG},
	{"shields", "badge.json", reports.BadgeJSON},
}

// The names of files under --out that are read again.
const (
	streamName = "events.ndjson"
	reportName = "report.json"
)

// formats are what --format takes.
var formats = append([]string{"terminal", "ndjson"}, documentFormats()...)

func documentFormats() []string {
	var all []string
	for _, d := range documents {
		all = append(all, d.format)
	}
	return all
}

// outUsage describes --out.
func outUsage() string {
	files := []string{streamName}
	for _, d := range documents {
		files = append(files, d.file)
	}
	return "write " + strings.Join(files[:len(files)-1], ", ") + " and " + files[len(files)-1] + " to `DIR`"
}

// checkFormat refuses a format that there is not.
func checkFormat(format string) error {
	if !slices.Contains(formats, format) {
		return usageError(fmt.Errorf("--format %q: there are %s", format, strings.Join(formats, ", ")))
	}
	return nil
}

// writeDocument writes m to w in a format; formats that are no document are left to the caller.
func writeDocument(w io.Writer, format string, m *reports.Model) error {
	for _, d := range documents {
		if d.format == format {
			return d.write(w, m)
		}
	}
	return nil
}

// writeDocuments writes all documents to dir.
func writeDocuments(dir string, m *reports.Model) error {
	var errs []error
	for _, d := range documents {
		errs = append(errs, writeFile(filepath.Join(dir, d.file), m, d.write))
	}
	return errors.Join(errs...)
}

func writeFile(name string, m *reports.Model, write func(io.Writer, *reports.Model) error) error {
	return writeTo(name, func(w io.Writer) error { return write(w, m) })
}

// writeTo writes a file.
func writeTo(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

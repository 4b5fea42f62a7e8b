package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"
)

// bundleName is what a file of the client may be called, as in Socket.IO
// 4.8.4.
var bundleName = regexp.MustCompile(`^socket\.io(\.msgpack|\.esm)?(\.min)?\.js(\.map)?$`)

// A bundle serves the files of the client.
type bundle struct {
	files fs.FS

	loadedMu sync.Mutex // guards loaded
	loaded   map[string]bundleFile
}

type bundleFile struct {
	content []byte
	etag    string
}

// serve answers a request for a file of the client. It returns false if the
// request is for something else.
func (s *Server) serveBundle(w http.ResponseWriter, r *http.Request) bool {
	name, below := strings.CutPrefix(r.URL.Path, s.config.Path)
	if !below || s.bundle.files == nil || !bundleName.MatchString(name) {
		return false
	}
	if s.config.CORS != nil && s.config.CORS(w, r) {
		return true
	}
	f, err := s.bundle.load(name)
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
	case errors.Is(err, fs.ErrNotExist):
		http.NotFound(w, r)
	case err != nil:
		s.config.Logger.Error("file of the client", "name", name, "err", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	default:
		f.write(w, r, name)
	}
	return true
}

func (f bundleFile) write(w http.ResponseWriter, r *http.Request, name string) {
	header := w.Header()
	header.Set("Content-Type", "application/javascript; charset=utf-8")
	if strings.HasSuffix(name, ".map") {
		header.Set("Content-Type", "application/json; charset=utf-8")
	}
	header.Set("Cache-Control", "public, max-age=0")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("ETag", f.etag)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(f.content))
}

// load returns a file, which is read once.
func (b *bundle) load(name string) (bundleFile, error) {
	b.loadedMu.Lock()
	defer b.loadedMu.Unlock()
	if f, ok := b.loaded[name]; ok {
		return f, nil
	}
	content, err := fs.ReadFile(b.files, name)
	if err != nil {
		return bundleFile{}, err
	}
	sum := sha256.Sum256(content)
	f := bundleFile{content, `"` + hex.EncodeToString(sum[:12]) + `"`}
	if b.loaded == nil {
		b.loaded = map[string]bundleFile{}
	}
	b.loaded[name] = f
	return f, nil
}

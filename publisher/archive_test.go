package publisher

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tinhub/news"
)

// dated is a desk that finds stories by date, too.
type dated struct{ *desk }

func (d dated) in(channel string, keep func(time.Time) bool) []news.Story {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []news.Story
	for _, s := range d.stories {
		if keep(s.Published) && slices.ContainsFunc(s.Filings, func(f news.Filing) bool { return f.Channel == channel && f.In }) {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, newestFirst)
	return all
}

func (d dated) Between(_ context.Context, channel string, _ news.Order, from, to time.Time, skip, limit int) ([]news.Story, error) {
	unlock, err := d.lock()
	unlock()
	if err != nil {
		return nil, err
	}
	all := d.in(channel, func(t time.Time) bool { return !t.Before(from) && t.Before(to) })
	all = all[min(skip, len(all)):]
	return all[:min(limit, len(all))], nil
}

func (d dated) Beside(_ context.Context, channel string, _ news.Order, before, after time.Time) (older, newer time.Time, err error) {
	if all := d.in(channel, func(t time.Time) bool { return t.Before(before) }); len(all) > 0 {
		older = all[0].Published
	}
	if all := d.in(channel, func(t time.Time) bool { return !t.Before(after) }); len(all) > 0 {
		newer = all[len(all)-1].Published
	}
	return older, newer, nil
}

// archived serves a desk with archives.
func archived(t *testing.T, d *desk, opt Options) (*Publisher, *httptest.Server) {
	t.Helper()
	if opt.Settings.Topics == nil {
		opt.Settings = settings()
	}
	opt.Refresh, opt.Sweep, opt.Pace = 50*time.Millisecond, 20*time.Millisecond, time.Millisecond
	deps := d.deps()
	deps.Archive = dated{d}
	p := New(deps, opt)
	srv := httptest.NewServer(p.Handler())
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		srv.Close()
	})
	return p, srv
}

type atomDoc struct {
	ID      string    `xml:"id"`
	Archive *struct{} `xml:"http://purl.org/syndication/history/1.0 archive"`
	Links   []struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
	} `xml:"link"`
	Entries []struct {
		ID    string `xml:"id"`
		Title string `xml:"title"`
	} `xml:"entry"`
}

func (a atomDoc) link(rel string) string {
	for _, l := range a.Links {
		if l.Rel == rel {
			return strings.TrimPrefix(l.Href, newView(settings()).base)
		}
	}
	return ""
}

func atomAt(t *testing.T, srv *httptest.Server, path string) atomDoc {
	t.Helper()
	a := get(t, srv, path)
	var doc atomDoc
	if err := xml.Unmarshal(a.body, &doc); a.status != 200 || err != nil {
		t.Fatalf("%s: status %d, %v", path, a.status, err)
	}
	return doc
}

// A reader that follows prev-archive from the living document gets every story
// that stands, each document once, and comes back by next-archive.
func TestArchivesReachEverything(t *testing.T) {
	d := newDesk()
	standing := map[string]bool{}
	for i := range 90 { // over a good two years, with months that have none
		s, a := aStory(i)
		s.Published = t0.AddDate(0, 0, -9*i)
		if i%7 == 3 {
			s.Published = s.Published.AddDate(0, -2, 0)
		}
		if i == 60 {
			s.Withdrawn = t0
		} else {
			standing[fmt.Sprintf("Tin thử số %d về nông thôn mới", i)] = true
		}
		d.file(s, a)
	}
	p, srv := archived(t, d, Options{})
	shows(t, p, news.Everything, 50)
	doc := atomAt(t, srv, "/topics/tat-ca.atom")
	if doc.Archive != nil {
		t.Error("the living document says that it is an archive")
	}
	seen := map[string]bool{}
	visited := map[string]bool{}
	var way []string
	for path := doc.link("prev-archive"); path != ""; {
		if visited[path] {
			t.Fatalf("%s leads in a circle", path)
		}
		visited[path] = true
		way = append(way, path)
		doc = atomAt(t, srv, path)
		if doc.Archive == nil || doc.link("current") != "/topics/tat-ca.atom" || doc.link("self") != path || doc.link("hub") != "" || len(doc.Entries) == 0 {
			t.Errorf("%s: archive %v, current %q, self %q, hub %q, %d entries", path, doc.Archive != nil, doc.link("current"), doc.link("self"), doc.link("hub"), len(doc.Entries))
		}
		for _, e := range doc.Entries {
			seen[e.Title] = true
		}
		path = doc.link("prev-archive")
	}
	for _, e := range atomAt(t, srv, "/topics/tat-ca.atom").Entries {
		seen[e.Title] = true
	}
	for title := range standing {
		if !seen[title] {
			t.Errorf("%q is in no document", title)
		}
	}
	if seen["Tin thử số 60 về nông thôn mới"] {
		t.Error("a withdrawn story is in an archive")
	}
	for i := len(way) - 1; i > 0; i-- {
		if next := atomAt(t, srv, way[i]).link("next-archive"); next != way[i-1] {
			t.Errorf("next of %s is %s, want %s", way[i], next, way[i-1])
		}
	}
}

func TestArchiveStatuses(t *testing.T) {
	d := newDesk()
	s, a := aStory(0, "nong-thon-moi", "noi-bo")
	d.file(s, a)
	p, srv := archived(t, d, Options{})
	shows(t, p, "nong-thon-moi", 1)
	month := t0.In(time.FixedZone("+07", 7*60*60)).Format(archiveForm)
	for path, want := range map[string]int{
		"/topics/nong-thon-moi/archive/" + month + ".atom":           200,
		"/topics/nong-thon-moi/archive/" + month + ".rss":            200,
		"/topics/nong-thon-moi/archive/" + month + ".json":           404,
		"/topics/nong-thon-moi/archive/" + month:                     404,
		"/topics/nong-thon-moi/archive/2019-01.atom":                 404,
		"/topics/nong-thon-moi/archive/2026-13.atom":                 404,
		"/topics/nong-thon-moi/archive/../x.atom":                    404,
		"/topics/khong-co/archive/" + month + ".atom":                404,
		"/topics/nong-thon-moi/archive/" + month + ".atom?page=2":    404,
		"/topics/nong-thon-moi/archive/" + month + ".atom?page=0":    400,
		"/topics/nong-thon-moi/archive/" + month + ".atom?page=zwei": 400,
		"/topics/noi-bo/archive/" + month + ".atom":                  403,
	} {
		if got := get(t, srv, path); got.status != want {
			t.Errorf("%s: %d, want %d", path, got.status, want)
		}
	}
	path := "/topics/nong-thon-moi/archive/" + month + ".rss"
	one := get(t, srv, path)
	if !contains(one.body, "<fh:archive>") || !contains(one.body, "Tin thử số 0") || contains(one.body, `rel="hub"`) {
		t.Errorf("the RSS archive is %s", one.body)
	}
	if again := get(t, srv, path, "If-None-Match", one.header.Get("ETag")); again.status != 304 {
		t.Errorf("asked again: %d, want 304", again.status)
	}
	s.Withdrawn = t0
	d.file(s, a)
	if gone := get(t, srv, path); contains(gone.body, "Tin thử số 0") {
		t.Error("a withdrawn story is in the archive")
	}
	d.setDown(true)
	if down := get(t, srv, path); down.status != 503 || down.header.Get("Retry-After") == "" {
		t.Errorf("the store is down: %d", down.status)
	}
	d.setDown(false)
}

// A topic that too few agencies hide has no archives either; when it is shown, a
// month that draws on one agency alone is.
func TestArchiveOfAHiddenTopic(t *testing.T) {
	d := newDesk()
	old, a := aStory(0, "nong-thon-moi")
	old.Published = t0.AddDate(0, -2, 0)
	d.file(old, a)
	set := settings()
	set.Topics[0].MinAgencies = 2
	p, srv := archived(t, d, Options{Settings: set})
	shows(t, p, "nong-thon-moi", 0)
	month := old.Published.In(time.FixedZone("+07", 7*60*60)).Format(archiveForm)
	for _, f := range []string{".atom", ".rss"} {
		if got := get(t, srv, "/topics/nong-thon-moi/archive/"+month+f); got.status != 404 || contains(got.body, old.Title) {
			t.Errorf("%s of a hidden topic: %d %s", f, got.status, got.body)
		}
	}
	if got := get(t, srv, "/topics/tat-ca/archive/"+month+".atom"); got.status != 200 {
		t.Errorf("a channel that asks for no agencies: %d", got.status)
	}
	second, b := aStory(1, "nong-thon-moi")
	d.file(second, b)
	shows(t, p, "nong-thon-moi", 2)
	if doc := atomAt(t, srv, "/topics/nong-thon-moi/archive/"+month+".atom"); len(doc.Entries) != 1 {
		t.Errorf("%d stories in the archive of a topic that is shown, want 1", len(doc.Entries))
	}
}

// A folder has the archives that the documents in it lead to.
func TestWriteArchives(t *testing.T) {
	d := newDesk()
	for i := range 8 {
		s, a := aStory(i, "nong-thon-moi")
		s.Published = t0.AddDate(0, -2*i, 0)
		d.file(s, a)
	}
	deps := d.deps()
	deps.Archive = dated{d}
	folder := t.TempDir()
	if _, err := New(deps, Options{Settings: settings()}).Write(t.Context(), folder, "nong-thon-moi"); err != nil {
		t.Fatal(err)
	}
	read := func(path string) atomDoc {
		body, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(path)))
		if err != nil {
			t.Fatal(err)
		}
		var doc atomDoc
		if err := xml.Unmarshal(body, &doc); err != nil {
			t.Fatal(err)
		}
		return doc
	}
	n := 0
	for path := read("topics/nong-thon-moi.atom").link("prev-archive"); path != ""; n++ {
		path = read(path).link("prev-archive")
	}
	if n != 1 { // the oldest month is the one that the living document ends in
		t.Errorf("%d archives behind the living document, want 1", n)
	}
	if files, err := filepath.Glob(filepath.Join(folder, "topics/nong-thon-moi/archive/*.rss")); err != nil || len(files) != 8 {
		t.Errorf("archives %v %v, want 8", files, err)
	}
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tinhub/cmd/tinhub/press"
	"tinhub/news"
	"tinhub/publisher/feed"
)

// A run is the scripted run of the press: the hub that reads it, a subscriber of
// the hub, and a watch that samples the outputs all the while.
type scripted struct {
	*testing.T
	press  *press.Press
	conf   string
	hub    *hub
	sub    *listener
	watch  *watch
	begun  time.Time
	papers []press.Address
	lost   map[int]bool // numbers of items that are not to be shown
}

// The papers of the script: one that agreed to all of its texts being shown, some
// that did not, and an agency.
var scriptPapers = []press.Paper{
	{ID: "bao-song-trang", Name: "Báo Sông Trăng", Province: "can-tho", Place: "Cần Thơ"},
	{ID: "bao-mui-dat", Name: "Báo Mũi Đất", Province: "ca-mau", Place: "Cà Mau", Quirks: press.GMT7 | press.NoGUID},
	{ID: "bao-doi-che", Name: "Báo Đồi Chè", Province: "thai-nguyen", Place: "Thái Nguyên", Quirks: press.PlainGUID | press.DotNet},
	{ID: "bao-cao-nguyen", Name: "Báo Cao Nguyên Gió", Province: "lam-dong", Place: "Lâm Đồng", Format: press.Atom},
	{ID: "hang-tin", Name: "VietnamPlus", Province: "ha-noi", Place: "Hà Nội"},
}

func newScripted(t *testing.T, storeURL string) *scripted {
	p, papers := startPress(t, press.Options{Seed: 10, Papers: scriptPapers, Initial: 1})
	s := &scripted{T: t, press: p, papers: papers, begun: time.Now(), lost: map[int]bool{}}
	s.conf = writeConfig(t, storeURL, nil, "withdraw: { recheck: 1s, confirm: 1s }\n")
	s.configure(papers, nil)
	s.hub = startProcess(t, nil, "serve", "-c", s.conf)
	s.hub.awaitLedger(30*time.Second, p)
	s.hub.awaitReady()
	s.sub = newListener(t)
	_, self := s.hub.discover("/topics/tat-ca.atom")
	resp, err := http.PostForm(s.hub.base+"/hub", url.Values{"hub.mode": {"subscribe"}, "hub.topic": {self}, "hub.callback": {s.sub.URL}})
	if err != nil || resp.StatusCode != http.StatusAccepted {
		t.Fatalf("the hub takes no subscription: %v", err)
	}
	resp.Body.Close()
	s.watch = newWatch(s.hub)
	t.Cleanup(s.watch.end)
	return s
}

// configure writes the sources into the configuration; hosts are the former hosts
// of a paper.
func (s *scripted) configure(papers []press.Address, hosts map[string]string) {
	s.Helper()
	old := readFile(s.T, s.conf)
	head, tail, _ := strings.Cut(old, "sources:\n")
	_, tail, _ = strings.Cut(tail, "topics:\n")
	var b strings.Builder
	head = strings.NewReplacer("publish: { limit: 1000 }", "publish: { limit: 1000, content: full }", "timeout: 5s", "timeout: 2s").Replace(head)
	b.WriteString(head + "sources:\n")
	for _, a := range papers {
		fmt.Fprintf(&b, "  - { id: %s, name: %q, province: %s, homepage: %q, url: %q, schedule: \"@every 1s\"", a.ID, a.Name, a.Province, a.Homepage, a.Feed)
		if a.ID == "bao-song-trang" {
			b.WriteString(`, agreement: { number: "01/2026", scope: full, from: 2026-01-01 }`)
		}
		if h := hosts[a.ID]; h != "" {
			fmt.Fprintf(&b, ", hosts: [%q]", h)
		}
		b.WriteString(" }\n")
	}
	if err := os.WriteFile(s.conf, []byte(b.String()+"topics:\n"+tail), 0o600); err != nil {
		s.Fatal(err)
	}
}

// reload has the hub take over the configuration.
func (s *scripted) reload() {
	s.Helper()
	if err := s.hub.signal(syscall.SIGHUP); err != nil {
		s.Fatal(err)
	}
}

// say prints what happens, and when.
func (s *scripted) say(format string, args ...any) {
	s.Helper()
	s.Logf("%6.1fs  %s", time.Since(s.begun).Seconds(), fmt.Sprintf(format, args...))
}

func (s *scripted) await(what string, try func() error) {
	s.Helper()
	began := time.Now()
	s.hub.await(time.Minute, what, try)
	s.say("  %s (after %.1fs)", what, time.Since(began).Seconds())
}

// lists are the addresses where a story of a province may be shown.
func lists(province, query string) []string {
	month := time.Now().In(time.FixedZone("+07", 7*60*60)).Format("2006-01")
	q := url.QueryEscape(query)
	return []string{
		"/topics/tat-ca.rss", "/topics/tat-ca.atom", "/topics/tat-ca.json", "/topics/tat-ca",
		"/provinces/" + province + ".rss", "/provinces/" + province + ".atom", "/provinces/" + province + ".json", "/provinces/" + province,
		"/topics/tat-ca/archive/" + month + ".atom", "/topics/tat-ca/archive/" + month + ".rss",
		"/provinces/" + province + "/archive/" + month + ".atom",
		"/search?q=" + q, "/search.rss?q=" + q, "/search.atom?q=" + q, "/search.json?q=" + q,
	}
}

// everywhere are all addresses that could tell of anything, with the pages of the
// stories that were ever shown.
func (s *scripted) everywhere(query string) []string {
	all := []string{"/", "/topics.opml", "/sitemap.xml", "/embed.js", "/embed/tat-ca"} // the widget reads the outputs, and keeps nothing of its own
	for _, p := range s.papers {
		all = append(all, lists(p.Province, query)...)
	}
	for _, topic := range []string{"nong-thon-moi", "hoc-tap-bac"} {
		for _, f := range []string{"", ".rss", ".atom", ".json"} {
			all = append(all, "/topics/"+topic+f)
		}
	}
	all = append(all, s.watch.pagesSeen()...)
	slices.Sort(all)
	return slices.Compact(all)
}

// holds says whether a page has some words, as readers see them.
func (s *scripted) holds(path, words string) (bool, error) {
	status, _, body, err := s.get(path)
	if err == nil && status >= 500 {
		err = fmt.Errorf("%s: status %d", path, status)
	}
	return strings.Contains(plainly(body), plainly([]byte(words))), err
}

// plainly undoes how the formats write words.
func plainly(body []byte) string {
	return strings.NewReplacer("&amp;", "&", "&#34;", `"`, "&quot;", `"`, "&#39;", "'", `\u0026`, "&", `\/`, "/", "\u00a0", " ").Replace(string(body))
}

// shows waits until a story stands in every list, once.
func (s *scripted) shows(it press.Item) {
	s.Helper()
	province := scriptPapers[slices.IndexFunc(scriptPapers, func(p press.Paper) bool { return p.ID == it.Paper })].Province
	s.await(fmt.Sprintf("“%s” stands in every output, page, archive and search", it.Title), func() error {
		for _, path := range lists(province, it.Title) {
			if ok, err := s.holds(path, it.Title); !ok || err != nil {
				return errors.Join(err, fmt.Errorf("%s does not have it", path))
			}
		}
		return nil
	})
}

// gone waits until nothing tells of some words, and holds the hub to it from then on.
func (s *scripted) gone(what, query string, words ...string) {
	s.Helper()
	s.await(what, func() error {
		for _, path := range s.everywhere(query) {
			for _, w := range words {
				if has, err := s.holds(path, w); has || err != nil {
					return errors.Join(err, fmt.Errorf("%s has %q", path, w))
				}
			}
		}
		return nil
	})
	_, _, deliveries := s.sub.last()
	s.watch.ban(deliveries, words...)
}

// explain is what tinhub explain says of an article.
func (s *scripted) explain(it press.Item) explained {
	s.Helper()
	e, err := s.tryExplain(it)
	if err != nil {
		s.Fatal(err)
	}
	return e
}

func (s *scripted) tryExplain(it press.Item) (e explained, err error) {
	code, out, errs := command(s.T, "explain", "-c", s.conf, "--json", it.Link)
	if err = json.Unmarshal([]byte(out), &e); code != exitDone || err != nil {
		err = fmt.Errorf("explain %s: exit code %d, %w, %s", it.Link, code, err, errs)
	}
	return e, err
}

// awaitExplained waits until explain says something of an article.
func (s *scripted) awaitExplained(it press.Item, what string, ok func(explained) bool) explained {
	s.Helper()
	var e explained
	s.await(what, func() error {
		var err error
		if e, err = s.tryExplain(it); err != nil {
			return err
		}
		if !ok(e) {
			return fmt.Errorf("explain says %s", tail(e.Text(time.UTC), 1500))
		}
		return nil
	})
	return e
}

// story is a story as everything shows it.
func (s *scripted) story(it press.Item) shownStory {
	s.Helper()
	var doc struct{ Items []shownStory }
	_, _, body, err := s.hub.get("/topics/tat-ca.json")
	if err == nil {
		err = json.Unmarshal(body, &doc)
	}
	id := s.explain(it).Story
	for _, x := range doc.Items {
		if x.ID == feed.StoryID(id) {
			return x
		}
	}
	s.Fatalf("the story %s of “%s” is not shown (%v)", id, it.Title, err)
	return shownStory{}
}

type shownStory struct {
	ID       string    `json:"id"`
	URL      string    `json:"url"`
	Title    string    `json:"title"`
	HTML     string    `json:"content_html"`
	Modified time.Time `json:"date_modified"`
}

// adds runs a part of the script that puts so many new stories into everything,
// and no more.
func (s *scripted) adds(n int, part func()) {
	s.Helper()
	before := s.watch.stories()
	now, err := s.hub.feed("/topics/" + news.Everything + ".json") // the watch may be a look behind
	if err != nil {
		s.Fatal(err)
	}
	for _, e := range now {
		before = append(before, e.ID)
	}
	part()
	s.await(fmt.Sprintf("%d new stories were ever shown", n), func() error {
		fresh := slices.DeleteFunc(s.watch.stories(), func(id string) bool { return slices.Contains(before, id) })
		if len(fresh) != n {
			return fmt.Errorf("%d were: %s", len(fresh), strings.Join(fresh, ", "))
		}
		return nil
	})
}

// polls waits until a paper's feed was asked for so many times from now on.
func (s *scripted) polls(paper string, n int) {
	s.Helper()
	s.polled(paper, n)()
}

// polled counts from now on how often a paper's feed is asked for, and returns what
// waits until it was so many times.
func (s *scripted) polled(paper string, n int) (wait func()) {
	return s.asked(n, fmt.Sprintf("%s was polled %d times more", paper, n), func(t press.Traffic) bool {
		return t.Paper == paper && !strings.HasSuffix(t.Path, ".html")
	})
}

// looked does the same for an article's page.
func (s *scripted) looked(it press.Item, n int) (wait func()) {
	u, _ := url.Parse(it.Link)
	return s.asked(n, fmt.Sprintf("the page of “%s” was looked at %d times more", it.Title, n), func(t press.Traffic) bool {
		return t.Paper == it.Paper && t.Path == u.Path
	})
}

func (s *scripted) asked(n int, what string, of func(press.Traffic) bool) (wait func()) {
	count := func() (total int) {
		for _, t := range s.press.Traffic() {
			if of(t) {
				total += t.Requests
			}
		}
		return total
	}
	before := count()
	return func() {
		s.Helper()
		s.await(what, func() error {
			if got := count() - before; got < n {
				return fmt.Errorf("%d times so far", got)
			}
			return nil
		})
	}
}

// settled holds the ledger against what is shown: nothing lost, nothing twice.
func (s *scripted) settled() {
	s.Helper()
	s.await("the ledger: nothing lost, nothing told twice", func() error {
		entries, err := s.hub.feed("/topics/" + news.Everything + ".json")
		if err != nil {
			return err
		}
		words, ids := map[string]string{}, map[string]bool{}
		var all []press.Item
		for _, it := range s.press.Items() {
			if !s.lost[it.Number] {
				all = append(all, it)
			}
		}
		for _, e := range entries {
			i := slices.IndexFunc(all, func(it press.Item) bool {
				return slices.ContainsFunc(append(it.Links, it.Link), func(l string) bool { return l == e.URL || secured(l) == e.URL })
			})
			switch {
			case i < 0:
				return fmt.Errorf("nobody is to be quoted with %s (%s)", e.URL, e.Title)
			case ids[e.ID]:
				return fmt.Errorf("the id %s stands twice", e.ID)
			case words[all[i].Words] != "" && all[i].Kind != press.Bulletin:
				return fmt.Errorf("%s is told twice: %s and %s", all[i].Words, words[all[i].Words], e.ID)
			}
			ids[e.ID], words[all[i].Words] = true, e.ID
		}
		for _, it := range all {
			if it.Withdrawn.IsZero() && words[it.Words] == "" {
				return fmt.Errorf("%s of %s is lost: %s", it.Link, it.Paper, it.Title)
			}
		}
		return nil
	})
}

func secured(link string) string { return "https" + strings.TrimPrefix(link, "http") }

// A watch samples the outputs of everything ten times a second, as readers do, and
// remembers what must never come again.
type watch struct {
	h    *hub
	end  func()
	last map[string]sample // by path; the goroutine's own

	mu     sync.Mutex      // guards what follows
	seen   []string        // stories, in the order they were first shown
	pages  map[string]bool // theirs
	now    []string        // those that are shown
	left   map[string]bool
	banned map[string]int // what is never served again, and how many deliveries there were before
	faults []string
	count  int
}

// A sample is one answer, as far as the next is held against it.
type sample struct {
	etag     string
	body     []byte
	modified time.Time
	updated  time.Time
}

func newWatch(h *hub) *watch {
	w := &watch{h: h, last: map[string]sample{}, left: map[string]bool{}, banned: map[string]int{}, pages: map[string]bool{}}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	w.round()
	go func() {
		defer close(done)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				w.round()
			}
		}
	}()
	w.end = func() { cancel(); <-done }
	return w
}

func (w *watch) round() {
	for _, path := range []string{"/topics/tat-ca.json", "/topics/tat-ca.rss", "/topics/tat-ca.atom"} {
		w.look(path)
	}
}

func (w *watch) look(path string) {
	status, header, body, err := w.h.get(path)
	if err != nil || status != 200 {
		w.fault("%s: status %d, %v", path, status, err)
		return
	}
	s := sample{etag: header.Get("ETag"), body: body}
	s.modified, _ = http.ParseTime(header.Get("Last-Modified"))
	ids, updated, err := identities(path, body)
	s.updated = updated
	was := w.last[path]
	switch {
	case err != nil:
		w.fault("%s is not well formed: %v", path, err)
	case was.etag == s.etag && !bytes.Equal(was.body, s.body):
		w.fault("%s: other bytes under the ETag %s", path, s.etag)
	case s.modified.Before(was.modified), s.updated.Before(was.updated):
		w.fault("%s went back: Last-Modified %s after %s, updated %s after %s", path, s.modified, was.modified, s.updated, was.updated)
	}
	w.last[path] = s
	w.note(path, ids, plainly(body))
}

// note notes which stories stand in an answer.
func (w *watch) note(path string, ids []string, body string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count++
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			w.faults = append(w.faults, fmt.Sprintf("%s has %s twice", path, id))
		}
	}
	for words := range w.banned {
		if strings.Contains(body, plainly([]byte(words))) {
			w.faults = append(w.faults, fmt.Sprintf("%s has %q again", path, words))
		}
	}
	for _, page := range pageOfStory.FindAllString(body, -1) {
		w.pages[page] = true
	}
	if !strings.HasSuffix(path, ".json") {
		return
	}
	for _, id := range ids {
		if !slices.Contains(w.seen, id) {
			w.seen = append(w.seen, id)
		}
		if w.left[id] {
			w.faults = append(w.faults, id+" left, and is shown again")
		}
		delete(w.left, id)
	}
	for _, id := range w.now {
		if !slices.Contains(ids, id) {
			w.left[id] = true
		}
	}
	w.now = ids
}

func (w *watch) fault(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, fmt.Sprintf(format, args...))
}

// ban holds the hub to it that words are never served again.
func (w *watch) ban(deliveries int, words ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, one := range words {
		w.banned[one] = deliveries
	}
}

func (w *watch) stories() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.seen)
}

var pageOfStory = regexp.MustCompile(`/stories/[0-9a-f]{32}`)

// pagesSeen are the pages of all stories that were ever shown.
func (w *watch) pagesSeen() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Sorted(maps.Keys(w.pages))
}

// identities are the stories of an output, and when it says that it changed.
func identities(path string, body []byte) (ids []string, updated time.Time, err error) {
	if strings.HasSuffix(path, ".json") {
		var doc struct{ Items []shownStory }
		err = json.Unmarshal(body, &doc)
		for _, it := range doc.Items {
			ids = append(ids, it.ID)
			if it.Modified.After(updated) {
				updated = it.Modified
			}
		}
		return ids, time.Time{}, err // it has no date of its own
	}
	d := xml.NewDecoder(bytes.NewReader(body))
	var within []string
	for {
		tok, err := d.Token()
		switch tok := tok.(type) {
		case xml.StartElement:
			within = append(within, tok.Name.Local)
		case xml.EndElement:
			within = within[:len(within)-1]
		case xml.CharData:
			switch strings.Join(within, "/") {
			case "rss/channel/item/guid", "feed/entry/id":
				ids = append(ids, string(tok))
			case "feed/updated":
				updated, _ = time.Parse(time.RFC3339, string(tok))
			case "rss/channel/lastBuildDate":
				updated, _ = time.Parse(time.RFC1123Z, string(tok))
			}
		}
		if errors.Is(err, io.EOF) {
			return ids, updated, nil
		}
		if err != nil {
			return nil, updated, err
		}
	}
}

// verdict is what the watch and the subscriber saw. A delivery may have been under
// way while something was called back; those behind it have it no more.
func (s *scripted) verdict() {
	s.Helper()
	s.watch.end()
	w := s.watch
	for _, f := range slices.Compact(w.faults) {
		s.Error(f)
	}
	s.sub.mu.Lock()
	defer s.sub.mu.Unlock()
	if len(s.sub.body) == 0 {
		s.Error("nothing was delivered to the subscriber")
	}
	for words, before := range w.banned {
		for i, body := range s.sub.body {
			if i > before && strings.Contains(plainly([]byte(body)), plainly([]byte(words))) {
				s.Errorf("delivery %d has %q, which is never to be served again", i, words)
			}
		}
	}
	s.say("%d samples of the outputs, %d stories, %d deliveries: nothing twice, nothing back, all well formed", w.count, len(w.seen), len(s.sub.body))
}

// get reads one address of the hub, and follows it nowhere: where it leads is
// site.public_url's, which nobody serves in a test.
func (s *scripted) get(path string) (status int, to string, body []byte, err error) {
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(s.hub.base + path)
	if err != nil {
		return 0, "", nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header.Get("Location"), body, err
}

// etag is the validator of an output as it is now.
func (s *scripted) etag(path string) string {
	s.Helper()
	_, header, _, err := s.hub.get(path)
	if err != nil {
		s.Fatal(err)
	}
	return header.Get("ETag")
}

// shownNow says whether a story stands among all news.
func (s *scripted) shownNow(story string) bool {
	s.Helper()
	ok, err := s.holds("/topics/tat-ca.json", feed.StoryID(story))
	if err != nil {
		s.Fatal(err)
	}
	return ok
}

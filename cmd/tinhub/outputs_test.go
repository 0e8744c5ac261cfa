package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mmcdole/gofeed"

	"tinhub/cmd/tinhub/press"
)

// A parsed entry is what any reader must understand of it.
type parsed struct {
	ID, Title, Link string
	Published       time.Time
}

// TestOutputsInOtherParsers: gofeed, libxml2 and Python's feedparser find the
// same entries in every format.
func TestOutputsInOtherParsers(t *testing.T) {
	long(t)
	t.Parallel()
	xmllint, python := needTool(t, "xmllint"), needPython(t)
	p, papers := startPress(t, press.Options{Seed: 7, Papers: healthyPapers()})
	h := start(t, nil, "serve", "-c", writeConfig(t, "file:"+t.TempDir(), papers, ""))
	for range 10 {
		p.Step()
	}
	h.awaitLedger(30*time.Second, p)
	for _, channel := range []string{"/topics/tat-ca", "/topics/nong-thon-moi", "/topics/hoc-tap-bac", "/provinces/ca-mau", "/provinces/tuyen-quang"} {
		var want []parsed
		for _, format := range []string{".json", ".rss", ".atom"} {
			status, _, body, err := h.get(channel + format)
			if err != nil || status != 200 {
				t.Fatalf("%s%s: %d %v", channel, format, status, err)
			}
			f, err := gofeed.NewParser().Parse(bytes.NewReader(body))
			if err != nil {
				t.Errorf("%s%s: gofeed: %v", channel, format, err)
				continue
			}
			got := ofGofeed(f)
			if want == nil {
				want = got
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s%s: gofeed finds others than in .json: %s", channel, format, d)
			}
			if format == ".json" {
				continue
			}
			if out, err := piped(xmllint, body, "--noout", "--nonet", "-"); err != nil {
				t.Errorf("%s%s: xmllint: %v %s", channel, format, err, out)
			}
			if d := cmp.Diff(want, ofFeedparser(t, python, body)); d != "" {
				t.Errorf("%s%s: feedparser finds others than in .json: %s", channel, format, d)
			}
		}
		if channel == "/topics/tat-ca" && len(want) < 30 {
			t.Errorf("%s has %d entries", channel, len(want))
		}
	}
	for _, path := range []string{"/topics.opml", "/sitemap.xml", "/favicon.svg", "/search.rss?q=" + url.QueryEscape("nông thôn")} {
		status, _, body, err := h.get(path)
		if err != nil || status != 200 {
			t.Errorf("%s: %d %v", path, status, err)
			continue
		}
		if out, err := piped(xmllint, body, "--noout", "--nonet", "-"); err != nil {
			t.Errorf("%s: xmllint: %v %s", path, err, out)
		}
	}
}

func ofGofeed(f *gofeed.Feed) []parsed {
	list := []parsed{}
	for _, it := range f.Items {
		p := parsed{ID: it.GUID, Title: it.Title, Link: it.Link}
		if it.PublishedParsed != nil {
			p.Published = it.PublishedParsed.UTC()
		}
		list = append(list, p)
	}
	return list
}

// readByFeedparser prints what feedparser finds, and fails where it has to be
// lenient.
const readByFeedparser = `
import sys, json, calendar, feedparser
d = feedparser.parse(sys.stdin.buffer.read())
if d.bozo: sys.exit("not well formed: %r" % d.bozo_exception)
print(json.dumps([{"ID": e.id, "Title": e.title, "Link": e.link, "Published": calendar.timegm(e.published_parsed)} for e in d.entries]))
`

func ofFeedparser(t *testing.T, python string, body []byte) []parsed {
	t.Helper()
	out, err := piped(python, body, "-c", readByFeedparser)
	if err != nil {
		t.Errorf("feedparser: %v %s", err, out)
		return nil
	}
	var entries []struct {
		ID, Title, Link string
		Published       int64
	}
	if err := json.Unmarshal(out, &entries); err != nil {
		t.Error(err)
	}
	list := []parsed{}
	for _, e := range entries {
		list = append(list, parsed{e.ID, e.Title, e.Link, time.Unix(e.Published, 0).UTC()})
	}
	return list
}

// piped runs a program over some bytes.
func piped(program string, in []byte, args ...string) ([]byte, error) {
	cmd := exec.Command(program, args...)
	cmd.Stdin = bytes.NewReader(in)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return errs.Bytes(), err
	}
	return out, nil
}

// needPython finds the Python that has feedparser: Debian's own, where another
// one stands before it in PATH.
func needPython(t *testing.T) string {
	t.Helper()
	for _, p := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(p, "-c", "import feedparser").Run() == nil {
			return p
		}
	}
	return needTool(t, "python3-with-feedparser")
}

// TestSameBytes: asked again, an output is the same; its validators hold; a
// published folder has what the server serves.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	p, papers := startPress(t, press.Options{Seed: 8, Papers: healthyPapers()[:3]})
	conf := writeConfig(t, "file:"+t.TempDir(), papers, "")
	h := start(t, nil, "serve", "-c", conf)
	h.awaitLedger(30*time.Second, p)
	for _, format := range []string{".rss", ".atom", ".json"} {
		_, header, first, err := h.get("/topics/tat-ca" + format)
		if err != nil {
			t.Fatal(err)
		}
		if status, _, body, err := h.get("/topics/tat-ca"+format, "If-None-Match", header.Get("ETag")); status != 304 || len(body) > 0 {
			t.Errorf("%s asked again: %d, %d bytes, %v", format, status, len(body), err)
		}
		_, _, second, _ := h.get("/topics/tat-ca" + format)
		if !bytes.Equal(first, second) {
			t.Errorf("%s differs when asked again: %s", format, cmp.Diff(string(first), string(second)))
		}
	}
	out := t.TempDir()
	code, names, errs := once(t, nil, "", "publish", "-c", conf, "--out", out)
	if code != exitDone || !strings.Contains(names, "topics/tat-ca.rss") {
		t.Errorf("publish: exit code %d: %s", code, errs)
	}
	code, again, errs := once(t, nil, "", "publish", "-c", conf, "--out", out, "--json")
	if code != exitDone || !strings.Contains(again, `"files":[`) {
		t.Errorf("publish again: exit code %d: %s %s", code, again, errs)
	}
	if err := xml.Unmarshal([]byte(readFile(t, out+"/topics/tat-ca.atom")), new(struct{})); err != nil {
		t.Error(err)
	}
}

// TestCommandsBesideServe: what reads or writes the store works while a hub runs
// on it.
func TestCommandsBesideServe(t *testing.T) {
	t.Parallel()
	stores(t, func(t *testing.T, url string) {
		p, papers := startPress(t, press.Options{Seed: 9, Papers: healthyPapers()[:3]})
		conf := writeConfig(t, url, papers, "")
		h := start(t, nil, "serve", "-c", conf)
		h.awaitLedger(30*time.Second, p)
		it := p.Items()[0]
		code, out, errs := once(t, nil, "", "explain", "-c", conf, it.Link)
		if code != exitDone || !strings.Contains(out, it.Title) {
			t.Errorf("explain: exit code %d: %s %s", code, out, errs)
		}
		code, out, errs = once(t, nil, "", "explain", "-c", conf, "--json", it.Link+"?utm_source=x#top")
		var e struct{ Article, Title string }
		if err := json.Unmarshal([]byte(out), &e); code != exitDone || err != nil || e.Title != it.Title {
			t.Errorf("explain --json: exit code %d: %s %s", code, out, errs)
		}
		if code, out, errs = once(t, nil, "", "explain", "-c", conf, e.Article); code != exitDone || !strings.Contains(out, it.Title) {
			t.Errorf("explain ID: exit code %d: %s %s", code, out, errs)
		}
		if code, out, errs = once(t, nil, "", "topic", "test", "-c", conf, "nong-thon-moi"); code != exitDone || !strings.Contains(out, "stories looked at it selects") {
			t.Errorf("topic test: exit code %d: %s %s", code, out, errs)
		}
		code, out, errs = once(t, nil, "", "fetch", "-c", conf, papers[0].ID)
		if code != exitDone || !strings.Contains(out, papers[0].ID) {
			t.Errorf("fetch: exit code %d: %s %s", code, out, errs)
		}
		if code, out, errs = once(t, nil, "", "restore", "-c", conf, "--replace", saved(t, conf)); code != exitFailed || !strings.Contains(errs, "a running tinhub serve") {
			t.Errorf("restore under a running hub: exit code %d: %s %s", code, out, errs)
		}
		h.awaitReady()
		listen := strings.TrimPrefix(h.base, "http://")
		if code, out, errs = once(t, []string{"TINHUB_HTTP_LISTEN=" + listen}, "", "healthcheck", "-c", conf); code != exitDone || out != "ready\n" {
			t.Errorf("healthcheck: exit code %d: %s %s", code, out, errs)
		}
	})
}

// saved makes a backup beside the running hub.
func saved(t *testing.T, conf string) string {
	t.Helper()
	name := t.TempDir() + "/save"
	if code, out, errs := once(t, nil, "", "backup", "-c", conf, name); code != exitDone {
		t.Errorf("backup: exit code %d: %s %s", code, out, errs)
	}
	return name
}

// TestFetchAlone: without any serve, fetch polls and curates, and publish has
// something to write.
func TestFetchAlone(t *testing.T) {
	t.Parallel()
	p, papers := startPress(t, press.Options{Seed: 10})
	conf := writeConfig(t, "file:"+t.TempDir(), papers, "")
	code, out, errs := once(t, nil, "", "fetch", "-c", conf)
	if code != exitFailed { // three papers are sick
		t.Errorf("exit code %d: %s", code, errs)
	}
	for _, want := range []string{"bao-song-trang", "not a feed", "failing", fmt.Sprintf("%d sources", len(papers))} {
		if !strings.Contains(out, want) {
			t.Errorf("the table lacks %q:\n%s", want, out)
		}
	}
	code, out, errs = once(t, nil, "", "fetch", "-c", conf, "--json", papers[0].ID)
	var line fetched
	if err := json.Unmarshal([]byte(out), &line); code != exitDone || err != nil || line.State != "unchanged" || line.Status != 304 {
		t.Errorf("fetch again: exit code %d: %s %s", code, out, errs)
	}
	dir := t.TempDir()
	if code, _, errs := once(t, nil, "", "publish", "-c", conf, "--out", dir); code != exitDone {
		t.Errorf("publish: exit code %d: %s", code, errs)
	}
	var doc struct{ Items []shown }
	if err := json.Unmarshal([]byte(readFile(t, dir+"/topics/tat-ca.json")), &doc); err != nil {
		t.Fatal(err)
	}
	if err := compare(doc.Items, p.Items()); err != nil {
		t.Error(err)
	}
}

package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tinhub/cmd/tinhub/press"
)

// bombs are the bodies of FAULTS.md that are made to fill a reader's memory, each
// with its headers. What the parsers make of each is tested beside them; here all
// come at once, again and again.
func bombs(t *testing.T) map[string]struct {
	body   []byte
	packed bool
} {
	t.Helper()
	type bomb = struct {
		body   []byte
		packed bool
	}
	feed := func(items string) []byte {
		return []byte(`<?xml version="1.0"?><rss version="2.0"><channel><title>Báo mẫu</title>` + items + `</channel></rss>`)
	}
	n := strings.Repeat
	laughs := `<!DOCTYPE rss [<!ENTITY a "ha">`
	for c := 'b'; c <= 'k'; c++ {
		laughs += fmt.Sprintf(`<!ENTITY %c "%s">`, c, n("&"+string(c-1)+";", 10))
	}
	var zeros bytes.Buffer
	z := gzip.NewWriter(&zeros)
	for range 256 {
		if _, err := z.Write(make([]byte, 4<<20)); err != nil { // a gigabyte
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	var dense bytes.Buffer
	z = gzip.NewWriter(&dense)
	if _, err := z.Write(feed(n("<item/>", 1_300_000))); err != nil { // within every limit on bytes
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return map[string]bomb{
		"zeros":       {zeros.Bytes(), true},
		"dense":       {dense.Bytes(), true},
		"laughs":      {append([]byte(laughs+`]>`), feed("<item><title>&k;</title></item>")...), false},
		"quadratic":   {append([]byte(`<!DOCTYPE rss [<!ENTITY a "`+n("x", 100_000)+`">]>`), feed("<item><title>"+n("&a;", 50_000)+"</title></item>")...), false},
		"depth":       {feed("<item>" + n("<m:a>", 1_000_000)), false},
		"description": {feed("<item><title>a</title><description><![CDATA[" + n("<b>", 1_000_000) + "]]></description></item>"), false},
		"items":       {feed(n("<item><title>a</title></item>", 300_000)), false},
		"title":       {feed("<item><title>" + n("chữ ", 2<<20) + "</title></item>"), false},
		"attribute":   {feed(`<item><title>a</title><enclosure url="` + n("x", 9<<20) + `"/></item>`), false},
		"attributes":  {feed(`<item><title>a</title><b ` + n(`a="1" `, 1_000_000) + `/></item>`), false},
		"categories":  {feed("<item><title>a</title>" + n("<category>x</category>", 300_000) + "</item>"), false},
		"comments":    {feed(n("<!--", 1_000_000)), false},
		"less":        {feed("<item><title>" + n("<", 9<<20) + "</title></item>"), false},
		"brackets":    {[]byte(`{"version":"https://jsonfeed.org/version/1.1","items":` + n("[", 5_000_000)), false},
		"json":        {[]byte(`{"version":"https://jsonfeed.org/version/1.1","items":[` + n(`{"id":"a"},`, 400_000) + `{}]}`), false},
		"endless":     {feed(n("<item><title>a</title>", 300_000)), false},
	}
}

// TestBombsInASmallProcess: FAULTS.md, 15. A hub that has 128 MiB reads its
// papers while everything in the list is thrown at it, and stays below.
func TestBombsInASmallProcess(t *testing.T) {
	long(t)
	if runtime.GOOS != "linux" {
		t.Skip("the peak of a process's memory is read from /proc")
	}
	p, papers := startPress(t, press.Options{Seed: 15, Papers: healthyPapers()[:2]})
	var thrown []*atomic.Int64
	for name, b := range bombs(t) {
		count := new(atomic.Int64)
		thrown = append(thrown, count)
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/rss+xml")
			if b.packed {
				w.Header().Set("Content-Encoding", "gzip")
			}
			_, _ = w.Write(b.body)
			count.Add(1)
		}))
		t.Cleanup(srv.Close)
		papers = append(papers, press.Address{Paper: press.Paper{ID: "bomb-" + name, Name: name, Province: "ca-mau"}, Homepage: srv.URL, Feed: srv.URL + "/rss"})
	}
	h := startProcess(t, []string{fmt.Sprintf("GOMEMLIMIT=%d", heapOf(128<<20))}, "serve", "-c", writeConfig(t, "file:data", papers, ""))
	h.awaitLedger(60*time.Second, p)
	h.await(90*time.Second, "every bomb was thrown twice", func() error {
		for _, n := range thrown {
			if n.Load() < 2 {
				return fmt.Errorf("one only %d times", n.Load())
			}
		}
		return nil
	})
	p.Step()
	h.awaitLedger(30*time.Second, p)
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.pid))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if m == nil {
		t.Fatalf("no VmHWM in %s", status)
	}
	peak, _ := strconv.Atoi(string(m[1]))
	t.Logf("at most %d MiB resident", peak>>10)
	if peak > 128<<10 {
		t.Errorf("%d MiB were resident, of 128", peak>>10)
	}
}

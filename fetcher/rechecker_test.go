package fetcher_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tinhub/fetcher"
	"tinhub/fetcher/client"
	"tinhub/news"
	"tinhub/store"
)

// TestWithdrawalsAreNoticed: over real sockets and a real store, what is missing
// twice goes on the wire as gone, once; what refuses, fails or hides does not.
func TestWithdrawalsAreNoticed(t *testing.T) {
	var mu sync.Mutex
	asked := map[string]int{}
	paper := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked[r.URL.Path]++
		n := asked[r.URL.Path]
		mu.Unlock()
		switch r.URL.Path {
		case "/410.html":
			w.WriteHeader(http.StatusGone)
		case "/404.html":
			http.NotFound(w, r)
		case "/nha.html":
			http.Redirect(w, r, "/", http.StatusFound)
		case "/mem.html":
			fmt.Fprint(w, "<title>Báo</title><h1>Bài viết không tồn tại</h1>")
		case "/403.html":
			w.WriteHeader(http.StatusForbidden)
		case "/500.html":
			w.WriteHeader(http.StatusInternalServerError)
		case "/thoang.html": // missing once, and back
			if n == 1 {
				http.NotFound(w, r)
				return
			}
			fmt.Fprint(w, "<h1>Tin còn đây</h1>")
		case "/robots.txt":
			http.NotFound(w, r)
		default:
			fmt.Fprintf(w, roomPage, "9")
		}
	}))
	defer paper.Close()
	l, end := recheckOf(t, paper.URL, "410", "404", "nha", "mem", "403", "500", "thoang", "con")
	gone := map[string]string{}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		clear(gone)
		for _, e := range l.wired() {
			if e.Gone != nil {
				if gone[nameOf(e)] != "" {
					t.Errorf("%s is gone twice", nameOf(e))
				}
				gone[nameOf(e)] = e.Gone.Reason
			}
		}
		mu.Lock()
		settled := asked["/con.html"] >= 4 && asked["/thoang.html"] >= 3
		mu.Unlock()
		if len(gone) >= 4 && settled {
			break
		}
	}
	end()
	for name, why := range map[string]string{"410": "410", "404": "404", "nha": "front page", "mem": "the page says that"} {
		if !strings.Contains(gone[name], why) || !strings.Contains(gone[name], "confirmed") {
			t.Errorf("%s: the reason is %q", name, gone[name])
		}
		delete(gone, name)
	}
	if len(gone) > 0 {
		t.Errorf("these were not withdrawn: %v", gone)
	}
}

// recheckOf runs a fetcher over articles of a paper whose addresses are due, until
// end is called.
func recheckOf(t *testing.T, paper string, names ...string) (l *library, end func()) {
	t.Helper()
	l = newLibrary(t, newReadingRoom(t))
	l.src.Homepage, l.src.URL, l.src.Schedule = paper, paper+"/rss", "@every 1h"
	l.shard = news.ShardOf(l.src.Family())
	sh := news.Shelving{Shard: l.shard, Lease: news.Lease{Token: 1}}
	for _, name := range names {
		e := news.Entry{Source: l.src.ID, GUID: name, Link: paper + "/" + name + ".html", Title: name, Seen: time.Now()}
		e.Key = news.EntryKey(e)
		a := news.Article{ID: news.ArticleID(l.src.Family(), e.Key), Family: l.src.Family(), Entry: e, FirstSeen: e.Seen, LastSeen: e.Seen}
		sh.Articles = append(sh.Articles, news.Shelved{Article: a, Change: "new", Recheck: time.Now()})
	}
	if err := store.NewShelf(l.core).Shelve(t.Context(), sh); err != nil {
		t.Fatal(err)
	}
	f, err := fetcher.New(fetcher.Deps{
		Wire: l.wire, Links: l.wire, Leases: store.NewLeases(l.core), Client: l.c, Robots: client.NewRobots(l.c),
	}, fetcher.Options{LeaseTTL: 1500 * time.Millisecond, Recheck: fetcher.Rechecking{First: 300 * time.Millisecond, Confirm: 200 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.SetSources([]news.Source{l.src}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	return l, func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// wired is what stands on the paper's wire.
func (l *library) wired() (all []news.Entry) {
	l.t.Helper()
	wired, err := store.NewShelf(l.core).Wire(l.t.Context(), l.shard, 1000)
	if err != nil {
		l.t.Fatal(err)
	}
	for _, w := range wired {
		all = append(all, w.Entry)
	}
	return all
}

// nameOf is the name of the page that an entry leads to.
func nameOf(e news.Entry) string {
	return strings.TrimSuffix(e.Link[strings.LastIndex(e.Link, "/")+1:], ".html")
}

// TestSilentEditsAreNoticed: a page that reads otherwise at two looks in a row is
// told of; one that counts its readers, rotates its furniture or is not modified
// is not.
func TestSilentEditsAreNoticed(t *testing.T) {
	var mu sync.Mutex
	asked, unmodified := map[string]int{}, 0
	paper := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked[r.URL.Path]++
		n := asked[r.URL.Path]
		text := "Cây cầu dài 120 mét"
		switch r.URL.Path {
		case "/robots.txt":
			http.NotFound(w, r)
			return
		case "/sua.html":
			if n > 3 {
				text = "Cây cầu dài 210 mét"
			}
		case "/dem.html": // an article that counts within its text
			text = fmt.Sprintf("Cây cầu dài 120 mét, người thứ %d đi qua", n)
		case "/khung.html": // and one beside its text
			w.Header().Set("X-Look", fmt.Sprint(n))
			fmt.Fprint(w, strings.Replace(fmt.Sprintf(roomPage, text), "</body>", fmt.Sprintf(`<div class="poll"><h3>thăm dò ý kiến</h3><p>Đã có %d ý kiến.</p></div></body>`, n), 1))
			return
		case "/nguyen.html":
			w.Header().Set("ETag", `"1"`)
			if r.Header.Get("If-None-Match") == `"1"` {
				unmodified++
				w.WriteHeader(http.StatusNotModified)
				return
			}
		}
		fmt.Fprintf(w, roomPage, text)
	}))
	defer paper.Close()
	l, end := recheckOf(t, paper.URL, "sua", "dem", "khung", "nguyen")
	enough := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return asked["/sua.html"] > 7 && asked["/dem.html"] > 7 && asked["/khung.html"] > 7 && asked["/nguyen.html"] > 7
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline) && !enough(); {
		time.Sleep(50 * time.Millisecond) // looks are made meanwhile
	}
	end()
	// The curator does not take over what is told here, so it is told again.
	told := map[string]int{}
	for _, e := range l.wired() {
		if e.Full == nil || e.Gone != nil || !strings.Contains(e.Full.Text, "210 mét") || strings.Contains(e.Full.Text, "120 mét") {
			t.Errorf("told of %s: %+v", e.Link, e.Full)
		}
		told[nameOf(e)]++
	}
	if len(told) != 1 || told["sua"] == 0 {
		t.Errorf("told of %v, want sua alone", told)
	}
	if unmodified < 3 {
		t.Errorf("the page that does not change was sent whole at all looks but %d", unmodified)
	}
}

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
	l := newLibrary(t, newReadingRoom(t))
	l.src.Homepage, l.src.URL, l.src.Schedule = paper.URL, paper.URL+"/rss", "@every 1h"
	l.shard = news.ShardOf(l.src.Family())
	names := []string{"410", "404", "nha", "mem", "403", "500", "thoang", "con"}
	sh := news.Shelving{Shard: l.shard, Lease: news.Lease{Token: 1}}
	for _, name := range names {
		e := news.Entry{Source: l.src.ID, GUID: name, Link: paper.URL + "/" + name + ".html", Title: name, Seen: time.Now()}
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
	gone := map[string]string{}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		wired, err := store.NewShelf(l.core).Wire(t.Context(), l.shard, 1000)
		if err != nil {
			t.Fatal(err)
		}
		clear(gone)
		for _, w := range wired {
			if w.Entry.Gone != nil {
				name := strings.TrimSuffix(w.Entry.Link[strings.LastIndex(w.Entry.Link, "/")+1:], ".html")
				if gone[name] != "" {
					t.Errorf("%s is gone twice", name)
				}
				gone[name] = w.Entry.Gone.Reason
			}
		}
		mu.Lock()
		settled := asked["/con.html"] >= 4 && asked["/thoang.html"] >= 3
		mu.Unlock()
		if len(gone) >= 4 && settled {
			break
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	for name, why := range map[string]string{"410": "410", "404": "404", "nha": "front page", "mem": "no such article"} {
		if !strings.Contains(gone[name], why) || !strings.Contains(gone[name], "confirmed") {
			t.Errorf("%s: the reason is %q", name, gone[name])
		}
		delete(gone, name)
	}
	if len(gone) > 0 {
		t.Errorf("these were not withdrawn: %v", gone)
	}
}

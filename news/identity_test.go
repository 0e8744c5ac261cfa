package news

import (
	"strings"
	"testing"
	"time"
)

func TestEntryKey(t *testing.T) {
	at := Moment{At: time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC), Precision: Second}
	same := func(name string, want bool, a, b Entry) {
		t.Helper()
		if (EntryKey(a) == EntryKey(b)) != want {
			t.Errorf("%s: same key is %v, want %v", name, !want, want)
		}
	}
	same("guid decides", true, Entry{GUID: "86112", Link: "https://a.example/1"}, Entry{GUID: " 86112\n", Link: "https://a.example/2"})
	same("other guid", false, Entry{GUID: "86112"}, Entry{GUID: "86113"})
	same("guid as address, http to https", true, Entry{GUID: "http://a.example/x-1.html"}, Entry{GUID: "https://www.a.example/x-1.html"})
	same("guid as address with fragment", false, Entry{GUID: "http://a.example/x#1"}, Entry{GUID: "http://a.example/x#2"})
	same("no guid, the link", true, Entry{Link: "http://a.example/x?utm_source=rss", Title: "a"}, Entry{Link: "https://a.example/x", Title: "b"})
	same("neither, title and date", true, Entry{Title: "Hoà Bình", Published: at}, Entry{Title: "hòa bình", Published: at})
	same("neither, another date", false, Entry{Title: "Giá lúa", Published: at}, Entry{Title: "Giá lúa"})
	if k := EntryKey(Entry{GUID: strings.Repeat("x", 1<<20)}); len(k) != 32 {
		t.Errorf("a guid of 1 MB has key %q", k)
	}
}

func TestEntryHash(t *testing.T) {
	at := time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)
	base := func() Entry {
		return Entry{Title: "a", Summary: "b", Published: Moment{At: at, Precision: Second},
			Authors: []Person{{Name: "Hoàng Uyên"}}, Categories: []Category{{Term: "x"}}, Image: &Image{URL: "https://a.example/1.jpg"}}
	}
	h := EntryHash(base())
	for name, change := range map[string]func(*Entry){
		"title": func(e *Entry) { e.Title = "a2" }, "moved text": func(e *Entry) { e.Title, e.Summary = "ab", "" },
		"content": func(e *Entry) { e.Content = "c" }, "author": func(e *Entry) { e.Authors[0].Name = "T.T" },
		"date": func(e *Entry) { e.Published.At = at.Add(time.Second) }, "image": func(e *Entry) { e.Image = nil },
		"category": func(e *Entry) { e.Categories = nil }, "via": func(e *Entry) { e.Via = &Via{Title: "v"} },
	} {
		e := base()
		if change(&e); EntryHash(e) == h {
			t.Errorf("%s changed and the hash did not", name)
		}
	}
	for name, change := range map[string]func(*Entry){
		"seen":   func(e *Entry) { e.Seen = at },
		"zone":   func(e *Entry) { e.Published.At = at.In(time.FixedZone("", 7*3600)) },
		"key":    func(e *Entry) { e.Key, e.Hash = "k", "h" },
		"source": func(e *Entry) { e.Source = "s" },
	} {
		e := base()
		if change(&e); EntryHash(e) != h {
			t.Errorf("%s is not what an entry says", name)
		}
	}
	a, b := base(), base()
	a.Published = Moment{At: at, Precision: Relative}
	b.Published = Moment{At: at.Add(time.Minute), Precision: Relative}
	if EntryHash(a) != EntryHash(b) {
		t.Error("a relative date changes at every poll and must not make a revision")
	}
}

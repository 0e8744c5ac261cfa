package websub

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

var noon = time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)

func TestRetryAfter(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"": 0, "5": 5 * time.Second, " 120 ": 2 * time.Minute, "86400": day, "1000000000": day, "99999999999999999999": 0, "-5": 0, "soon": 0,
		"Mon, 09 Mar 2026 12:01:00 GMT": time.Minute, "Mon, 09 Mar 2026 11:00:00 GMT": 0, "Tue, 10 Mar 2099 12:00:00 GMT": day,
	} {
		if got := retryAfter(header, noon); got != want {
			t.Errorf("Retry-After %q: %v, want %v", header, got, want)
		}
	}
}

const day = 24 * time.Hour

func TestBackoff(t *testing.T) {
	b := backoff{time.Second, time.Hour}
	for failures, want := range map[int]time.Duration{0: time.Second, 1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 12: 2048 * time.Second, 13: time.Hour, 63: time.Hour, 1 << 20: time.Hour} {
		if got := b.pause(failures, 0.5); got != want {
			t.Errorf("after %d failures: %v, want %v", failures, got, want)
		}
	}
	if low, high := b.pause(3, 0), b.pause(3, 1); low != 3*time.Second || high != 5*time.Second {
		t.Errorf("the spread is %v to %v", low, high)
	}
}

func TestAfter(t *testing.T) {
	b := backoff{time.Second, time.Hour}
	sub := news.Subscription{ID: "a", Until: noon.Add(day), Revision: 3, ETag: "c", Failures: 2, Due: noon}
	body := &body{revision: 7, etag: "g"}
	for name, c := range map[string]struct {
		o    outcome
		want news.Subscription
	}{
		"received":    {outcome{kind: received, body: body}, news.Subscription{ID: "a", Until: noon.Add(day), Revision: 7, ETag: "g", Delivered: noon, Sent: 1}},
		"failed":      {outcome{kind: failed, body: body}, news.Subscription{ID: "a", Until: noon.Add(day), Revision: 3, ETag: "c", Failed: 1, Failures: 3, Due: noon.Add(4 * time.Second)}},
		"unreachable": {outcome{kind: unreachable, body: body}, news.Subscription{ID: "a", Until: noon.Add(day), Revision: 3, ETag: "c", Failed: 1, Failures: 3, Due: noon.Add(4 * time.Second)}},
		"told when":   {outcome{kind: failed, body: body, retryAfter: time.Hour}, news.Subscription{ID: "a", Until: noon.Add(day), Revision: 3, ETag: "c", Failed: 1, Failures: 3, Due: noon.Add(time.Hour)}},
		"told sooner": {outcome{kind: failed, body: body, retryAfter: time.Second}, news.Subscription{ID: "a", Until: noon.Add(day), Revision: 3, ETag: "c", Failed: 1, Failures: 3, Due: noon.Add(4 * time.Second)}},
		"gone":        {outcome{kind: gone, body: body, delivery: news.Delivery{Error: "410"}}, news.Subscription{ID: "a", Until: noon, Ended: "410", Revision: 3, ETag: "c", Failed: 1, Failures: 3, Due: noon}},
		"our fault":   {outcome{kind: delayed}, news.Subscription{ID: "a", Until: noon.Add(day), Revision: 3, ETag: "c", Failures: 2, Due: noon.Add(time.Second)}},
		"nothing":     {outcome{kind: dropped}, sub},
	} {
		got := after(sub, c.o, b, 0.5, noon)
		got.Recent = nil
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func TestRemember(t *testing.T) {
	var recent []news.Delivery
	for i := range news.RecentDeliveries + 3 {
		was := recent
		recent = remember(recent, news.Delivery{Revision: int64(i)})
		if len(was) > 0 && was[0].Revision == recent[0].Revision && &was[0] == &recent[0] {
			t.Fatal("the list given was changed")
		}
	}
	if len(recent) != news.RecentDeliveries || recent[0].Revision != 3 || recent[len(recent)-1].Revision != news.RecentDeliveries+2 {
		t.Errorf("remembered %+v", recent)
	}
}

func TestOwed(t *testing.T) {
	have := news.Subscription{Revision: 7, ETag: "g"}
	for name, c := range map[string]struct {
		head news.Output
		want bool
	}{
		"nothing is published": {news.Output{}, false},
		"the same":             {news.Output{Revision: 7, ETag: "g"}, false},
		"newer":                {news.Output{Revision: 8, ETag: "h"}, true},
		"newer, as once before, but an attempt in between may have come through": {news.Output{Revision: 9, ETag: "g"}, true},
		"declared anew, counted from 1":                                          {news.Output{Revision: 1, ETag: "x"}, true},
		"declared anew, as far as before":                                        {news.Output{Revision: 7, ETag: "x"}, true},
	} {
		if got := owed(have, c.head); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Renewing keeps what the subscriber has; beginning anew after the end does not.
func TestConfirmed(t *testing.T) {
	in := news.Intent{ID: "a", Topic: "t", Channel: "c", Format: news.RSS, Callback: "cb", Secret: "new", Lease: time.Hour, Revision: 9, ETag: "i"}
	was := news.Subscription{ID: "a", Secret: "old", Since: noon.Add(-day), Until: noon.Add(time.Minute), Revision: 7, ETag: "g", Failures: 4, Due: noon.Add(day), Delivered: noon}
	fresh := news.Subscription{ID: "a", Topic: "t", Channel: "c", Format: news.RSS, Callback: "cb", Secret: "new", Lease: time.Hour,
		Since: noon, Verified: noon, Until: noon.Add(time.Hour), Revision: 9, ETag: "i"}
	renewed := fresh
	renewed.Since, renewed.Revision, renewed.ETag, renewed.Delivered = was.Since, 7, "g", noon
	over, ended := was, was
	over.Until, ended.Ended = noon, "410"
	for name, c := range map[string]struct {
		was  *news.Subscription
		want news.Subscription
	}{"first": {nil, fresh}, "renewed": {&was, renewed}, "after its lease": {&over, fresh}, "after 410": {&ended, fresh}} {
		if d := cmp.Diff(c.want, confirmed(in, c.was, noon)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func TestJudge(t *testing.T) {
	for name, c := range map[string]struct {
		a    Answer
		err  error
		want kind
	}{
		"200": {Answer{Status: 200}, nil, received}, "204": {Answer{Status: 204}, nil, received}, "299": {Answer{Status: 299}, nil, received},
		"100": {Answer{Status: 100}, nil, failed}, "302": {Answer{Status: 302}, nil, failed}, "404": {Answer{Status: 404}, nil, failed},
		"410": {Answer{Status: 410}, nil, gone}, "503": {Answer{Status: 503}, nil, failed},
		"late": {Answer{}, errors.New("too late"), failed}, "dead": {Answer{}, &Unreachable{errors.New("refused")}, unreachable},
	} {
		got, text := judge(c.a, c.err)
		if got != c.want || (text == "") != (got == received) {
			t.Errorf("%s: %v %q, want %v", name, got, text, c.want)
		}
	}
}

func TestWithQuery(t *testing.T) {
	q := url.Values{"hub.mode": {"subscribe"}}
	for callback, want := range map[string]string{
		"http://a.example/cb":       "http://a.example/cb?hub.mode=subscribe",
		"http://a.example/cb?":      "http://a.example/cb?hub.mode=subscribe",
		"http://a.example/cb?a=b;c": "http://a.example/cb?a=b;c&hub.mode=subscribe",
		"http://a.example/?x=?&y":   "http://a.example/?x=?&y&hub.mode=subscribe",
	} {
		if got := withQuery(callback, q); got != want {
			t.Errorf("%s: %s, want %s", callback, got, want)
		}
	}
}

func TestCanonicalCallback(t *testing.T) {
	for address, want := range map[string]string{
		"HTTP://A.Example:80/Cb?Q=%2f#part": "http://a.example/Cb?Q=%2f",
		"https://a.example:443":             "https://a.example/",
		"https://a.example:80/%2F":          "https://a.example:80/%2F",
		"http://[::1]:8080/":                "http://[::1]:8080/",
		"":                                  "", "/cb": "", "mailto:a@b.example": "", "http:a": "", "http:///cb": "", "ftp://a.example/": "", "http://a b/": "",
	} {
		got, err := canonicalCallback(address)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q: %q %v, want %q", address, got, err, want)
		}
		if err != nil && !strings.Contains(err.Error(), "hub.callback") {
			t.Errorf("%q: %v does not name the parameter", address, err)
		}
	}
}

func TestDecoded(t *testing.T) {
	for address, want := range map[string]string{
		"http://a.example/%63b": "http://a.example/cb", "http://a.example/%7E%2d%2E%5f?q=%41": "http://a.example/~-._?q=A",
		"http://a.example/%2f%3F%25": "http://a.example/%2F%3F%25", "http://a.example/%c3%a0": "http://a.example/%C3%A0",
		"http://a.example/%": "http://a.example/%", "http://a.example/%4": "http://a.example/%4", "http://a.example/%zz%2": "http://a.example/%zz%2", "%2561": "%2561",
	} {
		if got := decoded(address); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}

func TestDeliveryID(t *testing.T) {
	ids := map[string]string{}
	for _, s := range []string{"a", "b"} {
		for _, f := range []news.Format{news.RSS, news.Atom} {
			for r := range int64(3) {
				id := deliveryID(s, topic{"c", f}, &body{revision: r, etag: "e"})
				if other := ids[id]; other != "" {
					t.Errorf("%s %s %d has the id of %s", s, f, r, other)
				}
				ids[id] = s + string(f)
				if again := deliveryID(s, topic{"c", f}, &body{revision: r, etag: "e", modified: noon}); again != id {
					t.Errorf("another attempt has the id %s, want %s", again, id)
				}
			}
		}
	}
}

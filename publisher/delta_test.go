package publisher

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"

	"tinhub/news"
)

// titles reads the titles of a document's items with another parser.
func titles(t *testing.T, f news.Format, body []byte) []string {
	t.Helper()
	var doc struct {
		Items []struct {
			Title string `xml:"title" json:"title"`
		} `xml:"channel>item" json:"items"`
		Entries []struct {
			Title string `xml:"title" json:"title"`
		} `xml:"entry"`
	}
	var err error
	if f == news.JSON {
		err = json.Unmarshal(body, &doc)
	} else {
		err = xml.Unmarshal(body, &doc)
	}
	if err != nil {
		t.Fatalf("%s cannot be read: %v\n%s", f, err, body)
	}
	list := []string{}
	for _, it := range append(doc.Items, doc.Entries...) {
		list = append(list, it.Title)
	}
	return list
}

func numbered(n ...int) []string {
	list := []string{}
	for _, i := range n {
		list = append(list, fmt.Sprintf("Tin thử số %d về nông thôn mới", i))
	}
	return list
}

// A reader gets what is new since its ETag, in every format, and a document
// whole where that cannot be told.
func TestDelta(t *testing.T) {
	d, p, srv := stocked(t, 5, Options{})
	for _, f := range []news.Format{news.RSS, news.Atom, news.JSON} {
		path := "/topics/tat-ca." + string(f)
		etag := get(t, srv, path, "Accept-Encoding", "identity").header.Get("ETag")
		zipped := get(t, srv, path, "Accept-Encoding", "gzip").header.Get("ETag")
		if same := get(t, srv, path, "A-IM", "feed", "If-None-Match", etag); same.status != 304 {
			t.Errorf("%s: nothing new: %d, want 304", f, same.status)
		}
		base := 100 * (1 + slices.Index([]news.Format{news.RSS, news.Atom, news.JSON}, f))
		for i := range 2 {
			s, a := aStory(base + i)
			d.file(s, a)
		}
		shows(t, p, news.Everything, 5+2*base/100)
		whole := get(t, srv, path, "Accept-Encoding", "identity")
		for _, tag := range []string{etag, zipped, "W/" + etag, `"older", ` + etag} {
			delta := get(t, srv, path, "A-IM", "vcdiff, feed", "If-None-Match", tag)
			if delta.status != 226 || delta.header.Get("IM") != "feed" || delta.header.Get("ETag") != whole.header.Get("ETag") || delta.header.Get("Content-Type") != f.ContentType() {
				t.Fatalf("%s %s: %d %v", f, tag, delta.status, delta.header)
			}
			if got := titles(t, f, delta.body); !slices.Equal(got, numbered(base+1, base)) {
				t.Errorf("%s: the delta has %v", f, got)
			}
		}
		for name, headers := range map[string][]string{
			"an ETag of nobody":   {"A-IM", "feed", "If-None-Match", `"nobody"`},
			"no ETag":             {"A-IM", "feed"},
			"another method":      {"A-IM", "vcdiff, gzip", "If-None-Match", etag},
			"a weight of nothing": {"A-IM", "feed;q=0", "If-None-Match", etag},
			"no A-IM":             {"If-None-Match", etag},
		} {
			if got := get(t, srv, path, append(headers, "Accept-Encoding", "identity")...); got.status != 200 || string(got.body) != string(whole.body) {
				t.Errorf("%s with %s: %d, want it whole", f, name, got.status)
			}
		}
	}
}

// What was withdrawn, corrected or moved since is right in a delta.
func TestDeltaAfterWithdrawal(t *testing.T) {
	d, p, srv := stocked(t, 5, Options{})
	tags := map[news.Format]string{}
	for _, f := range []news.Format{news.RSS, news.Atom, news.JSON} {
		tags[f] = get(t, srv, "/topics/tat-ca."+string(f), "Accept-Encoding", "identity").header.Get("ETag")
	}
	s, a := aStory(2) // withdrawn
	s.Withdrawn = t0
	d.file(s, a)
	shows(t, p, news.Everything, 4)
	s, a = aStory(3) // said anew
	s.Title, a.Title = "Đính chính tin thử số 3", "Đính chính tin thử số 3"
	d.file(s, a)
	s, a = aStory(7)
	d.file(s, a)
	shows(t, p, news.Everything, 5)
	eventually(t, "the new title is shown", func() bool {
		return slices.Contains(titles(t, news.JSON, get(t, srv, "/topics/tat-ca.json").body), "Đính chính tin thử số 3")
	})
	for f, tag := range tags {
		delta := get(t, srv, "/topics/tat-ca."+string(f), "A-IM", "feed", "If-None-Match", tag)
		got := titles(t, f, delta.body)
		slices.Sort(got)
		want := append(numbered(7), "Đính chính tin thử số 3")
		slices.Sort(want)
		if delta.status != 226 || !slices.Equal(got, want) {
			t.Errorf("%s: %d %v, want %v", f, delta.status, got, want)
		}
	}
}

// A reader who is too far behind gets it whole; the memory is bounded.
func TestDeltaForgets(t *testing.T) {
	var d deltas
	out := func(n int) news.Output {
		return news.Output{Channel: "c", Format: news.RSS, ETag: fmt.Sprint("t", n), Items: 2,
			Body: fmt.Appendf(nil, "<rss><item>%d</item>\n<item>%d</item></rss>", n, n-1)}
	}
	for n := range 100 {
		d.note(out(n))
		d.note(out(n))
	}
	if n := len(d.of["c.rss"].tags); n != deltaRevisions {
		t.Errorf("%d revisions are remembered, want %d", n, deltaRevisions)
	}
	if got := string(d.since(out(99), []string{`"t98"`})); got != "<rss><item>99</item></rss>" {
		t.Errorf("since the last: %s", got)
	}
	for _, tag := range []string{`"t0"`, `"t50"`, `"t68"`, ""} {
		if got := d.since(out(99), []string{tag}); got != nil {
			t.Errorf("since %s: %s, want it whole", tag, got)
		}
	}
	d.note(news.Output{Channel: "d", Format: news.RSS, ETag: "x", Items: 3, Body: []byte("<item>1</item>")}) // not as many as it says
	if d.of["d.rss"] != nil {
		t.Error("a document that cannot be taken apart is remembered")
	}
}

// Words of our formats in texts are not taken for the formats.
func TestDeltaOfHostileTexts(t *testing.T) {
	d := newDesk()
	for i, title := range []string{`</item><item>`, `</entry><entry>`, `"items":[{"title":"x"}]`, `\"items\":[[[`, `]]>}{`} {
		s, a := aStory(i)
		s.Title, a.Title, a.Summary = title, title, "<p>"+title+"</p>"
		d.file(s, a)
	}
	p, srv := start(t, d, Options{})
	shows(t, p, news.Everything, 5)
	hostileDelta(t, d, p, srv)
}

func hostileDelta(t *testing.T, d *desk, p *Publisher, srv *httptest.Server) {
	tags := map[news.Format]string{}
	for _, f := range []news.Format{news.RSS, news.Atom, news.JSON} {
		tags[f] = get(t, srv, "/topics/tat-ca."+string(f), "Accept-Encoding", "identity").header.Get("ETag")
	}
	s, a := aStory(50)
	d.file(s, a)
	shows(t, p, news.Everything, 6)
	for f, tag := range tags {
		delta := get(t, srv, "/topics/tat-ca."+string(f), "A-IM", "feed", "If-None-Match", tag)
		if got := titles(t, f, delta.body); delta.status != 226 || !slices.Equal(got, numbered(50)) {
			t.Errorf("%s: %d %v", f, delta.status, got)
		}
	}
}

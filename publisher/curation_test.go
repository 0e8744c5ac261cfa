package publisher

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tinhub/news"
)

// pin has editors pin a story in a channel.
func pin(s news.Story, channel, rank string) news.Story {
	s.Filings = slices.Clone(s.Filings)
	for i := range s.Filings {
		if s.Filings[i].Channel == channel {
			s.Filings[i].Pin = rank
		}
	}
	s.Curation = &news.Curation{Places: map[string]news.Placed{channel: {Pinned: true, Rank: rank}}}
	return s
}

// TestPinnedFirst: what editors pinned stands first in every format, in the order of
// the pins, once, within the limit, and whatever its source's share is.
func TestPinnedFirst(t *testing.T) {
	d := newDesk()
	for n := range 12 {
		s, a := aStory(n, "nong-thon-moi")
		switch n {
		case 0, 3: // of one source
			s = pin(s, "nong-thon-moi", string(rune('a'+n)))
		case 6:
			s.Curation = &news.Curation{Places: map[string]news.Placed{"nong-thon-moi": {Place: "x"}}}
		}
		d.file(s, a)
	}
	set := settings()
	set.Topics[0].Limit, set.Topics[0].PerSource = 6, 1
	if got, want := collected(t, d, set, "nong-thon-moi"), []string{id(3), id(0), id(11), id(10)}; !slices.Equal(got, want) {
		t.Errorf("chosen %q, want %q", got, want)
	}
	set.Topics[0].PerSource = 0
	want := []string{id(3), id(0), id(11), id(10), id(9), id(8)}
	if got := collected(t, d, set, "nong-thon-moi"); !slices.Equal(got, want) {
		t.Errorf("chosen %q, want %q", got, want)
	}
	if got := collected(t, d, set, news.Everything); got[0] != id(11) {
		t.Errorf("pinned elsewhere, too: %q", got)
	}
	for f, body := range inFormats(t, d, set, "nong-thon-moi") {
		text, at := strings.ReplaceAll(string(body), `\/`, "/"), -1
		for _, n := range []int{3, 0, 11, 10} {
			next := strings.Index(text, "/tin-"+strconv.Itoa(n)+".html")
			if next <= at {
				t.Errorf("%s: story %d stands at %d, after %d", f, n, next, at)
			}
			at = next
		}
		if again := inFormats(t, d, set, "nong-thon-moi")[f]; !bytes.Equal(body, again) {
			t.Errorf("%s: other bytes of the same state", f)
		}
		if f == news.HTML && strings.Index(text, pinnedLabel) > strings.Index(text, "/tin-3.html") {
			t.Error("the page does not say that they are pinned")
		}
	}
}

// inFormats is a channel in every format.
func inFormats(t *testing.T, d *desk, set Settings, channel string) map[news.Format][]byte {
	t.Helper()
	p := New(d.deps(), Options{Settings: set})
	v := p.view.Load()
	c := v.byID[channel]
	entries, err := p.collect(t.Context(), v, c, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	next, err := v.revise(c, entries, nil, 0, t0)
	if err != nil {
		t.Fatal(err)
	}
	out := map[news.Format][]byte{}
	for _, o := range next {
		out[o.Format] = o.Body
	}
	return out
}

// TestNoteIsShownApart: the editors' note stands in every format, as text and not
// as what it would be in HTML, and is not taken for the agency's words.
func TestNoteIsShownApart(t *testing.T) {
	d := newDesk()
	s, a := aStory(1, "nong-thon-moi")
	plain := inFormats(t, withStory(s, a), settings(), "nong-thon-moi")
	s.Curation = &news.Curation{Note: `Số liệu đã rà lại <img src=x onerror=alert(1)> & "trích"`,
		Moved: map[string]time.Time{"nong-thon-moi": t0.Add(time.Hour)}}
	d.file(s, a)
	for f, body := range inFormats(t, d, settings(), "nong-thon-moi") {
		text := string(body)
		if !strings.Contains(text, "Ghi chú của ban biên tập") || !strings.Contains(text, "Số liệu đã rà lại") || bytes.Equal(body, plain[f]) {
			t.Errorf("%s has no note: %s", f, text)
		}
		if f == news.JSON { // its "note" is text
			_, text, _ = strings.Cut(text, `"content_html":"`)
			text, _, _ = strings.Cut(text, `"_tinhub"`)
		}
		if strings.Contains(text, "<img src=x") {
			t.Errorf("%s: the note became markup", f)
		}
		if f == news.Atom && !strings.Contains(text, "<updated>2026-11-03T10:00:00+07:00</updated>") {
			t.Errorf("moving it did not date the document: %.600s", text)
		}
	}
}

func withStory(s news.Story, a news.Article) *desk {
	d := newDesk()
	d.file(s, a)
	return d
}

// TestPlacedStandsAmongOthers: a story that an editor put elsewhere opens no day of
// its own on the page.
func TestPlacedStandsAmongOthers(t *testing.T) {
	v := newView(settings())
	c := v.byID["nong-thon-moi"]
	var entries []entry
	for i, n := range []int{3000, 1, 2999} {
		s, a := aStory(n)
		e := v.compose(s, a, time.Time{})
		e.placed = i == 1
		entries = append(entries, e)
	}
	days, err := v.days(v.document(c, entries, time.Time{}), entries, c.order)
	if err != nil || len(days) != 1 || len(days[0].Stories) != 3 || !strings.Contains(string(days[0].Stories[1]), "09:01, 3/11/2026") {
		t.Errorf("%+v, %v", days, err)
	}
}

package publisher

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tinhub/news"
)

func indexed(stories map[string][2]string) *index {
	x := &index{}
	x.reset()
	n := int64(0)
	for _, id := range sortedIDs(stories) {
		n++
		x.put(id, n, stories[id][0], stories[id][1])
	}
	return x
}

func found(x *index, q string) []string {
	var ids []string
	for _, f := range x.find(parseQuery(q)) {
		ids = append(ids, f.story)
	}
	return ids
}

func TestSearch(t *testing.T) {
	x := indexed(map[string][2]string{
		"a": {"Xây dựng nông thôn mới ở Hòa Bình", "Xã đạt chuẩn năm 2025."},
		"b": {"Báo chí và nông dân", "Tờ báo của nông thôn, đổi mới từng ngày."},
		"c": {"Bão số 9 đổ bộ", "Nông dân miền Trung chống bão"},
		"d": {"Kỷ niệm Cách mạng Tháng Tám", "Thôn mới nông"},
	})
	for q, want := range map[string][]string{
		"nông thôn mới":               {"d", "b", "a"},
		`"nông thôn mới"`:             {"a"},
		`“nông thôn mới”`:             {"a"},
		"nong thon moi":               {"d", "b", "a"},
		`"nong thon moi"`:             {"a"},
		"báo":                         {"b"},
		"bão":                         {"c"},
		"bao":                         {"c", "b"},
		"NÔNG DÂN":                    {"c", "b"},
		"hoà bình":                    {"a"},
		"hòa bình":                    {"a"},
		"kỉ niệm":                     {"d"},
		"bão nông dân":                {"c"},
		`"nông dân" báo`:              {"b"},
		`"nông dân`:                   {"c", "b"},
		"2025":                        {"a"},
		"máy bay":                     nil,
		"":                            nil,
		`""`:                          nil,
		"!!!":                         nil,
		`"Hòa Bình Xã"`:               nil, // not across title and lede
		"hòa bình nông thôn xã không": nil,
	} {
		if got := found(x, q); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", q, got, want)
		}
	}
}

func TestIndexFollowsEdits(t *testing.T) {
	x := indexed(map[string][2]string{"a": {"Lúa", ""}, "b": {"Lúa", ""}})
	x.put("a", 1, "Ngô", "")
	if got := found(x, "lúa"); !slices.Equal(got, []string{"b"}) {
		t.Errorf("the old title is still found: %v", got)
	}
	if got := found(x, "ngô"); !slices.Equal(got, []string{"a"}) {
		t.Errorf("the new title is not found: %v", got)
	}
	x.remove("b")
	if n, _ := x.size(); n != 1 || found(x, "lúa") != nil {
		t.Errorf("%d stories, %v", n, found(x, "lúa"))
	}
}

// Whatever is put, changed and removed, and however often it is packed, the
// index finds what a plain look through all titles would.
func TestIndexAgainstAPlainLook(t *testing.T) {
	words := []string{"lúa", "lụa", "lua", "ngô", "xã", "thôn", "nông", "mới"}
	rapid.Check(t, func(t *rapid.T) {
		x := &index{}
		x.reset()
		model := map[string][]string{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			id := fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "story"))
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0:
				x.remove(id)
				delete(model, id)
			case 1:
				x.mu.Lock()
				x.pack()
				x.mu.Unlock()
			default:
				title := rapid.SliceOfN(rapid.SampledFrom(words), 1, 5).Draw(t, "title")
				text := ""
				for _, w := range title {
					text += w + " "
				}
				x.put(id, 0, text, "")
				model[id] = title
			}
		}
		w := rapid.SampledFrom(words).Draw(t, "query")
		var want []string
		for _, id := range sortedIDs(model) {
			if slices.ContainsFunc(model[id], func(have string) bool {
				return have == w || !news.Marked(w) && news.Syllables(nil, have)[0].Bare == news.Syllables(nil, w)[0].Bare
			}) {
				want = append(want, id)
			}
		}
		if got := found(x, w); !slices.Equal(got, want) {
			t.Fatalf("%q: %v, want %v", w, got, want)
		}
		if n, bytes := x.size(); n != len(model) || bytes < 0 {
			t.Fatalf("%d stories of %d, %d bytes", n, len(model), bytes)
		}
	})
}

func TestSearchHidesWhatIsNotPublic(t *testing.T) {
	d, p, srv := stocked(t, 3, Options{})
	s, a := aStory(7)
	s.Title, s.Filings = "Tin còn giữ lại", []news.Filing{{Channel: news.Everything, From: time.Now().Add(time.Hour)}}
	d.file(s, a)
	gone, b := aStory(1, "nong-thon-moi")
	gone.Withdrawn = t0
	d.file(gone, b)
	eventually(t, "the withdrawn one left the index", func() bool { n, _ := p.index.size(); return n == 2 })
	if res := get(t, srv, "/search?q=giu+lai"); contains(res.body, "Tin còn giữ lại") {
		t.Error("a held story is found")
	}
	for n, want := range map[int]struct {
		status   int
		headline string
	}{7: {404, "<h1>Không có trang này</h1>"}, 1: {410, "<h1>Tin đã được gỡ bỏ</h1>"}} {
		if res := get(t, srv, "/stories/"+id(n)); res.status != want.status || !contains(res.body, want.headline) {
			t.Errorf("story %d: %d %s", n, res.status, res.body)
		}
	}
}

func TestSearchPages(t *testing.T) {
	_, _, srv := stocked(t, 120, Options{})
	one, three := get(t, srv, "/search?q=tin"), get(t, srv, "/search?q=tin&page=3")
	if !contains(one.body, "120 tin, trang 1 trên 3") || !contains(one.body, "page=2") || contains(one.body, `rel="prev"`) {
		t.Error("the first page does not lead on")
	}
	if !contains(three.body, "Tin thử số 0 ") || contains(three.body, `rel="next"`) || !contains(three.body, "page=2") {
		t.Error("the last page is not the last")
	}
	if four := get(t, srv, "/search?q=tin&page=4"); four.status != 200 || !contains(four.body, "Không tìm thấy") {
		t.Errorf("beyond the last: %d", four.status)
	}
	etag := get(t, srv, "/search.atom?q=tin").header.Get("ETag")
	if res := get(t, srv, "/search.atom?q=tin", "If-None-Match", etag); res.status != 304 {
		t.Errorf("a search feed asked for again: %d", res.status)
	}
}

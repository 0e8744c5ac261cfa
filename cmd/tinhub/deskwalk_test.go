package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tinhub/cmd/tinhub/press"
)

// TestDeskWalk is an editor at the desk in a real browser: a story is pinned, moved,
// reworded with a hostile headline, hidden, filed by hand, merged with another and split
// from it, withdrawn, and each is taken back; every page fits a phone, is accessible, and
// the browser has nothing to complain about.
func TestDeskWalk(t *testing.T) {
	long(t)
	t.Parallel()
	ctx, complaints := openBrowser(t)
	p, papers := startPress(t, press.Options{Seed: 31, Initial: 9, Papers: healthyPapers()})
	addr := "127.0.0.1:" + freePort(t)
	environ := []string{"TINHUB_HTTP_LISTEN=" + addr, "TINHUB_SITE_PUBLIC_URL=http://" + addr}
	conf := writeConfig(t, "file:"+t.TempDir(), papers, "")
	h := start(t, environ, "serve", "-c", conf)
	for range 6 {
		p.Step()
	}
	h.awaitLedger(40*time.Second, p)
	if code, _, errs := once(t, nil, "một câu thật dài", "user", "add", "lan", "--role", "editor", "-c", conf); code != 0 {
		t.Fatalf("user add: %d %s", code, errs)
	}
	w := walk{t, ctx, h.base}
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	w.open("/admin/login")
	w.fill("name", "lan")
	w.fill("password", "một câu thật dài")
	w.press("main button")

	const desk = "/admin/desk?topic=nong-thon-moi"
	entries, err := h.feed("/topics/nong-thon-moi.json")
	if err != nil || len(entries) < 2 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	last := entries[len(entries)-1]
	form := fmt.Sprintf(`form:has(input[name="story"][value="%s"]) `, last.storyID())
	w.open(desk)
	w.sees("Bàn biên tập")
	w.press(form + `button[value="pin"]`)
	w.sees("Đã quyết định")
	w.sees("Được ghim|ĐƯỢC GHIM")
	h.within("pinned first", "/topics/nong-thon-moi", before(last.URL, entries[0].URL))
	w.press(`button[data-key="z"]`)
	h.within("taken back", "/topics/nong-thon-moi", before(entries[0].URL, last.URL))

	story := "desk/stories/" + last.storyID()
	w.open("/admin/" + story)
	w.fill("title", `<img src=x onerror="window.owned=1"> </script><script>window.owned=1</script>`)
	w.fill("note", `Ghi chú " onmouseover=window.owned=1 <svg onload=window.owned=1>`)
	w.press(`button[value="words"]`)
	w.sees("Đã quyết định")
	h.within("reworded", "/topics/nong-thon-moi", has("onmouseover", true))
	for _, page := range []string{"desk?topic=nong-thon-moi", story} {
		w.look("/admin/" + page)
	}
	for _, path := range []string{desk, "/admin/" + story, "/admin/desk/decisions", "/topics/nong-thon-moi", "/stories/" + last.storyID()} {
		w.open(path)
		if owned, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`!!window.owned || !!document.querySelector('main img[src="x"], main svg[onload]')`)); err != nil || owned {
			t.Errorf("%s: an editor's text became markup, %v", path, err)
		}
	}
	w.open(desk)
	w.press(form + `button[value="hide"]`)
	h.within("hidden", "/topics/nong-thon-moi", has(last.URL, false))
	w.press(form + `button[value="show"]`)
	h.within("shown again", "/topics/nong-thon-moi", has(last.URL, true))
	w.moves(h, entries[0], entries[1])
	w.files(h, last)
	w.mergesAndSplits(h, last, entries[0])
	w.withdraws(h, last)
	if c := complaints(); len(c) > 0 {
		t.Errorf("the browser complains: %s", strings.Join(c, "\n"))
	}
}

// sure answers yes to the question that a button asks, which has to be one with these
// words.
func (w walk) sure(selector, words string) {
	w.t.Helper()
	w.script(`sessionStorage.clear(); window.confirm = q => { sessionStorage.asked = q; return true }`)
	w.press(selector)
	asked, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`sessionStorage.asked || ''`))
	if err != nil || !strings.Contains(asked, words) {
		w.t.Errorf("%s asks %q, %v", selector, asked, err)
	}
}

// moves puts the first story of a topic behind the second.
func (w walk) moves(h *hub, first, second shown) {
	w.t.Helper()
	w.open("/admin/desk?topic=nong-thon-moi")
	w.press(fmt.Sprintf(`form:has(input[name="story"][value="%s"]) button[name="below"]`, first.storyID()))
	w.sees("Đã quyết định")
	h.within("moved down", "/topics/nong-thon-moi", before(second.URL, first.URL))
	w.press(`button[data-key="z"]`)
	h.within("moved back", "/topics/nong-thon-moi", before(first.URL, second.URL))
}

// files puts a story into a topic that its rule would not put it into, and takes it out.
func (w walk) files(h *hub, story shown) {
	w.t.Helper()
	const other = `form:has(input[name="topic"][value="hoc-tap-bac"]) `
	w.open("/admin/desk/stories/" + story.storyID())
	w.press(other + `button[value="in"]`)
	h.within("filed by hand", "/topics/hoc-tap-bac", has(story.URL, true))
	w.press(`button[data-key="z"]`)
	h.within("taken out again", "/topics/hoc-tap-bac", has(story.URL, false))
}

// mergesAndSplits makes one story of two, by the address of the other's article, and two of
// it again.
func (w walk) mergesAndSplits(h *hub, story, other shown) {
	w.t.Helper()
	w.open("/admin/desk/stories/" + story.storyID())
	w.fill("other", other.URL)
	w.press(`form[action$="/merge"] button`)
	w.sees("Đã quyết định")
	w.sees("2 bài")
	for _, s := range []shown{story, other} { // by a page of its own, or by the other's
		if status, _, body, err := h.get("/stories/" + s.storyID()); status != 200 || !strings.Contains(string(body), s.Title) {
			w.t.Errorf("merged: /stories/%s does not tell %q: %d, %v", s.storyID(), s.Title, status, err)
		}
	}
	h.within("merged", "/topics/nong-thon-moi", func(path, body string) error {
		if strings.Contains(body, "/stories/"+story.storyID()) && strings.Contains(body, "/stories/"+other.storyID()) {
			return errors.New("both are told")
		}
		return nil
	})
	w.do(chromedp.Click(`.copies .box:nth-of-type(2) input[name="article"]`))
	w.sure(`form[action$="/split"] button`, "Tách các bản")
	w.sees("Đã quyết định")
	h.within("split", "/topics/nong-thon-moi", func(path, body string) error {
		return cmp.Or(has(story.URL, true)(path, body), has(other.URL, true)(path, body))
	})
}

// withdraws takes an article out of everything by order, and lets it be shown again.
func (w walk) withdraws(h *hub, story shown) {
	w.t.Helper()
	const form = `form[action$="/withdraw"] `
	page := "/admin/desk/stories/" + story.storyID()
	w.open(page)
	w.script(`document.querySelector('` + form + `input[name="reason"]').value = 'Công văn số 1'`)
	w.sure(form+`button[value="withdraw"]`, "Gỡ bài này")
	w.sees("Đã quyết định")
	h.within("withdrawn", "/topics/nong-thon-moi", func(path, body string) error {
		if strings.HasSuffix(path, ".atom") {
			return has("deleted-entry", true)(path, body)
		}
		return has(story.URL, false)(path, body)
	})
	w.open(page)
	w.script(`document.querySelector('` + form + `input[name="reason"]').value = 'Công văn số 2'`)
	w.sure(form+`button[value="restore"]`, "Cho đăng lại")
	h.within("restored", "/topics/nong-thon-moi", has(story.URL, true))
}

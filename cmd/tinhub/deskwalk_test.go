package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tinhub/cmd/tinhub/press"
)

// TestDeskWalk is an editor at the desk in a real browser: a story is pinned,
// reworded with a hostile headline, hidden, and each is taken back; every page fits a
// phone, is accessible, and the browser has nothing to complain about.
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
	if c := complaints(); len(c) > 0 {
		t.Errorf("the browser complains: %s", strings.Join(c, "\n"))
	}
}

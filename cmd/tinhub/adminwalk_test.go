package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tinhub/cmd/tinhub/press"
)

// walkPictures names a folder where TestAdminWalk leaves pictures of its pages, if
// any: on a desk, on a phone, in the dark.
const walkPictures = "TINHUB_TEST_ADMIN_PICTURES"

// walkTold names a folder where TestAdminWalk leaves the pictures that the README
// tells the walk by, if any:
//
//	TINHUB_TEST_TOLD=$PWD/docs go test -run TestAdminWalk ./cmd/tinhub
const walkTold = "TINHUB_TEST_TOLD"

// TestAdminWalk is the walk of a new admin in a real browser: the one-time link, a
// source, lists of sources both ways, a rule with its preview, a partner, another account; every page fits a
// phone, and the browser has nothing to complain about.
func TestAdminWalk(t *testing.T) {
	long(t)
	t.Parallel()
	ctx, complaints := openBrowser(t)
	p, papers := startPress(t, press.Options{Seed: 31, Initial: 9, Papers: healthyPapers()})
	addr := "127.0.0.1:" + freePort(t)
	environ := []string{"TINHUB_HTTP_LISTEN=" + addr, "TINHUB_SITE_PUBLIC_URL=http://" + addr}
	h := start(t, environ, "serve", "-c", writeConfig(t, "file:"+t.TempDir(), papers[1:], ""))
	for range 4 {
		p.Step()
	}
	h.await(40*time.Second, "there is news", func() error {
		entries, err := h.feed("/topics/tat-ca.json")
		if err == nil && len(entries) < 8 {
			err = errors.New("not yet")
		}
		return err
	})
	w := walk{t, ctx, h.base}
	// The first use of a context starts the browser, which ends with it.
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`/admin/first\?key=[A-Z2-7]+`).FindString(h.logs.String())
	w.open(link)
	w.fill("name", "lan")
	w.fill("password", "một câu thật dài")
	w.told("walk-1-first")
	w.look(link)
	w.open(link)
	w.fill("name", "lan")
	w.fill("password", "một câu thật dài")
	w.press("main button")
	w.sees("Nguồn tin")

	w.open("/admin/sources/new")
	w.fill("url", papers[0].Feed)
	w.press(`button[formaction="/admin/sources/try"]`)
	w.sees("Kết quả đọc thử")
	w.told("walk-2-source")
	w.press(`button[data-key="s"]`)
	w.sees("Đã thêm.")

	w.feedless()
	w.lists(papers[0].Feed)

	w.open("/admin/topics/new")
	w.fill("id", "moi")
	w.fill("title", "Chuyên đề mới")
	w.fill("include_any", "nông thôn mới")
	w.script(`document.getElementById('rule').dispatchEvent(new Event('input'))`)
	w.sees("tin đã xem")
	w.told("walk-3-rule")
	w.press(`button[data-key="s"]`)
	w.sees("Đã lưu|Đã thêm")
	h.await(20*time.Second, "the topic has stories", func() error {
		entries, err := h.feed("/topics/moi.json")
		if err == nil && len(entries) == 0 {
			err = errors.New("none yet")
		}
		return err
	})

	w.open("/admin/partners")
	w.fill("id", "cong")
	w.fill("name", "Cổng thông tin")
	w.do(chromedp.Click(`input[name="with_key"]`))
	w.press(`form[action="/admin/partners"] button`)
	w.sees("chỉ hiện một lần")
	w.open("/admin/accounts")
	w.fill("box name", "minh")
	w.fill(`box password`, "một câu thật dài")
	w.press(`form[action="/admin/accounts"] button`)
	w.sees("minh")

	w.open("/admin/desk?topic=moi")
	w.press(`main button[value="pin"]`)
	w.sees("Bỏ ghim")
	w.told("walk-4-desk")
	w.partner(h)
	subscription := w.subscriptions(p, h)

	entries, err := h.feed("/topics/moi.json")
	if err != nil || len(entries) == 0 {
		t.Fatal(len(entries), err)
	}
	story := entries[0].storyID()
	for _, page := range []string{"sources", "sources?state=failing", "sources/new", "sources/import", "sources/agreements", "sources/at/" + papers[1].ID, "topics", "topics/new?like=nong-thon-moi", "topics/at/moi", "topics/at/moi/embed",
		"desk?topic=moi", "desk/stories/" + story, "desk/waiting", "desk/decisions",
		"partners", "subscriptions", subscription, "statistics", "alerts", "accounts", "audit", "me", "nowhere"} {
		w.look("/admin/" + page)
	}
	for _, page := range []string{"/", "/topics/moi", "/topics/tat-ca", "/provinces/ca-mau", "/search?q=n%C3%B4ng+th%C3%B4n", "/stories/" + story, "/embed/moi", "/embed/moi?theme=dark&size=small", "/nowhere"} {
		w.look(page)
	}
	site := newPartnerPage(t, h.base)
	site.shows(`<script async src="` + h.base + `/embed.js"></script><tinhub-feed topic="moi" items="5"><a href="` + h.base + `/topics/moi">moi</a></tinhub-feed>`)
	w.look(site.URL)
	w.open("/admin/me")
	w.press(`form[action="/admin/logout"] button`)
	w.sees("Đăng nhập")
	w.look("/admin/login")
	// Of the pages that are nowhere it says so.
	if c := slices.DeleteFunc(complaints(), func(c string) bool { return strings.Contains(c, "404") }); len(c) > 0 {
		t.Errorf("the browser complains: %s", strings.Join(c, "\n"))
	}
}

// feedless adds a paper without a feed by the selectors that its front page is guessed
// to be read by, with an agreement that ends soon; looks at its form on every screen
// before and after; and tries it once more on its own page.
func (w walk) feedless() {
	w.t.Helper()
	site := newFeedless(w.t)
	w.open("/admin/sources/new")
	w.fill("url", site.URL+"/tin-tuc")
	w.press(`button[formaction="/admin/sources/try"]`)
	w.sees("Đọc được từ trang")
	w.examine("/admin/sources/try-feedless")
	w.fill("id", "khong")
	w.fill("agreement_scope", "full")
	w.fill("agreement_number", "12/TT-2026")
	w.fill("agreement_to", time.Now().AddDate(0, 0, 9).Format(time.DateOnly))
	w.press(`button[data-key="s"]`)
	w.sees("Đã thêm.")
	if name, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`document.querySelector('h1').textContent`)); err != nil || name != "Báo Bến Lau" {
		w.t.Errorf("the paper is named %q, %v", name, err)
	}
	w.examine("/admin/sources/feedless")
	w.press(`form[action$="/khong/try"] button`)
	w.sees("Kết quả đọc thử")
	at, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`location.pathname + ' ' + document.querySelector('h1').textContent`))
	if err != nil || at != "/admin/sources/at/khong/try Báo Bến Lau" {
		w.t.Errorf("a try of a source that there is ends at %q, %v", at, err)
	}
	w.examine("/admin/sources/tried")
	w.open("/admin/sources/new")
	w.fill("sitemap", site.URL+"/news.xml")
	w.press(`button[formaction="/admin/sources/try"]`)
	w.sees("Xã Tân Lập khởi công công trình thứ 3")
	w.examine("/admin/sources/try-sitemap")
}

// lists brings sources in by a list of feeds, and has the list of all written, which
// has those and the one by this feed.
func (w walk) lists(feed string) {
	w.t.Helper()
	list := filepath.Join(w.t.TempDir(), "bao.opml")
	const brought = "https://bao-nhap.example.vn/rss/home.rss"
	if err := os.WriteFile(list, []byte(`<opml version="2.0"><body><outline text="Báo Nhập" type="rss" xmlUrl="`+brought+`"/><outline text="Tệp" type="rss" xmlUrl="file:///etc/passwd"/></body></opml>`), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.open("/admin/sources/import")
	w.do(chromedp.SetUploadFiles(`input[name="list"]`, []string{list}))
	w.press(`form:has(input[name="list"]) button`)
	w.sees("Báo Nhập")
	w.sees("file:///etc/passwd") // is refused, and said
	w.open("/admin/sources")
	written, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`(() => {
		const get = new XMLHttpRequest();
		get.open('GET', document.querySelector('a[href$="export.opml"]').href, false);
		get.send();
		return get.responseText })()`))
	if err != nil || !strings.Contains(written, brought) || !strings.Contains(written, feed) || strings.Contains(written, "passwd") {
		w.t.Errorf("%v, the list of all: %s", err, written)
	}
}

// newFeedless is a paper with a section page and a sitemap, and no feed.
func newFeedless(t *testing.T) *httptest.Server {
	title := func(i int) string {
		return fmt.Sprintf("Xã Tân Lập khởi công công trình thứ %d trong năm", i)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at := time.Now().Add(-time.Hour).Format(time.RFC3339)
		switch r.URL.Path {
		case "/tin-tuc":
			fmt.Fprint(w, `<!doctype html><html lang="vi"><head><title>Tin mới | Báo Bến Lau</title></head><body><nav><a href="/">Trang chủ</a></nav><div class="list">`)
			for i := range 8 {
				fmt.Fprintf(w, `<article class="tin"><h3><a href="/tin-%[1]d-10012%[1]d.html">%[2]s</a></h3><time datetime="%[3]s">vừa xong</time></article>`, i, title(i), at)
			}
			fmt.Fprint(w, "</div></body></html>")
		case "/news.xml":
			fmt.Fprint(w, `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">`)
			for i := range 4 {
				fmt.Fprintf(w, `<url><loc>http://%s/tin-%d.html</loc><news:news><news:title>%s</news:title><news:publication_date>%s</news:publication_date></news:news></url>`, r.Host, i, title(i), at)
			}
			fmt.Fprint(w, "</urlset>")
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	return srv
}

// subscriptions has somebody subscribe, sees the delivery, has it repeated, and
// says where the subscription's page is.
func (w walk) subscriptions(p *press.Press, h *hub) string {
	w.t.Helper()
	w.open("/admin/subscriptions")
	w.sees("Chưa có ai đăng ký nhận tin")
	l := newListener(w.t)
	resp, err := http.PostForm(h.base+"/hub", url.Values{
		"hub.mode": {"subscribe"}, "hub.topic": {h.base + "/topics/tat-ca.rss"}, "hub.callback": {l.URL + "/cb"},
	})
	if err != nil || resp.StatusCode != http.StatusAccepted {
		w.t.Fatal(resp, err)
	}
	resp.Body.Close()
	h.await(20*time.Second, "the subscription is listed", func() error {
		w.open("/admin/subscriptions")
		has, err := chromedp.Run(w.ctx, chromedp.Evaluate[bool](`!!document.querySelector('main article a')`))
		if err == nil && !has {
			err = errors.New("not yet")
		}
		return err
	})
	w.press("main article a")
	w.sees("Chưa gửi lần nào")
	p.Step()
	delivered := func(n int) func() error {
		return func() error {
			if _, _, have := l.last(); have < n {
				return fmt.Errorf("%d deliveries", have)
			}
			return nil
		}
	}
	h.await(40*time.Second, "something is delivered", delivered(1))
	h.await(10*time.Second, "the delivery is shown", func() error {
		w.do(chromedp.Reload())
		text, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`document.body.innerText`))
		if err == nil && !strings.Contains(text, "đã nhận") {
			err = errors.New("not yet")
		}
		return err
	})
	_, _, before := l.last()
	w.press(`form[action$="/replay"] button`)
	w.sees("Đang gửi lại")
	h.await(20*time.Second, "it is delivered again", delivered(before+1))
	at, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`location.pathname`))
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.TrimPrefix(at, "/admin/")
}

// partner takes the code that the admin page gives onto a partner's page, which
// shows the topic.
func (w walk) partner(h *hub) {
	w.t.Helper()
	w.open("/admin/topics/at/moi/embed")
	code, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`document.querySelector('code.code').textContent`))
	if err != nil {
		w.t.Fatal(err)
	}
	site := newPartnerPage(w.t, h.base)
	site.shows(code)
	w.do(chromedp.Navigate(site.URL))
	w.until("the topic on the partner's page", func() (bool, error) {
		text, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`(document.querySelector('tinhub-feed')?.shadowRoot || document.body).textContent`))
		entries, err2 := h.feed("/topics/moi.json")
		told := slices.ContainsFunc(entries, func(e shown) bool { return strings.Contains(text, e.Title) })
		return told && strings.Contains(text, "Chuyên đề mới"), errors.Join(err, err2)
	})
	w.told("walk-5-partner")
}

// A walk is somebody at a browser.
type walk struct {
	t    *testing.T
	ctx  context.Context
	base string
}

func (w walk) do(actions ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		text, _ := chromedp.Run(w.ctx, chromedp.Evaluate[string](`document.body.innerText`))
		w.t.Fatalf("%v; the page says:\n%s", err, tail(text, 1500))
	}
}

// open goes to a page of the hub's, or to an address elsewhere.
func (w walk) open(path string) {
	w.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = w.base + path
	}
	w.do(chromedp.Navigate(path))
}

// fill writes into a field of a form: "box password" is that of
// the form that adds an account.
func (w walk) fill(name, value string) {
	w.t.Helper()
	within := "main "
	if rest, ok := strings.CutPrefix(name, "box "); ok {
		within, name = `main form[action="/admin/accounts"] `, rest
	}
	w.script(fmt.Sprintf(`document.querySelector(%q).value = %q`, within+`[name="`+name+`"]`, value))
}

// script runs one, of which only the failure matters.
func (w walk) script(text string) {
	w.t.Helper()
	if _, err := chromedp.Run(w.ctx, chromedp.Evaluate[bool](`(() => { `+text+`; return true })()`)); err != nil {
		w.t.Fatalf("%s: %v", text, err)
	}
}

// press presses a button, and waits for the page that comes.
func (w walk) press(selector string) {
	w.t.Helper()
	w.script(`window.old = true`)
	w.do(chromedp.Click(selector))
	w.until("another page", func() (bool, error) {
		return chromedp.Run(w.ctx, chromedp.Evaluate[bool](`!window.old && document.readyState === 'complete'`))
	})
}

func (w walk) until(what string, is func() (bool, error)) {
	w.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		ok, err := is()
		if ok && err == nil {
			return
		}
		if time.Now().After(deadline) {
			text, _ := chromedp.Run(w.ctx, chromedp.Evaluate[string](`document.body.innerText`))
			w.t.Fatalf("no %s (%v); the page says:\n%s", what, err, tail(text, 1500))
		}
	}
}

func (w walk) sees(pattern string) {
	w.t.Helper()
	re := regexp.MustCompile(pattern)
	w.until(fmt.Sprintf("%q", pattern), func() (bool, error) {
		text, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](`document.body.innerText`))
		return re.MatchString(text), err
	})
}

// told keeps a picture for the README, where that is wanted.
func (w walk) told(name string) {
	w.t.Helper()
	folder := os.Getenv(walkTold)
	if folder == "" {
		return
	}
	w.do(chromedp.EmulateViewport(1100, 760))
	w.script(`document.activeElement.blur(); scrollTo(0, 0)`)
	png, err := chromedp.Run(w.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".png"), png, 0o644)
	}
	if err != nil {
		w.t.Error(err)
	}
}

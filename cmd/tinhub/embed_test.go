package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tinhub/cmd/tinhub/press"
)

// A partnerPage is a site on another origin, whose policy lets the hub's script run
// and be asked, and nothing else of it.
type partnerPage struct {
	*httptest.Server
	body atomic.Value // what the page shows below its heading
}

func newPartnerPage(t *testing.T, hub string) *partnerPage {
	t.Helper()
	p := &partnerPage{}
	p.shows("")
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/look.css" {
			w.Header().Set("Content-Type", "text/css")
			fmt.Fprint(w, `body{margin:0;font:17px/1.5 sans-serif;color:#222}h1{margin:0;padding:1rem 2rem;background:#8f1f14;color:#fff;font-size:1.4rem}main{max-width:36rem;margin:1.5rem 2rem}`)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; style-src 'self'; script-src %s; connect-src %s; img-src data:", hub, hub))
		fmt.Fprint(w, "<!doctype html><html lang=vi><title>Cổng</title><link rel=icon href=data:,><link rel=stylesheet href=/look.css><header><h1>Cổng thông tin xã</h1></header><main>", p.body.Load())
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *partnerPage) shows(body string) { p.body.Store(body) }

// TestWidget puts the widget on a partner's page, on another origin and under a
// strict policy, in a real browser: a public topic, one that is the partner's, and
// one that is not. Then the page for an iframe.
func TestWidget(t *testing.T) {
	long(t)
	t.Parallel()
	ctx, complaints := openBrowser(t)
	p, papers := startPress(t, press.Options{Seed: 41, Initial: 9, Papers: healthyPapers()})
	addr := "127.0.0.1:" + freePort(t)
	public := "http://" + addr
	partner := newPartnerPage(t, public)
	more := fmt.Sprintf(`
  - { id: rieng, title: Riêng, public: false, include: { any: [nông thôn mới] } }
  - { id: cam, title: Cấm, public: false, include: { any: [nông thôn mới] } }
partners:
  - { id: cong, name: Cổng, origins: [%q], topics: [rieng, nong-thon-moi], key: khoa }
`, partner.URL)
	h := start(t, []string{"TINHUB_HTTP_LISTEN=" + addr, "TINHUB_SITE_PUBLIC_URL=" + public}, "serve", "-c", writeConfig(t, "file:"+t.TempDir(), papers, more))
	for range 4 {
		p.Step()
	}
	var entries []shown
	h.await(40*time.Second, "the topic has stories", func() (err error) {
		if entries, err = h.feed("/topics/nong-thon-moi.json"); err == nil && len(entries) == 0 {
			err = errors.New("none yet")
		}
		return err
	})
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	w := walk{t, ctx, partner.URL}
	inside := func(id string) string {
		return fmt.Sprintf(`(() => { const e = document.getElementById(%q); return e && e.shadowRoot ? e.shadowRoot.textContent + ' ' + getComputedStyle(e.shadowRoot.querySelector('section')).display : '' })()`, id)
	}
	shows := func(id, want string) {
		t.Helper()
		w.until(id+" shows "+want, func() (bool, error) {
			text, err := chromedp.Run(ctx, chromedp.Evaluate[string](inside(id)))
			return strings.Contains(text, want), err
		})
	}
	body := fmt.Sprintf(`<script async src="%s/embed.js"></script>
<tinhub-feed id=a topic=nong-thon-moi items=50><a href="%s/topics/nong-thon-moi">Nông thôn mới</a></tinhub-feed>
<tinhub-feed id=b topic=rieng items=2></tinhub-feed>`, public, public)
	partner.shows(body)
	w.open("/")
	shows("a", entries[0].Title)
	shows("a", "Theo ")
	shows("b", "Riêng")
	if n, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.getElementById('b').shadowRoot.querySelectorAll('li').length`)); err != nil || n > 2 {
		t.Errorf("%d items of 2, %v", n, err)
	}
	if c := complaints(); len(c) > 0 {
		t.Errorf("under a strict policy the browser complains: %s", strings.Join(c, "\n"))
	}
	partner.shows(strings.Replace(body, "topic=rieng", "topic=cam", 1))
	w.open("/?2")
	shows("b", "chưa được phép")
	partner.shows(strings.Replace(body, "topic=rieng", "province=ca-mau", 1))
	w.open("/?3")
	shows("b", "Cà Mau")
	w.open("/?4") // and of the iframe's page itself
	w.do(chromedp.Navigate(public + "/embed/nong-thon-moi?items=3&theme=dark"))
	w.until("the iframe's page", func() (bool, error) {
		text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(e => e && e.shadowRoot ? e.shadowRoot.textContent : '')(document.querySelector('tinhub-feed'))`))
		return strings.Contains(text, entries[0].Title), err
	})
	for path, want := range map[string]int{"/embed/rieng": 403, "/embed/rieng?key=khoa": 200, "/embed/nope": 404, "/oembed?url=" + public + "/topics/nong-thon-moi": 200} {
		if status, _, _, err := h.get(path); err != nil || status != want {
			t.Errorf("%s: %d, %v", path, status, err)
		}
	}
	if _, _, metrics, err := h.get("/metrics"); err != nil || !strings.Contains(string(metrics), `tinhub_embed_views_total{partner="cong"}`) {
		t.Errorf("views are not counted, %v", err)
	}
}

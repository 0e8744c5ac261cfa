package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"tinhub/cmd/tinhub/press"
)

// screenshotFile names where TestBrowser leaves README.md's picture of a topic
// page, if anywhere:
//
//	TINHUB_TEST_PICTURE=$PWD/docs/topic.png go test -run TestBrowser ./cmd/tinhub
const screenshotFile = "TINHUB_TEST_PICTURE"

// openBrowser starts a headless Chromium, and gathers what its console complains
// about.
func openBrowser(t *testing.T) (context.Context, func() []string) {
	t.Helper()
	bin := needTool(t, "chromium", "chromium-browser", "google-chrome")
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(bin), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("lang", "vi"))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 8*time.Minute)
	t.Cleanup(cancel)
	var mu sync.Mutex
	var complaints []string
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithListener(func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			complaints = append(complaints, e.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			if e.Entry.Level == log.EntryLevelError {
				complaints = append(complaints, e.Entry.Text)
			}
		}
	}))
	t.Cleanup(cancel)
	return ctx, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return complaints
	}
}

// TestBrowser opens every kind of page on a phone and on a desk: it fits the
// screen, has what it promises, and the browser has nothing to complain about.
func TestBrowser(t *testing.T) {
	long(t)
	t.Parallel()
	ctx, complaints := openBrowser(t)
	p, papers := startPress(t, press.Options{Seed: 11, Initial: 9, Papers: healthyPapers()})
	addr := "127.0.0.1:" + freePort(t)
	environ := []string{"TINHUB_HTTP_LISTEN=" + addr, "TINHUB_SITE_PUBLIC_URL=http://" + addr} // icons come from public_url
	h := start(t, environ, "serve", "-c", writeConfig(t, "file:"+t.TempDir(), papers, ""))
	for range 4 {
		p.Step()
	}
	h.awaitLedger(40*time.Second, p)
	var entries []shown
	h.await(10*time.Second, "the topic has stories", func() (err error) {
		if entries, err = h.feed("/topics/nong-thon-moi.json"); err == nil && len(entries) == 0 {
			err = errors.New("none yet")
		}
		return err
	})
	pages := []struct{ path, has string }{
		{"/", "Nông thôn mới"},
		{"/topics/nong-thon-moi", entries[0].Title},
		{"/topics/tat-ca", p.Items()[0].Title},
		{"/provinces/ca-mau", "Cà Mau"},
		{"/search?q=n%C3%B4ng+th%C3%B4n+m%E1%BB%9Bi", entries[0].Title},
		{"/stories/" + storyOf(t, h), entries[0].Title},
	}
	for _, screen := range []struct {
		name          string
		width, height int64
		phone         bool
	}{{"phone", 375, 667, true}, {"desk", 1280, 900, false}} {
		for _, pg := range pages {
			title, text, overflow, err := look(ctx, h.base+pg.path, screen.width, screen.height, screen.phone)
			if err != nil {
				t.Fatalf("%s on a %s: %v", pg.path, screen.name, err)
			}
			if title == "" || !strings.Contains(strings.ToLower(text), strings.ToLower(pg.has)) {
				t.Errorf("%s on a %s: title %q, without %q", pg.path, screen.name, title, pg.has)
			}
			if overflow > 0 {
				t.Errorf("%s on a %s is %d pixels too wide", pg.path, screen.name, overflow)
			}
		}
	}
	if c := complaints(); len(c) > 0 {
		t.Errorf("the browser complains: %s", strings.Join(c, "\n"))
	}
	takePicture(t, ctx, h)
}

// look opens a page on a screen, and says by how many pixels it is too wide.
func look(ctx context.Context, address string, width, height int64, phone bool) (title, text string, overflow int, err error) {
	var how []chromedp.EmulateViewportOption
	if phone {
		how = append(how, chromedp.EmulateMobile)
	}
	if err = chromedp.Do(ctx, chromedp.EmulateViewport(width, height, how...), chromedp.Navigate(address)); err != nil {
		return
	}
	if title, err = chromedp.Run(ctx, chromedp.Title()); err != nil {
		return
	}
	if text, err = chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`)); err != nil {
		return
	}
	overflow, err = chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - window.innerWidth`))
	return
}

// storyOf is the id of the first story of a topic, as its JSON feed names it: a
// story that one paper tells has a page that no other page links.
func storyOf(t *testing.T, h *hub) string {
	t.Helper()
	_, _, body, err := h.get("/topics/nong-thon-moi.json")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(body), "/stories/")
	if !ok {
		t.Fatalf("the topic's feed names no story: %s", body)
	}
	return rest[:strings.IndexByte(rest, '"')]
}

// takePicture renews README.md's picture when it is asked to.
func takePicture(t *testing.T, ctx context.Context, h *hub) {
	name := os.Getenv(screenshotFile)
	if name == "" {
		return
	}
	err := chromedp.Do(ctx, chromedp.EmulateViewport(900, 760), chromedp.Navigate(h.base+"/topics/nong-thon-moi"))
	var png []byte
	if err == nil {
		png, err = chromedp.Run(ctx, chromedp.CaptureScreenshot())
	}
	if err == nil {
		err = os.WriteFile(name, png, 0o644)
	}
	if err != nil {
		t.Error(fmt.Errorf("take a picture: %w", err))
	}
}

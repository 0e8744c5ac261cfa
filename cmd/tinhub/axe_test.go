package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// The axe-core that pages are held to WCAG by, as the npm registry has it, and what
// the registry says its bytes are.
const (
	axePackage   = "https://registry.npmjs.org/axe-core/-/axe-core-4.14.1.tgz"
	axeIntegrity = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
)

// axeScript is axe-core, fetched once for all tests. Where the registry can't be
// reached it is "", and the pages are not looked at by it, unless the tests' tools
// are required.
func axeScript(t *testing.T) string {
	t.Helper()
	script, err := fetchAxe()
	if err != nil && os.Getenv("TINHUB_TEST_TOOLS") == "required" {
		t.Fatalf("axe-core: %v", err)
	}
	if err != nil {
		t.Logf("not looked at by axe-core: %v", err)
	}
	return script
}

var fetchAxe = sync.OnceValues(func() (string, error) {
	packed, err := axeTarball()
	if err != nil {
		return "", err
	}
	if sum := sha512.Sum512(packed); base64.StdEncoding.EncodeToString(sum[:]) != axeIntegrity {
		return "", fmt.Errorf("%s is not what it was: %d bytes", axePackage, len(packed))
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return "", err
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err != nil {
			return "", fmt.Errorf("%s has no axe.min.js: %w", axePackage, err)
		}
		if h.Name == "package/axe.min.js" {
			script, err := io.ReadAll(r)
			return string(script), err
		}
	}
})

// axeTarball is the package, kept from one run of the tests to the next.
func axeTarball() ([]byte, error) {
	kept := filepath.Join(os.TempDir(), "tinhub-test-"+filepath.Base(axePackage))
	if packed, err := os.ReadFile(kept); err == nil {
		if sum := sha512.Sum512(packed); base64.StdEncoding.EncodeToString(sum[:]) == axeIntegrity {
			return packed, nil
		}
	}
	client := http.Client{Timeout: 30 * time.Second}
	resp, err := client.Get(axePackage)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	packed, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err != nil || resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s, %w", axePackage, resp.Status, err)
	}
	_ = os.WriteFile(kept, packed, 0o600) // else it is fetched again
	return packed, nil
}

// screens are how a page is looked at.
var screens = []struct {
	name          string
	width, height int64
	dark          bool
}{{"desk", 1280, 900, false}, {"desk-dark", 1280, 900, true}, {"phone-dark", 390, 844, true}, {"phone", 390, 844, false}}

// look opens a page and looks at it on every screen, in light and dark: it is not too
// wide, axe-core finds no violation, and it keeps its picture where that is wanted.
func (w walk) look(path string) {
	w.t.Helper()
	w.open(path)
	w.examine(path)
}

// examine is look at the page that is open.
func (w walk) examine(path string) {
	w.t.Helper()
	axe := axeScript(w.t)
	if axe != "" {
		w.script(axe)
	}
	for i, s := range screens {
		w.do(emulate(s.dark), chromedp.EmulateViewport(s.width, s.height))
		overflow, err := chromedp.Run(w.ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - window.innerWidth`))
		if err != nil || overflow > 0 {
			w.t.Errorf("%s on a %s is %d pixels too wide, %v", path, s.name, overflow, err)
		}
		if axe != "" {
			w.accessible(path+" on a "+s.name, i == 0)
		}
		w.picture(path, s.name)
	}
	w.do(emulate(false), chromedp.EmulateViewport(1280, 900))
}

// emulate has the browser say that its user likes the dark, or the light.
func emulate(dark bool) chromedp.Action[chromedp.Void] {
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	})
}

// accessible asks axe-core, which was put into the page: all that it knows, or what
// colours and widths can break.
func (w walk) accessible(page string, all bool) {
	w.t.Helper()
	rules := `, runOnly: ['color-contrast', 'link-in-text-block', 'scrollable-region-focusable', 'target-size']`
	if all {
		rules = ""
	}
	found, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](
		`axe.run({resultTypes: ['violations']`+rules+`}).then(r => r.violations.map(v => v.id + ': ' + v.help + ' ' + v.nodes.map(n => n.html + ' ' + n.failureSummary).join(' ')).join('\n'))`,
		chromedp.EvalAwaitPromise))
	if err != nil || found != "" {
		w.t.Errorf("%s: axe-core says %.3000s, %v", page, found, err)
	}
}

// picture keeps one of what is shown, where that is wanted.
func (w walk) picture(path, screen string) {
	w.t.Helper()
	folder := os.Getenv(walkPictures)
	if folder == "" {
		return
	}
	png, err := chromedp.Run(w.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		name := strings.NewReplacer("/admin/", "", "/", "-", "?", "-", "%", "-").Replace(strings.TrimPrefix(path, w.base))
		err = os.WriteFile(filepath.Join(folder, name+"-"+screen+".png"), png, 0o644)
	}
	if err != nil {
		w.t.Error(err)
	}
}

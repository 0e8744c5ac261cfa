package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tinhub/cmd/tinhub/press"
)

// TestStatisticsAddUp: two processes on one store are asked by the same readers. What
// they count is told when they end, adds up, and no address is in it.
func TestStatisticsAddUp(t *testing.T) {
	t.Parallel()
	stores(t, func(t *testing.T, url string) {
		_, papers := startPress(t, press.Options{Seed: 51, Initial: 6, Papers: healthyPapers()})
		config := writeConfig(t, url, papers, "")
		serve := func() *hub {
			h := start(t, nil, "serve", "-c", config)
			h.await(40*time.Second, "it serves", func() error {
				status, _, _, err := h.get("/topics/tat-ca.atom")
				if err == nil && status != 200 {
					err = fmt.Errorf("%d", status)
				}
				return err
			})
			return h
		}
		visit := func(h *hub, subscribers int) {
			t.Helper()
			for _, r := range [][]string{
				{"/topics/tat-ca.rss", "User-Agent", "Miniflux/2.2"}, {"/topics/tat-ca.rss", "User-Agent", "Miniflux/2.2"},
				{"/topics/tat-ca.rss", "User-Agent", fmt.Sprintf("Feedly/1.0 (%d subscribers)", subscribers)},
				{"/topics/tat-ca.json", "User-Agent", "Mozilla/5.0", "Origin", "https://cong.example"},
			} {
				if status, _, _, err := h.get(r[0], r[1:]...); err != nil || status != 200 {
					t.Fatalf("%s: %d, %v", r[0], status, err)
				}
			}
		}
		one := serve()
		visit(one, 7)
		if strings.HasPrefix(url, "file:") { // an embedded store has one process at a time
			one.stop()
		}
		two := serve()
		visit(two, 8)
		one.stop()
		two.stop()
		h := serve()
		code, out, errs := once(t, nil, "", "token", "add", "ci", "--scope", "read", "-c", config)
		if code != 0 {
			t.Fatalf("token add: %d %s", code, errs)
		}
		c := apiClient{t, h.base, strings.TrimSpace(out)}
		said := ""
		for _, item := range c.must("GET", "/statistics?topic=tat-ca", "", 200)["items"].([]any) {
			if x := item.(map[string]any); x["output"] != "atom" { // the test's own
				said += fmt.Sprintf("%v by %v: %v requests, %v readers, %v claimed\n", x["output"], x["reader"], x["requests"], x["readers"], x["claimed"])
			}
			if strings.Contains(fmt.Sprint(item), "127.0.0.1") {
				t.Errorf("it tells addresses: %v", item)
			}
		}
		want := "rss by Feedly: 2 requests, 1 readers, 8 claimed\nrss by Miniflux: 4 requests, 1 readers, 0 claimed\nwidget by browser: 2 requests, 1 readers, 0 claimed\n"
		if said != want {
			t.Errorf("it says\n%swant\n%s", said, want)
		}
	})
}

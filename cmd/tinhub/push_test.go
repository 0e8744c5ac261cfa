package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"tinhub/cmd/tinhub/press"
)

// A reader hub that has another's output as its only source, and the clock's hand
// that polls it once an hour.
func readerConfig(t *testing.T, storeURL, port, upstream string) string {
	t.Helper()
	text := fmt.Sprintf(`site: { public_url: "http://127.0.0.1:%s" }
store: { url: %q }
http: { listen: "127.0.0.1:%s" }
publish: { limit: 1000 }
fetch: { schedule: "@every 1h", spacing: 0s, timeout: 5s, allow_networks: [127.0.0.0/8] }
sources:
  - { id: bao-nguon, name: "Báo nguồn", province: ca-mau, homepage: "https://bao-nguon.example/", url: "%s/topics/tat-ca.atom" }
`, port, storeURL, port, upstream)
	name := filepath.Join(t.TempDir(), "tinhub.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// metric sums the samples of a metric whose line begins so; 0 where there is none.
func (h *hub) metric(begins string) float64 {
	h.t.Helper()
	_, _, body, err := h.get("/metrics")
	if err != nil {
		return -1
	}
	sum := 0.0
	for _, m := range regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(begins)+`\S* (\S+)$`).FindAllStringSubmatch(string(body), -1) {
		v, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			h.t.Fatal(err)
		}
		sum += v
	}
	return sum
}

// TestPushFromAnotherTinhub: one tinhub subscribes at another's hub to its output,
// and has its news without polling: over both stores, through a kill -9 of the
// subscriber while news are printed, and with one subscription at the hub all along.
func TestPushFromAnotherTinhub(t *testing.T) {
	t.Parallel()
	stores(t, func(t *testing.T, storeURL string) {
		p, papers := startPress(t, press.Options{Seed: 7, Papers: healthyPapers()})
		upPort, port := freePort(t), freePort(t)
		up := startProcess(t, []string{"TINHUB_HTTP_LISTEN=127.0.0.1:" + upPort, "TINHUB_SITE_PUBLIC_URL=http://127.0.0.1:" + upPort},
			"serve", "-c", writeConfig(t, "file:"+filepath.Join(t.TempDir(), "up"), papers, ""))
		up.awaitLedger(30*time.Second, p)
		conf := readerConfig(t, storeURL, port, up.base)
		h := startProcess(t, nil, "serve", "-c", conf)
		same := func() error { return sameTitles(up, h) }
		h.await(30*time.Second, "the first poll brings all", same)
		h.await(30*time.Second, "the hub confirms the subscription", func() error {
			if n := h.metric(`tinhub_push_subscriptions{state="active"}`); n != 1 {
				return fmt.Errorf("%v active", n)
			}
			return nil
		})
		polls := h.metric("tinhub_polls_total")
		for range 3 {
			p.Step()
			up.awaitLedger(30*time.Second, p)
			h.await(20*time.Second, "news come without a poll", same)
		}
		if now := h.metric("tinhub_polls_total"); now != polls || h.metric(`tinhub_push_notifications_total{result="taken"}`) < 3 {
			t.Errorf("%v polls, %v before; %v notifications", now, polls, h.metric(`tinhub_push_notifications_total{result="taken"}`))
		}

		p.Step()
		h.kill() // with news on their way
		p.Step()
		up.awaitLedger(30*time.Second, p)
		h = startProcess(t, nil, "serve", "-c", conf)
		h.await(60*time.Second, "what came while it was dead comes", same)
		p.Step()
		up.awaitLedger(30*time.Second, p)
		h.await(30*time.Second, "and what comes afterwards", same)
		if n := h.metric("tinhub_polls_total"); n != 0 {
			t.Errorf("%v polls after the restart", n)
		}
		if n := up.metric("tinhub_hub_subscriptions"); n != 1 {
			t.Errorf("the hub has %v subscriptions of ours", n)
		}
		if n := up.metric(`tinhub_hub_requests_total{mode="subscribe"`); n != 1 {
			t.Errorf("the hub was asked %v times", n)
		}
		if code := h.stop(); code != exitDone {
			t.Errorf("exit code %d; the log:\n%s", code, tail(h.logs.String(), 3000))
		}
	})
}

// sameTitles says whether a hub shows every story that another does.
func sameTitles(up, h *hub) error {
	want, err := up.feed("/topics/tat-ca.json")
	if err != nil {
		return err
	}
	got, err := h.feed("/topics/tat-ca.json")
	if err != nil {
		return err
	}
	have := map[string]bool{}
	for _, e := range got {
		have[e.Title] = true
	}
	var missing []string
	for _, e := range want {
		if !have[e.Title] {
			missing = append(missing, e.Title)
		}
	}
	if len(missing) > 0 || len(want) == 0 {
		return fmt.Errorf("of %d stories %d are missing: %s", len(want), len(missing), tail(strings.Join(missing, "; "), 200))
	}
	return nil
}

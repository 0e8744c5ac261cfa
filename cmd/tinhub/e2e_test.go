package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"tinhub/cmd/tinhub/press"
)

// TestPublishedOnce is the main job over both stores: what papers with all their
// quirks print is shown once, in the right topic and province, and changes of
// theirs arrive.
func TestPublishedOnce(t *testing.T) {
	t.Parallel()
	stores(t, func(t *testing.T, url string) {
		p, papers := startPress(t, press.Options{Seed: 1})
		h := start(t, nil, "serve", "-c", writeConfig(t, url, papers, ""))
		h.awaitLedger(30*time.Second, p)
		for range 10 {
			p.Step()
		}
		h.awaitLedger(30*time.Second, p)
		h.await(10*time.Second, "the edited story shows its new lede", func() error {
			_, _, body, err := h.get("/topics/tat-ca.rss")
			if err == nil && !strings.Contains(string(body), "Số liệu được cập nhật") {
				err = fmt.Errorf("it does not in %d bytes", len(body))
			}
			return err
		})
		topic, err := h.feed("/topics/nong-thon-moi.json")
		if err != nil {
			t.Fatal(err)
		}
		inTopic := map[string]bool{}
		for _, e := range topic {
			inTopic[e.URL] = true
		}
		for _, it := range p.Items() {
			if it.Topic == "nong-thon-moi" && it.Kind == press.Story && it.Withdrawn.IsZero() && !inTopic[it.Link] {
				t.Errorf("%q (%s) is not in nong-thon-moi", it.Title, it.Section)
			}
		}
		ofProvince, err := h.feed("/provinces/ca-mau.json")
		if err != nil || len(ofProvince) < 4 {
			t.Errorf("Cà Mau has %d stories, %v", len(ofProvince), err)
		}
		checkStatesAndMetrics(t, h)
		if code := h.stop(); code != exitDone {
			t.Errorf("exit code %d; the log:\n%s", code, tail(h.logs.String(), 3000))
		}
	})
}

// checkStatesAndMetrics: the sick papers are counted by what ails them, and the
// hub is ready all the same.
func checkStatesAndMetrics(t *testing.T, h *hub) {
	t.Helper()
	h.await(30*time.Second, "metrics tell of the sick papers", func() error {
		_, _, body, err := h.get("/metrics")
		if err != nil {
			return err
		}
		for _, want := range []string{`tinhub_sources{state="not a feed"} 1`, `tinhub_sources{state="failing"} 2`, `tinhub_sources{state="new"} 0`} {
			if !strings.Contains(string(body), want) {
				return fmt.Errorf("no %s", want)
			}
		}
		return nil
	})
	h.awaitReady()
	if status, _, _, _ := h.get("/metrics", "X-Forwarded-For", "203.0.113.5"); status != 404 {
		t.Errorf("/metrics through a proxy: %d", status)
	}
}

// TestKillNine kills a real process again and again while papers print, and
// starts it anew: nothing is lost, and nothing told twice.
func TestKillNine(t *testing.T) {
	t.Parallel()
	kills := 6
	if testing.Short() {
		kills = 2
	}
	stores(t, func(t *testing.T, url string) {
		p, papers := startPress(t, press.Options{Seed: 2, Papers: healthyPapers()})
		conf := writeConfig(t, url, papers, "")
		for n := range kills {
			h := startProcess(t, nil, "serve", "-c", conf)
			// At another moment of the work each time: while the store opens, polls
			// are read, stories filed, outputs written.
			deadline := time.Now().Add(time.Duration(n*n)*150*time.Millisecond + 50*time.Millisecond)
			for time.Now().Before(deadline) {
				p.Step()
				time.Sleep(100 * time.Millisecond) // the pace of the editors
			}
			h.kill()
		}
		h := startProcess(t, nil, "serve", "-c", conf)
		h.awaitLedger(60*time.Second, p)
		if code := h.stop(); code != exitDone {
			t.Errorf("exit code %d; the log:\n%s", code, tail(h.logs.String(), 3000))
		}
	})
}

// TestTwoProcesses share one Redis: no tick is polled twice, no address asked
// twice at once, and when one ends the other goes on.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	url := startRedis(t)
	p, papers := startPress(t, press.Options{Seed: 3, Papers: healthyPapers()})
	conf := writeConfig(t, url, papers, "")
	began := time.Now()
	a := start(t, nil, "serve", "-c", conf)
	b := start(t, nil, "serve", "-c", conf)
	for range 10 {
		p.Step()
		time.Sleep(500 * time.Millisecond) // the pace of the editors: some ticks pass with news, some without
	}
	a.awaitLedger(30*time.Second, p)
	b.awaitLedger(30*time.Second, p)
	ticks := int(time.Since(began)/time.Second) + 3 // each begins at once, and one is under way
	for _, tr := range p.Traffic() {
		if tr.AtOnce > 1 {
			t.Errorf("%s%s was asked %d times at once", tr.Paper, tr.Path, tr.AtOnce)
		}
		if tr.Requests > ticks {
			t.Errorf("%s%s was asked %d times in %d ticks", tr.Paper, tr.Path, tr.Requests, ticks)
		}
	}
	a.stop()
	for range 5 {
		p.Step()
	}
	b.awaitLedger(40*time.Second, p)
}

// TestStoreAway kills Redis under a running hub: readers notice nothing, and
// after it is back nothing is behind.
func TestStoreAway(t *testing.T) {
	long(t)
	t.Parallel()
	port, dir := freePort(t), t.TempDir()
	first := runRedis(t, port, dir)
	p, papers := startPress(t, press.Options{Seed: 4, Papers: healthyPapers()})
	h := start(t, nil, "serve", "-c", writeConfig(t, "redis://127.0.0.1:"+port+"/0", papers, ""))
	h.awaitLedger(30*time.Second, p)
	_ = first.Process.Kill()
	_ = first.Wait()
	p.Step()
	// Long enough for every worker to fail and to be started again some times.
	for deadline := time.Now().Add(3 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		for _, path := range []string{"/", "/topics/tat-ca.rss", "/topics/nong-thon-moi", "/topics.opml"} {
			if status, _, body, err := h.get(path); err != nil || status != 200 {
				t.Fatalf("%s while the store is away: %d %v %s", path, status, err, tail(string(body), 200))
			}
		}
	}
	runRedis(t, port, dir)
	p.Step()
	h.awaitLedger(60*time.Second, p)
}

// TestReload: SIGHUP takes over a good file, and refuses a bad one with all its
// faults while the old one goes on.
func TestReload(t *testing.T) {
	t.Parallel()
	p, papers := startPress(t, press.Options{Seed: 5, Papers: healthyPapers()[:2]})
	conf := writeConfig(t, "file:data", papers, "")
	h := startProcess(t, nil, "serve", "-c", conf)
	h.awaitLedger(20*time.Second, p)
	good, err := os.ReadFile(conf)
	if err != nil {
		t.Fatal(err)
	}
	rewrite := func(text string) {
		if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := h.signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	rewrite(string(good) + "  - { id: nong-thon-moi, titel: x }\n")
	h.await(20*time.Second, "the bad file is refused", func() error {
		log := h.logs.String()
		for _, want := range []string{"did you mean", "refused"} {
			if !strings.Contains(log, want) {
				return fmt.Errorf("the log lacks %q", want)
			}
		}
		return nil
	})
	if entries, err := h.feed("/topics/nong-thon-moi.json"); err != nil {
		t.Errorf("after a refused file: %d entries, %v", len(entries), err)
	}
	rewrite(string(good) + "  - { id: tat-ca-bao, title: Mọi báo, include: { provinces: [can-tho, ca-mau] } }\n")
	h.await(10*time.Second, "the new topic is filled with what is kept", func() error {
		entries, err := h.feed("/topics/tat-ca-bao.json")
		if err == nil && len(entries) < 8 {
			err = fmt.Errorf("%d entries", len(entries))
		}
		return err
	})
}

// TestRoles: a process without the publish role has no pages, and says that it
// is ready; two with a role each do the work of one.
func TestRoles(t *testing.T) {
	t.Parallel()
	url := startRedis(t)
	p, papers := startPress(t, press.Options{Seed: 6, Papers: healthyPapers()[:3]})
	conf := writeConfig(t, url, papers, "")
	workers := start(t, nil, "serve", "-c", conf, "--roles", "fetch,curate")
	readers := start(t, nil, "serve", "-c", conf, "--roles", "publish")
	readers.awaitLedger(30*time.Second, p)
	if status, _, _, err := workers.get("/"); status != 404 || err != nil {
		t.Errorf("a process that publishes nothing answers / with %d, %v", status, err)
	}
	if status, _, body, err := workers.get("/readyz"); status != 200 || err != nil {
		t.Errorf("/readyz: %d %s %v", status, body, err)
	}
}

// TestPortTaken: a clear error at once, exit code 1.
func TestPortTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	environ := []string{"TINHUB_HTTP_LISTEN=" + l.Addr().String(), "TINHUB_STORE_URL=file:" + t.TempDir()}
	code, _, errs := once(t, environ, "", "serve")
	if code != exitFailed || !strings.Contains(errs, "in use by another program") {
		t.Errorf("exit code %d: %s", code, errs)
	}
}

// TestDemo: the first topic can be read within 5 seconds, with nothing given.
func TestDemo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := new(logs)
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"demo", "--listen", "127.0.0.1:0", "--every", "200ms"}, nil, strings.NewReader(""), out, new(logs))
	}()
	h := &hub{t: t, logs: out}
	h.await(20*time.Second, "a topic can be read", func() error {
		for line := range strings.Lines(out.String()) {
			if f := strings.Fields(line); len(f) == 2 && f[0] == "open" {
				h.base = strings.TrimSuffix(f[1], "/")
			}
			if strings.Contains(line, "the first topic can be read: ") {
				return nil
			}
		}
		return fmt.Errorf("not yet")
	})
	h.await(10*time.Second, "the topic that is named has stories", func() error {
		entries, err := h.feed("/topics/nong-thon-moi.json")
		if err == nil && len(entries) == 0 {
			err = fmt.Errorf("no entries")
		}
		return err
	})
	cancel()
	select {
	case code := <-ended:
		if code != exitDone {
			t.Errorf("exit code %d", code)
		}
	case <-time.After(30 * time.Second):
		t.Error("the demo does not end")
	}
}

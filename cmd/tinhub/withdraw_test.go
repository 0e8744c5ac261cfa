package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tinhub/cmd/tinhub/press"
	"tinhub/publisher/feed"
)

// command runs one command in process, to its end.
func command(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, nil, strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

// shows says whether a page of the hub, or a feed, names an address.
func (h *hub) shows(path, link string) (bool, error) {
	_, _, body, err := h.get(path)
	return strings.Contains(strings.ReplaceAll(string(body), `\/`, "/"), link), err
}

// TestWithdraw: over both stores, beside a running hub, an order takes a story out
// of everything within a second; what a paper takes down follows by itself, once
// it is confirmed; and an order that is taken back shows it again.
func TestWithdraw(t *testing.T) {
	t.Parallel()
	stores(t, func(t *testing.T, url string) {
		p, papers := startPress(t, press.Options{Seed: 4, Papers: healthyPapers()})
		conf := writeConfig(t, url, papers, "withdraw: { recheck: 1s, confirm: 1s }\n")
		h := start(t, nil, "serve", "-c", conf)
		h.awaitLedger(30*time.Second, p)
		var link string
		for _, it := range p.Items() {
			if it.Kind == press.Story {
				link = it.Link
			}
		}
		began := time.Now()
		code, out, errs := command(t, "withdraw", "-c", conf, link, "--reason", "Công văn số 1", "--json")
		var r withdrawnResult
		if err := json.Unmarshal([]byte(out), &r); code != exitDone || err != nil || r.State != "withdrawn" || r.Link != link {
			t.Fatalf("exit code %d, %q, %q, %v", code, out, errs, err)
		}
		h.awaitGone(20*time.Second, link)
		t.Logf("from the command to its absence: %s", time.Since(began))
		if ok, err := h.shows("/topics/tat-ca.atom", "at:deleted-entry"); !ok || err != nil {
			t.Errorf("Atom has no tombstone: %v", err)
		}
		if status, _, _, _ := h.get("/stories/" + r.Story); status != 410 {
			t.Errorf("its page answers %d", status)
		}
		for _, name := range []string{link, r.Story, feed.StoryID(r.Story)} {
			code, out, _ := command(t, "explain", "-c", conf, name)
			if code != exitDone || !strings.Contains(out, "Công văn số 1") || !strings.Contains(out, "shown nowhere") || strings.Contains(out, "shown as") {
				t.Errorf("explain %s: %d, %s", name, code, out)
			}
		}
		if code, _, errs := command(t, "withdraw", "-c", conf, link, "--reason", "lần nữa"); code != exitDone {
			t.Errorf("again: %d, %s", code, errs)
		}
		if code, _, errs := command(t, "withdraw", "-c", conf, link, "--reason", "xin lại", "--undo"); code != exitDone {
			t.Errorf("taken back: %d, %s", code, errs)
		}
		h.await(20*time.Second, "it is shown again", func() error {
			if ok, err := h.shows("/topics/tat-ca.json", link); !ok {
				return errors.Join(err, errors.New("not yet"))
			}
			return nil
		})
		h.awaitTakenDown(t, p)
		h.stop()
	})
}

// awaitTakenDown lets the press take a story down, and waits until the hub
// noticed.
func (h *hub) awaitTakenDown(t *testing.T, p *press.Press) {
	t.Helper()
	for range 20 {
		if d := p.Step(); d.Did == "took down" && len(d.Items) > 0 {
			h.awaitGone(20*time.Second, p.Items()[d.Items[0]-1].Link)
			return
		}
	}
	t.Error("the press took nothing down")
}

// awaitGone waits until nothing that the hub serves names an address.
func (h *hub) awaitGone(limit time.Duration, link string) {
	h.t.Helper()
	h.await(limit, "nothing names "+link, func() error {
		for _, path := range []string{"/topics/tat-ca.json", "/topics/tat-ca.rss", "/topics/tat-ca.atom", "/topics/tat-ca", "/search.json?q=tin", "/topics/tat-ca/archive/" + time.Now().Format("2006-01") + ".atom"} {
			if ok, err := h.shows(path, link); ok || err != nil {
				return errors.Join(err, fmt.Errorf("%s does", path))
			}
		}
		return nil
	})
}

func TestWithdrawRefused(t *testing.T) {
	conf := writeConfig(t, "file:"+t.TempDir(), []press.Address{{Paper: press.DemoPapers()[0], Homepage: "https://bao.example", Feed: "https://bao.example/rss"}}, "")
	for _, args := range [][]string{{"https://bao.example/x-1.html"}, {"https://bao.example/x-1.html", "--reason", " "}, {"x", "--reason", "y"}} {
		if code, _, errs := command(t, append([]string{"withdraw", "-c", conf}, args...)...); code != exitUsage {
			t.Errorf("%v: exit code %d, %s", args, code, errs)
		}
	}
	if code, _, errs := command(t, "withdraw", "-c", conf, "https://bao.example/x-1.html", "--reason", "y"); code != exitFailed || !strings.Contains(errs, "no article is known") {
		t.Errorf("exit code %d, %s", code, errs)
	}
}

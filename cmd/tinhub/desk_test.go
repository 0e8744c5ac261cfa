package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tinhub/cmd/tinhub/press"
)

// everyForm is a channel in all that readers read.
func everyForm(channel string) []string {
	return []string{channel + ".rss", channel + ".atom", channel + ".json", channel}
}

// storyID is the id of a shown entry's story.
func (s shown) storyID() string { return s.Tinhub.Story[strings.LastIndex(s.Tinhub.Story, "/")+1:] }

// within waits until all forms of a channel are as they should be, and says how long
// it took.
func (h *hub) within(what, channel string, holds func(path, body string) error) {
	h.t.Helper()
	began := time.Now()
	h.await(20*time.Second, what, func() error {
		for _, path := range everyForm(channel) {
			_, _, body, err := h.get(path)
			if err = cmp.Or(err, holds(path, strings.ReplaceAll(string(body), `\/`, "/"))); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
		return nil
	})
	h.t.Logf("%s: after %s", what, time.Since(began).Round(time.Millisecond))
}

// before says whether a text stands before another one.
func before(a, b string) func(path, body string) error {
	return func(_, body string) error {
		i, j := strings.Index(body, a), strings.Index(body, b)
		if i < 0 || j < 0 || i > j {
			return fmt.Errorf("%q stands at %d, %q at %d", a, i, b, j)
		}
		return nil
	}
}

// has says whether a text stands there, or does not.
func has(text string, want bool) func(path, body string) error {
	return func(_, body string) error {
		if strings.Contains(body, text) != want {
			return fmt.Errorf("%q: %t", text, !want)
		}
		return nil
	}
}

// deskRig is a hub with news and a program that may write.
func deskRig(t *testing.T, url, more string) (*hub, apiClient, string, *press.Press) {
	t.Helper()
	p, papers := startPress(t, press.Options{Seed: 41, Initial: 12, Papers: healthyPapers()})
	conf := writeConfig(t, url, papers, more)
	h := start(t, nil, "serve", "-c", conf)
	h.awaitLedger(40*time.Second, p)
	code, out, errs := once(t, nil, "", "token", "add", "desk", "--scope", "write", "-c", conf)
	if code != 0 {
		t.Fatalf("token add: %d %s", code, errs)
	}
	return h, apiClient{t, h.base, strings.TrimSpace(out)}, conf, p
}

// TestDesk: over both stores, what editors decide shows in every output, outlives a
// restart, and is taken back exactly.
func TestDesk(t *testing.T) {
	t.Parallel()
	stores(t, func(t *testing.T, url string) {
		h, c, conf, _ := deskRig(t, url, "")
		const topic, channel = "nong-thon-moi", "/topics/nong-thon-moi"
		var entries []shown
		h.await(20*time.Second, "its output has all that is filed under the topic", func() (err error) {
			filed := c.must("GET", "/topics/"+topic+"/stories", "", 200)["items"].([]any)
			if entries, err = h.feed(channel + ".json"); err == nil && (len(entries) < 3 || len(entries) != len(filed)) {
				err = fmt.Errorf("%d entries, %d filed", len(entries), len(filed))
			}
			return err
		})
		first, last := entries[0], entries[len(entries)-1]
		_, _, untouched, _ := h.get(channel + ".json")
		curation := "/stories/" + last.storyID() + "/curation"
		pin := c.must("PATCH", curation, `{"places":{"`+topic+`":{"pinned":true}}}`, 200)
		h.within("pinned first", channel, before(last.URL, first.URL))
		c.must("POST", "/topics/"+topic+"/stories/"+first.storyID()+"/move", `{"above":"`+last.storyID()+`"}`, 200)
		h.within("moved above the pin", channel, before(first.URL, last.URL))

		hostile := `Tít <script>alert(1)</script> & "khác"`
		c.must("PATCH", curation, fmt.Sprintf(`{"title":%q,"note":%q}`, hostile, "Đã rà lại <img src=x onerror=alert(2)>"), 200)
		h.within("headline and note", channel, func(path, body string) error {
			if path == channel && strings.Contains(body, "<script>alert") || strings.Contains(body, "<img src=x") && !strings.HasSuffix(path, ".json") {
				t.Fatalf("%s carries markup of the editor's text", path)
			}
			return errors.Join(has("khác", true)(path, body), has("Đã rà lại", true)(path, body), has("Ghi chú của ban biên tập", true)(path, body), has(last.URL, true)(path, body))
		})
		c.must("PATCH", "/stories/"+entries[1].storyID()+"/curation", `{"hidden":true}`, 200)
		h.within("hidden", channel, has(entries[1].URL, false))
		h.within("hidden", "/topics/tat-ca", has(entries[1].URL, false))
		if status, _, _, _ := h.get("/stories/" + entries[1].storyID()); status != 404 {
			t.Errorf("the page of a hidden story: %d", status)
		}
		if out := c.must("GET", "/topics/"+topic+"/stories?which=out", "", 200)["items"].([]any); len(out) != 1 {
			t.Errorf("kept out: %v", out)
		}
		h.stop()

		h = start(t, nil, "serve", "-c", conf)
		c.base = h.base
		h.within("after a restart", channel, func(path, body string) error {
			return errors.Join(before(first.URL, last.URL)(path, body), has("Đã rà lại", true)(path, body), has(entries[1].URL, false)(path, body))
		})
		if status, v := c.do("POST", "/decisions/"+pin["decision"].(string)+"/undo", ""); status != 200 {
			t.Errorf("undo a pin under later decisions: %d %v", status, v)
		}
		for _, d := range c.must("GET", "/decisions", "", 200)["items"].([]any) {
			one := d.(map[string]any)
			if one["undoes"] == nil && one["undone"] == nil {
				c.must("POST", "/decisions/"+one["id"].(string)+"/undo", "", 200)
			}
		}
		h.within("all taken back", channel, func(path, body string) error {
			var errs []error
			for i := 1; i < len(entries); i++ {
				errs = append(errs, before(entries[i-1].URL, entries[i].URL)(path, body))
			}
			return errors.Join(append(errs, has("Đã rà lại", false)(path, body), has("khác&", false)(path, body))...)
		})
		now, err := h.feed(channel + ".json")
		if err != nil || len(now) != len(entries) {
			t.Fatalf("%d entries of %d, %v", len(now), len(entries), err)
		}
		for i := range now {
			if now[i].ID != entries[i].ID || now[i].Title != entries[i].Title || now[i].Published != entries[i].Published {
				t.Errorf("entry %d was %+v and is %+v", i, entries[i], now[i])
			}
		}
		if _, _, body, _ := h.get(channel + ".json"); string(body) == string(untouched) {
			t.Error("its headline changed twice, and updated did not move")
		}
		h.stop()
	})
}

// TestDeskStories: over both stores, stories are merged, split and withdrawn by hand,
// and each is taken back.
func TestDeskStories(t *testing.T) {
	t.Parallel()
	stores(t, func(t *testing.T, url string) {
		h, c, _, _ := deskRig(t, url, "")
		const all = "/topics/tat-ca"
		entries, err := h.feed(all + ".json")
		if err != nil || len(entries) < 4 {
			t.Fatalf("%d entries, %v", len(entries), err)
		}
		one, two := entries[0], entries[1]
		undo := func(id any) { t.Helper(); c.must("POST", fmt.Sprintf("/decisions/%v/undo", id), "", 200) }
		merged := c.must("POST", "/stories/"+one.storyID()+"/merge", fmt.Sprintf(`{"stories":[%q],"reason":"cùng việc"}`, two.storyID()), 200)
		story := merged["stories"].([]any)[0].(map[string]any)
		survivor, gone := story["id"].(string), two.storyID()
		if survivor == gone {
			gone = one.storyID()
		}
		h.await(10*time.Second, "the two are one", func() error {
			now, err := h.feed(all + ".json")
			if err == nil && len(now) != len(entries)-1 {
				err = fmt.Errorf("%d entries of %d", len(now), len(entries))
			}
			return err
		})
		if v := c.must("GET", "/stories/"+gone, "", 200); v["id"] != survivor {
			t.Errorf("the other leads to %v", v["id"])
		}
		undo(merged["decision"])
		h.await(10*time.Second, "they are two again", func() error {
			now, err := h.feed(all + ".json")
			if err == nil && len(now) != len(entries) {
				err = fmt.Errorf("%d entries of %d", len(now), len(entries))
			}
			for i := range now {
				if err == nil && (now[i].ID != entries[i].ID || now[i].Title != entries[i].Title) {
					err = fmt.Errorf("entry %d is %+v, and was %+v", i, now[i], entries[i])
				}
			}
			return err
		})
		again := c.must("POST", "/stories/"+one.storyID()+"/merge", fmt.Sprintf(`{"stories":[%q]}`, two.storyID()), 200)
		members := again["stories"].([]any)[0].(map[string]any)["members"].([]any)
		second := members[1].(map[string]any)["article"].(string)
		split := c.must("POST", "/stories/"+survivor+"/split", fmt.Sprintf(`{"articles":[%q]}`, second), 200)
		if len(split["stories"].([]any)) != 2 {
			t.Errorf("split: %v", split)
		}
		undo(split["decision"])
		if v := c.must("GET", "/stories/"+survivor, "", 200); len(v["members"].([]any)) != len(members) || v["apart"] != nil {
			t.Errorf("the split was taken back: %v", v)
		}
		out := c.must("POST", "/articles/"+second+"/withdraw", `{"reason":"Công văn số 1","copies":true}`, 200)["articles"].([]any)
		h.awaitGone(10*time.Second, one.URL)
		h.awaitGone(10*time.Second, two.URL)
		if w := c.must("GET", "/waiting?list=withdrawn", "", 200)["items"].([]any); len(w) != 1 {
			t.Errorf("what was withdrawn: %v", w)
		}
		for _, x := range out {
			undo(x.(map[string]any)["decision"])
		}
		h.await(10*time.Second, "it is back", func() error {
			ok, err := h.shows(all+".json", "/stories/"+survivor)
			if err == nil && !ok {
				err = errors.New("not yet")
			}
			return err
		})
		h.stop()
	})
}

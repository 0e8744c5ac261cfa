package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
	"tinhub/store"
)

// pushOf is a subscription of ours for a source, n telling them apart.
func pushOf(source, n string) news.Push {
	id := news.PushID(shard, n+"0123456789abcdef0123456789abcdef"[len(n):])
	return news.Push{ID: id, Source: source, Address: "https://bao.example/rss", Hub: "https://hub.example/", Topic: "https://bao.example/rss",
		Secret: "bí mật", Since: noon, Asked: noon, Due: noon.Add(time.Minute)}
}

func note(p news.Push, body string, at time.Time) news.Notification {
	return news.Notification{Source: p.Source, Push: p.ID, Key: news.KeyOf(body), At: at, ContentType: "application/rss+xml", Body: []byte(body)}
}

// Subscriptions at hubs are written by the shard's owner and by whoever a hub
// told, and neither overwrites what the other wrote.
func facetPushes(t *testing.T, core store.Core) {
	s := store.NewPushes(core)
	a := val(s.SettlePush(t.Context(), lease("fetch", 2), pushOf("bao-mau", "a"), false)).or(t)
	val(s.SettlePush(t.Context(), lease("fetch", 2), pushOf("bao-khac", "b"), false)).or(t)
	list := val(s.Pushes(t.Context(), shard)).or(t)
	if len(list) != 2 || list[0].Source != "bao-khac" || list[1].ID != a.ID || list[1].Version != a.Version || a.Version == 0 {
		t.Fatalf("subscriptions: %+v", list)
	}
	if diff := cmp.Diff(a, val(s.Push(t.Context(), a.ID)).or(t)); diff != "" {
		t.Error(diff)
	}
	for _, id := range []string{"", "zz", pushOf("x", "c").ID, "ff" + a.ID[2:], a.ID + "/../x", "../" + a.ID} {
		if _, err := s.Push(t.Context(), id); !errors.Is(err, news.ErrNotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
	told := a
	told.Verified, told.Until = noon.Add(time.Second), noon.Add(time.Hour)
	must(t, s.AnswerPush(t.Context(), told))
	must(t, s.AnswerPush(t.Context(), told)) // the reply was lost
	a.Detail = "what the owner thinks, who has not seen that"
	if _, err := s.SettlePush(t.Context(), lease("fetch", 2), a, false); !errors.Is(err, news.ErrConflict) {
		t.Errorf("an old version is written: %v", err)
	}
	if _, err := s.SettlePush(t.Context(), lease("fetch", 2), a, true); !errors.Is(err, news.ErrConflict) {
		t.Errorf("an old version is dropped: %v", err)
	}
	now := val(s.Push(t.Context(), a.ID)).or(t)
	if !now.Until.Equal(told.Until) || now.Detail != "" {
		t.Errorf("what the hub said is lost: %+v", now)
	}
	if _, err := s.SettlePush(t.Context(), lease("fetch", 1), now, false); !errors.Is(err, news.ErrFenced) {
		t.Errorf("a former owner writes: %v", err)
	}
	again := pushOf("bao-mau", "a")
	again.Secret = "khác"
	if _, err := s.SettlePush(t.Context(), lease("fetch", 2), again, false); !errors.Is(err, news.ErrConflict) {
		t.Errorf("one is made twice: %v", err)
	}
	val(s.SettlePush(t.Context(), lease("fetch", 3), now, true)).or(t)
	matches(t, "subscriptions left", len(val(s.Pushes(t.Context(), shard)).or(t)), 1)
	if err := s.AnswerPush(t.Context(), told); !errors.Is(err, news.ErrConflict) && err != nil {
		t.Error(err)
	}
	matches(t, "one that was dropped does not come back", len(val(s.Pushes(t.Context(), shard)).or(t)), 1)
}

// A notification waits once however often it comes, in its order, up to a limit
// of its source's own, and is taken off with its news.
func facetNotifications(t *testing.T, core store.Core) {
	s, w := store.NewPushes(core), store.NewWire(core, store.Keep{})
	mine, other := pushOf("bao-mau", "a"), pushOf("bao-mau-2", "b") // its name begins as mine's does
	first, second := note(mine, "một", noon), note(mine, "hai", noon.Add(time.Second))
	for _, n := range []news.Notification{second, first, first, note(other, "khác", noon)} {
		if !val(s.Notify(t.Context(), n, 2)).or(t) {
			t.Errorf("%s is not taken", n.Body)
		}
	}
	if val(s.Notify(t.Context(), note(mine, "ba", noon), 2)).or(t) {
		t.Error("a third one is taken")
	}
	if !val(s.Notify(t.Context(), second, 2)).or(t) {
		t.Error("one that waits already is refused")
	}
	var order []string
	for _, n := range val(s.Notified(t.Context(), shard)).or(t) {
		got := val(s.Notification(t.Context(), shard, n.Source, n.Key)).or(t)
		if !got.At.Equal(n.At) || n.Body != nil || got.ContentType == "" || got.Key != n.Key {
			t.Errorf("named %+v, is %+v", n, got)
		}
		order = append(order, n.Source+" "+string(got.Body))
	}
	matches(t, "order", order, []string{"bao-mau-2 khác", "bao-mau một", "bao-mau hai"})

	read := poll(1, noon, entry("bao-mau", 1))
	read.Pushed = &first
	must(t, w.Record(t.Context(), read))
	must(t, w.Record(t.Context(), read)) // the reply was lost
	if _, err := s.Notification(t.Context(), shard, "bao-mau", first.Key); !errors.Is(err, news.ErrNotFound) {
		t.Errorf("it waits still: %v", err)
	}
	matches(t, "left", len(val(s.Notified(t.Context(), shard)).or(t)), 2)
	matches(t, "on the wire", len(val(core.Read(t.Context(), store.Paper(shard), "wire", "", 10)).or(t)), 1)

	fenced := poll(0, noon, entry("bao-mau", 2))
	fenced.Pushed = &second
	if err := w.Record(t.Context(), fenced); !errors.Is(err, news.ErrFenced) {
		t.Error(err)
	}
	matches(t, "left after a former owner", len(val(s.Notified(t.Context(), shard)).or(t)), 2)
	if _, err := s.Notify(t.Context(), news.Notification{Source: "bao-mau", Push: "nonsense"}, 2); !errors.Is(err, news.ErrNotFound) {
		t.Errorf("one of no subscription: %v", err)
	}
}

// What nobody comes back for is swept.
func facetPushesSwept(t *testing.T, core store.Core) {
	s := store.NewPushes(core)
	p := val(s.SettlePush(t.Context(), lease("fetch", 1), pushOf("bao-mau", "a"), false)).or(t)
	val(s.Notify(t.Context(), note(p, "một", noon), 2)).or(t)
	sweeper := store.NewSweeper(core, store.Keep{})
	left := func(after time.Duration) (pushes, notes int) {
		val(sweeper.Sweep(t.Context(), noon.Add(after), 0)).or(t)
		return len(val(s.Pushes(t.Context(), shard)).or(t)), len(val(s.Notified(t.Context(), shard)).or(t))
	}
	for _, c := range []struct {
		days          int
		pushes, notes int
	}{{6, 1, 1}, {8, 1, 0}, {29, 1, 0}, {31, 0, 0}} {
		if p, n := left(time.Duration(c.days) * 24 * time.Hour); p != c.pushes || n != c.notes {
			t.Errorf("after %d days: %d subscriptions and %d notifications", c.days, p, n)
		}
	}
}

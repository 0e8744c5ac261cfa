package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/config"
	"tinhub/news"
	"tinhub/publisher"
	"tinhub/store"
	"tinhub/store/sqlite"
)

func declaring(ids ...string) settings {
	var s settings
	for _, id := range ids {
		s.Sources = append(s.Sources, news.Source{ID: id, Name: "declared", Enabled: true})
	}
	return s
}

func keeping(ids ...string) (k kept) {
	for _, id := range ids {
		k.Sources = append(k.Sources, news.Source{ID: id, Name: "kept", Enabled: true})
	}
	return k
}

// TestRosterJoins: one truth for each thing: what the file declares.
func TestRosterJoins(t *testing.T) {
	r := newRoster(declaring("a", "b"), keeping("b", "c"))
	names := func() map[string]string {
		m := map[string]string{}
		for _, s := range r.Sources() {
			m[s.ID] = s.Name
		}
		return m
	}
	if d := cmp.Diff(map[string]string{"a": "declared", "b": "declared", "c": "kept"}, names()); d != "" {
		t.Error(d)
	}
	r.declare(declaring("a"))
	if d := cmp.Diff(map[string]string{"a": "declared", "b": "kept", "c": "kept"}, names()); d != "" {
		t.Errorf("once the file no longer declares b: %s", d)
	}
}

// TestWaiting: what a reread file changes and only a restart takes over is named,
// and nothing else is.
func TestWaiting(t *testing.T) {
	const file = "site: { title: A }\nsources: [{ id: a, url: \"https://a.example.vn/rss\" }]\n"
	for _, c := range []struct {
		environ string
		want    []string
	}{
		{"TINHUB_SITE_TITLE=A", nil},
		{"TINHUB_PUBLISH_LIMIT=10", nil},
		{"TINHUB_SITE_OWNER=B", nil},
		{"TINHUB_STORE_URL=file:elsewhere", []string{"store.url"}},
		{"TINHUB_HTTP_METRICS_FROM=10.0.0.0/8", []string{"http"}},
		{"TINHUB_FETCH_ALLOW_NETWORKS=10.0.0.0/8", []string{"fetch"}},
		{"TINHUB_HUB_LEASE=9d", []string{"hub"}},
		{"TINHUB_WITHDRAW_CONFIRM=1h", []string{"withdraw"}},
		{"TINHUB_KEEP_AUDIT=1000d", []string{"keep"}},
		{"TINHUB_PUBLISH_EMBARGO=1h", []string{"publish.embargo"}},
		{"TINHUB_PUBLISH_WITHOUT_AGREEMENT=link", []string{"publish.without_agreement (the admin pages)"}},
		{"TINHUB_PUBLISH_AGREEMENT_NOTICE=60d", []string{"publish.agreement_notice"}},
		{"TINHUB_SITE_TIMEZONE=UTC", []string{"site.timezone (the fetcher, the admin pages)"}},
		{"TINHUB_SITE_TITLE=B", []string{"site.title (the admin pages)"}},
		{"TINHUB_SITE_PUBLIC_URL=https://b.example.vn", []string{"fetch", "site.public_url (the admin pages, callbacks)"}},
	} {
		read := func(environ ...string) settings {
			s, faults := config.Parse("tinhub.yaml", []byte(file), environ)
			if err := faults.Err(); err != nil {
				t.Fatal(err)
			}
			return settings{s}
		}
		if d := cmp.Diff(c.want, waiting(read(), read(c.environ))); d != "" {
			t.Errorf("%s: %s", c.environ, d)
		}
	}
}

// TestRosterTells: changes are told once, merged, and only when there are any.
func TestRosterTells(t *testing.T) {
	r := newRoster(declaring("a"), keeping("b"))
	changed := r.changes()
	told := func() bool {
		select {
		case <-changed:
			return true
		default:
			return false
		}
	}
	if r.keep(keeping("b")) || told() {
		t.Error("told of a store that is as it was")
	}
	if !r.keep(keeping("b", "c")) || !r.keep(keeping("c")) || !told() || told() {
		t.Error("two changes of the store are not told once")
	}
	r.declare(declaring())
	if !told() {
		t.Error("a reread file is not told of")
	}
}

// openTest opens an embedded store for a test.
func openTest(t *testing.T) store.Core {
	t.Helper()
	core, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), fileName), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { core.Close() })
	return core
}

// TestRosterFollows the store: what another process puts there arrives.
func TestRosterFollows(t *testing.T) {
	core := openTest(t)
	r := newRoster(declaring("a"), kept{})
	changed := r.changes()
	go func() { _ = r.follow(t.Context(), core, slog.New(slog.DiscardHandler)) }()
	if _, err := keptSources(core).Put(t.Context(), "c", 0, news.Source{ID: "c", Name: "kept"}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-changed:
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was told in 10 s")
	}
	if n := len(r.Sources()); n != 2 {
		t.Errorf("%d sources", n)
	}
}

// TestOverview counts what the first page says of the sources, from states that
// are read anew only when they are old.
func TestOverview(t *testing.T) {
	core := openTest(t)
	s := declaring("a", "b", "c", "off")
	s.Sources[3].Enabled = false
	o := &overview{wire: store.NewWire(core, store.Keep{}), roster: newRoster(s, kept{})}
	if got, want := o.status(t.Context()), (publisher.Status{Sources: 3}); got != want {
		t.Errorf("before any poll: %+v, want %+v", got, want)
	}
	at := time.Date(2026, 9, 7, 12, 0, 0, 0, time.UTC)
	record := func(id string, h news.Health) {
		lease, err := store.NewLeases(core).Take(t.Context(), "paper-"+id, "test", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		err = o.wire.Record(t.Context(), news.Poll{Shard: 1, Lease: lease, State: news.SourceState{Source: id, Health: h, Last: at, LastNew: at}, Expires: at.Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
	}
	record("a", news.Unchanged)
	record("b", news.Failing)
	record("off", news.OK)
	if got := o.status(t.Context()); got.Polled != 0 {
		t.Errorf("states were read again at once: %+v", got)
	}
	o.at = o.at.Add(-overviewAge)
	if got, want := o.status(t.Context()), (publisher.Status{Sources: 3, Polled: 2, Reachable: 1, Latest: at}); got != want {
		t.Errorf("after three polls: %+v, want %+v", got, want)
	}
}

func TestParseRoles(t *testing.T) {
	for list, want := range map[string]int{"": 5, " ": 5, "fetch": 1, "fetch, curate": 2, "hub,admin,hub": 2} {
		if got, err := parseRoles(list); err != nil || len(got) != want {
			t.Errorf("%q: %v, %v", list, got, err)
		}
	}
	for _, list := range []string{"cook", "fetch,", "FETCH"} {
		if _, err := parseRoles(list); err == nil {
			t.Errorf("%q is taken", list)
		}
	}
}

// TestStoreNameHidesPasswords, which would otherwise stand in every log.
func TestStoreNameHidesPasswords(t *testing.T) {
	for url, want := range map[string]string{
		"file:data":                         "file:data",
		"redis://host:6379/0":               "redis://host:6379/0",
		"rediss://user:se@cret@host/1":      "rediss://host/1",
		"redis+sentinel://:pw@a,b/m/0":      "redis+sentinel://a,b/m/0",
		"redis+sentinel://a/m?x_password=s": "redis+sentinel://a/m",
	} {
		if got := storeName(url); got != want {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
	}
}

// TestStarter: what the two commands of README.md run on.
func TestStarter(t *testing.T) {
	s, faults := readSettings("", nil)
	if len(faults) > 0 || enabled(s.Sources) == 0 || len(s.Topics) != 27 {
		t.Errorf("%d sources (%d enabled), %d topics: %v", len(s.Sources), enabled(s.Sources), len(s.Topics), faults)
	}
	if _, faults := judge(config.Config{Topics: []news.Topic{{ID: "t", Where: "title ++"}}}, nil); len(faults) != 1 {
		t.Errorf("a broken where has the faults %v", faults)
	}
}

// TestSweepEnds: a sweeper
// ends when it is told to, whatever it is at.
func TestSweepEnds(t *testing.T) {
	core := openTest(t)
	h := &house{core: core, metrics: newMetrics(), log: slog.New(slog.DiscardHandler)}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.sweep(ctx) }()
	cancel()
	select {
	case err := <-ended:
		if err != nil && ctx.Err() == nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the sweeper does not end")
	}
}

// TestProgressLines: at most one each two seconds, and the last one.
func TestProgressLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := new(logs)
		g := newProgress(&program{err: out}, 100, "polling")
		for range 100 {
			time.Sleep(100 * time.Millisecond)
			g.step("x")
		}
		g.end()
		want := "polling: 20 of 100 (x)\npolling: 40 of 100 (x)\npolling: 60 of 100 (x)\npolling: 80 of 100 (x)\npolling: 100 of 100 (x)\n"
		if d := cmp.Diff(want, out.String()); d != "" {
			t.Error(d)
		}
	})
}

package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
	"tinhub/store"
)

// Facets runs what the rooms rely on, on an engine. open gives an empty store,
// and closes it when its test ends.
func Facets(t *testing.T, open func(t *testing.T) store.Core) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, store.Core)
	}{
		{"wire", facetWire},
		{"wire fenced", facetWireFenced},
		{"wire resent", facetWireResent},
		{"wire asked", facetWireAsked},
		{"pages", facetPages},
		{"pages overtaken", facetPagesOvertaken},
		{"pages resent and fenced", facetPagesResent},
		{"pushes", facetPushes},
		{"notifications", facetNotifications},
		{"pushes swept", facetPushesSwept},
		{"rechecks", facetRechecks},
		{"missing", facetMissing},
		{"front", facetFront},
		{"orders", facetOrders},
		{"curations", facetCurations},
		{"shelf", facetShelf},
		{"shelf resent", facetShelfResent},
		{"shelf fenced", facetShelfFenced},
		{"unreadable lines", facetUnreadable},
		{"desk", facetDesk},
		{"desk joins", facetDeskJoins},
		{"desk resent and fenced", facetDeskResent},
		{"desk pages", facetDeskPages},
		{"desk walk", facetDeskWalk},
		{"desk due", facetDeskDue},
		{"topics and changes", facetTopics},
		{"outputs", facetOutputs},
		{"outputs never go back", facetOutputsBack},
		{"outputs that the store lost", facetOutputsLost},
		{"outputs raced", facetOutputsRaced},
		{"outputs between", facetOutputsBetween},
		{"archive", facetArchive},
		{"heads", facetHeads},
		{"hub", facetHub},
		{"hub overtaken", facetHubOvertaken},
		{"hub orders", facetHubOrders},
		{"hub resent", facetHubResent},
		{"hub lists", facetHubLists},
		{"hub swept", facetHubSwept},
		{"hub hints", facetHubHints},
		{"hub pings", facetHubPings},
		{"hub place", facetHubPlace},
		{"leases", facetLeases},
		{"leases raced", facetLeasesRaced},
		{"leases between", facetLeasesBetween},
		{"leases with lost replies", facetLeasesLost},
		{"members", facetMembers},
		{"hints", facetHints},
		{"audit", facetAudit},
		{"kept", facetKept},
		{"answers", facetAnswers},
		{"usage", facetUsage},
		{"usage of many", facetUsageOfMany},
		{"sweep expired", facetSweepExpired},
		{"sweep articles", facetSweepArticles},
		{"sweep what stands", facetSweepStanding},
		{"sweep logs", facetSweepLogs},
		{"sweep bounded", facetSweepBounded},
		{"backup", facetBackup},
		{"backup refused", facetBackupRefused},
		{"backup damaged", facetBackupDamaged},
		{"backup interrupted", facetBackupInterrupted},
		{"schema", facetSchema},
		{"crashes", facetCrashes},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// noon is when the tests' news happens.
var noon = time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)

const family = "baomau.example"

func lease(name string, token int64) news.Lease {
	return news.Lease{Name: name, Holder: "a", Token: token}
}

// entry is a harmless piece of news; n tells it from others.
func entry(source string, n int) news.Entry {
	return news.Entry{
		Source: source, Key: news.KeyOf("entry", fmt.Sprint(n)), Hash: news.KeyOf("says", fmt.Sprint(n)),
		Link:      fmt.Sprintf("https://%s/tin-%d.html", family, n),
		Title:     fmt.Sprintf("Xã Đông Hòa trồng thêm %d cây xanh ven đường", n),
		Summary:   "Sáng nay, đoàn viên và bà con cùng nhau trồng cây.",
		Published: news.Moment{At: noon.Add(time.Duration(n) * time.Minute), Precision: news.Minute},
		Seen:      noon,
	}
}

// poll is what a poll at a time brings.
func poll(token int64, at time.Time, entries ...news.Entry) news.Poll {
	p := news.Poll{
		Shard: news.ShardOf(family), Lease: lease("shard", token),
		State:   news.SourceState{Source: "bao-mau", ETag: fmt.Sprintf(`"%d"`, at.Unix()), Health: news.OK, Last: at, LastOK: at},
		Entries: entries,
	}
	for _, e := range entries {
		p.Seen = append(p.Seen, news.Seen{Key: e.Key, Hash: e.Hash})
		p.State.Standing = append(p.State.Standing, e.Key)
	}
	return p
}

func article(n int) news.Article {
	e := entry("bao-mau", n)
	return news.Article{
		ID: news.ArticleID(family, e.Key), Family: family, Entry: e, Sources: []string{e.Source},
		FirstSeen: noon, LastSeen: noon, Revisions: []news.Revision{{At: noon, Hash: e.Hash}}, Revised: 1,
	}
}

func story(of ...news.Article) news.Story {
	s := news.Story{ID: of[0].ID, Speaker: of[0].ID, Title: of[0].Title,
		Published: of[0].Published.At, Updated: of[0].Published.At, FirstSeen: noon}
	for _, a := range of {
		s.Members = append(s.Members, news.Member{Article: a.ID, Source: a.Source, Title: a.Title, Published: a.Published.At})
	}
	return s
}

// shelving of articles by the curator with a token.
func shelving(token int64, upTo news.Place, articles ...news.Article) news.Shelving {
	s := news.Shelving{Shard: news.ShardOf(family), Lease: lease("curate", token), UpTo: upTo, Expires: noon.AddDate(0, 0, 400)}
	for _, a := range articles {
		s.Articles = append(s.Articles, news.Shelved{Article: a, Aliases: []news.Key{a.Key}, Change: "new"})
	}
	return s
}

func matches(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// val holds what a call returned, until or says what to do about its error.
func val[T any](v T, err error) outcomeOf[T] { return outcomeOf[T]{v, err} }

type outcomeOf[T any] struct {
	v   T
	err error
}

func (o outcomeOf[T]) or(t *testing.T) T {
	t.Helper()
	must(t, o.err)
	return o.v
}

func is(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got error %v, want %v", err, want)
	}
}

// lines is how many items a log holds.
func lines(t *testing.T, core store.Core, p store.Partition, log string) int {
	t.Helper()
	items, err := core.Read(t.Context(), p, log, "", 100_000)
	must(t, err)
	return len(items)
}

var errTorn = errors.New("the connection broke")

// faulty breaks commits: the nth from now, before it is applied or after, where
// only the reply is lost.
type faulty struct {
	store.Core
	mu     sync.Mutex // guards all below
	nth    int        // 0: none
	lost   bool
	broken bool // it has happened
}

func (f *faulty) Commit(ctx context.Context, b store.Batch) (store.Receipt, error) {
	f.mu.Lock()
	f.nth--
	now := f.nth == 0
	f.broken = f.broken || now
	f.mu.Unlock()
	if now && !f.lost {
		return store.Receipt{}, errTorn
	}
	r, err := f.Core.Commit(ctx, b)
	if now && err == nil {
		return store.Receipt{}, errTorn
	}
	return r, err
}

// interposed is a store where something happens just before the next commit.
type interposed struct {
	store.Core
	before func()
}

func (i *interposed) Commit(ctx context.Context, b store.Batch) (store.Receipt, error) {
	if do := i.before; do != nil {
		i.before = nil
		do()
	}
	return i.Core.Commit(ctx, b)
}

// clocked is a store whose clock stands.
type clocked struct {
	store.Core
	mu  sync.Mutex // guards now
	now time.Time
}

func (c *clocked) Now(context.Context) (time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now, nil
}

func (c *clocked) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

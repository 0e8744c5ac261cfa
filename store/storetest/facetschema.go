package storetest

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"tinhub/news"
	"tinhub/store"
)

// facetSchema holds the comment in store/keys.go to the truth: whatever the
// facets store is named there, under its partition.
func facetSchema(t *testing.T, core store.Core) {
	src, err := os.ReadFile("../keys.go") // from an engine's folder
	if err != nil {
		t.Skip("the schema is read beside an engine: ", err)
	}
	rooms := schema(string(src))
	if len(rooms) < 7 {
		t.Fatalf("the comment names only %d partitions", len(rooms))
	}
	furnish(t, core)
	must(t, store.NewWire(core, store.Keep{}).Ask(t.Context(), shard, "bao-mau", noon))
	read := poll(1, noon, entry("bao-mau", 9))
	read.Pages = []news.Page{page(entry("bao-mau", 9), noon)}
	must(t, store.NewWire(core, store.Keep{}).Record(t.Context(), read))
	due := filed(story(article(1)), "tat-ca")
	due.Story.Due, due.Gone = noon, []string{article(2).ID}
	must(t, newDesk(core).File(t.Context(), desking(1, "x", due)))
	must(t, newDesk(core).Order(t.Context(), news.Instruction{ID: "1", At: noon, Kind: news.OrderMerge}))
	val(newDesk(core).Curate(t.Context(), news.Curation{Story: article(1).ID, At: noon})).or(t)
	gone := filed(story(article(3)))
	gone.Story.Withdrawn, gone.Story.Traces = noon, []string{"tat-ca"}
	must(t, newDesk(core).File(t.Context(), desking(1, "x", gone)))
	shelved := shelving(1, "x", article(3))
	shelved.Articles[0].Recheck, shelved.Articles[0].Seal = noon, noon.AddDate(2, 0, 0)
	must(t, store.NewShelf(core).Shelve(t.Context(), shelved))
	must(t, newDesk(core).Rendered(t.Context(), lease("publish", 1), "x"))
	in, confirmed := intent(1, news.Subscribe), subscription(intent(2, news.Subscribe))
	must(t, store.NewHub(core).Ask(t.Context(), in))
	val(store.NewHub(core).Settle(t.Context(), lease("hub", 1), news.HubShardOf(confirmed.ID),
		[]news.Settling{{ID: confirmed.ID, Subscription: &confirmed}})).or(t)
	must(t, store.NewUsage(core).Add(t.Context(), "a", 1, []news.Use{{Day: "2026-03-09", Channel: "tat-ca", Output: "rss", Requests: 1}}))
	val(store.NewUsage(core).Salt(t.Context(), "2026-03-09", []byte("salt"))).or(t)
	val(store.NewLeases(core).Join(t.Context(), "fetch", "a", time.Hour)).or(t)
	push := val(store.NewPushes(core).SettlePush(t.Context(), lease("fetch", 1), pushOf("bao-mau", "a"), false)).or(t)
	val(store.NewPushes(core).Notify(t.Context(), note(push, "một", noon), 2)).or(t)

	for _, p := range val(core.Partitions(t.Context())).or(t) {
		room, _, _ := strings.Cut(string(p), "/")
		text := rooms[room]
		for d, err := range core.Dump(t.Context(), p) {
			must(t, err)
			if d.Record == nil {
				named(t, text, p, `log "`+d.Log+`"`)
				continue
			}
			if p == "hub" {
				continue // what furnish puts where no facet does
			}
			folder, _, sub := strings.Cut(d.Record.Key, "/")
			if sub {
				folder += "/"
			}
			if room != "admin" || folder == "audit/" { // its folders are the kinds
				named(t, text, p, folder)
			}
			for _, x := range d.Index {
				name, _, sub := strings.Cut(x.Name, "/")
				if sub {
					name += "/"
				}
				named(t, text, p, `"`+name)
			}
		}
	}
}

func named(t *testing.T, text string, p store.Partition, what string) {
	t.Helper()
	if !strings.Contains(text, what) {
		t.Errorf("store/keys.go does not say that %s holds %s", p, what)
	}
}

// schema takes the comment apart by the first word of its partitions.
func schema(src string) map[string]string {
	rooms := map[string]string{}
	room := ""
	begins := regexp.MustCompile(`^//\t([a-z]+)`)
	for line := range strings.Lines(src) {
		if m := begins.FindStringSubmatch(line); m != nil {
			room = m[1]
		}
		if !strings.HasPrefix(line, "//\t") {
			room = ""
		}
		if room != "" {
			rooms[room] += strings.TrimPrefix(line, "//\t")
		}
	}
	return rooms
}

package storetest

import (
	"testing"
	"time"

	"tinhub/news"
	"tinhub/store"
)

// A channel's stories are found by date, whatever it is ordered by.
func facetArchive(t *testing.T, core store.Core) {
	d := newDesk(core)
	var want []string
	for n := range 6 { // every ten days
		s := story(article(n))
		s.Published = noon.AddDate(0, 0, -10*n)
		k := filed(s, "tat-ca")
		k.Story.Filings = append(k.Story.Filings, news.Filing{Channel: "diem", In: n%2 == 0})
		if n%2 == 0 {
			k.Sorts["diem"] = "000000000042." + s.ID
		}
		must(t, d.File(t.Context(), desking(1, "", k)))
		want = append(want, s.ID)
	}
	from, to := noon.AddDate(0, 0, -30), noon.AddDate(0, 0, -5)
	for _, c := range []struct {
		name    string
		channel string
		order   news.Order
		skip    int
		want    []string
	}{
		{"by date", "tat-ca", news.Newest, 0, want[1:4]},
		{"further on", "tat-ca", "", 2, want[3:4]},
		{"beyond the end", "tat-ca", "", 9, nil},
		{"by score", "diem", news.Score, 0, want[2:3]},
		{"of nothing", "khac", news.Score, 0, nil},
	} {
		matches(t, c.name, ids(val(d.Between(t.Context(), c.channel, c.order, from, to, c.skip, 10)).or(t)), c.want)
	}
	beside := func(channel string, order news.Order) []time.Time {
		older, newer, err := d.Beside(t.Context(), channel, order, from, to)
		must(t, err)
		return []time.Time{older, newer}
	}
	matches(t, "beside", beside("tat-ca", ""), []time.Time{noon.AddDate(0, 0, -40), noon})
	matches(t, "beside by score", beside("diem", news.Score), []time.Time{noon.AddDate(0, 0, -40), noon})
	matches(t, "beside nothing", beside("khac", ""), []time.Time{{}, {}})
}

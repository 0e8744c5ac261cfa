package store

import (
	"slices"
	"testing"
	"time"

	"tinhub/news"
)

func TestTimeSort(t *testing.T) {
	times := []time.Time{
		time.Unix(0, 0), time.Unix(0, 1), time.Unix(1, 0),
		time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC), time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2261, 12, 31, 0, 0, 0, 0, time.UTC),
	}
	var sorts []string
	for _, at := range times {
		s := TimeSort(at)
		if len(s) != 20 {
			t.Errorf("%v: %q has not 20 digits", at, s)
		}
		if back := sortTime(s); !back.Equal(at) {
			t.Errorf("%v comes back as %v", at, back)
		}
		sorts = append(sorts, s)
	}
	if !slices.IsSorted(sorts) {
		t.Errorf("out of order: %v", sorts)
	}
	for _, at := range []time.Time{{}, time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(-1, 0)} {
		if s := TimeSort(at); s != TimeSort(time.Unix(0, 0)) {
			t.Errorf("%v sorts as %s, want as 1970", at, s)
		}
	}
	if s := TimeSort(time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)); s != "09223372036854775807" {
		t.Errorf("the year 9999 sorts as %s", s)
	}
	if at := sortTime("soon"); !at.IsZero() {
		t.Errorf("nonsense is %v", at)
	}
}

func TestPartitions(t *testing.T) {
	for shard := range news.Shards {
		if n, ok := shardOfPaper(Paper(shard)); n != shard || !ok {
			t.Errorf("%s is shard %d, %v", Paper(shard), n, ok)
		}
		if err := Paper(shard).check(); err != nil {
			t.Error(err)
		}
	}
	for _, p := range []Partition{DeskPartition, "paper/", "paper/zz", "paper/20", "paper/-1", Out("paper/00")} {
		if n, ok := shardOfPaper(p); ok {
			t.Errorf("%s is shard %d", p, n)
		}
	}
	for _, c := range []string{"tat-ca", "provinces/ca-mau", "out/x"} {
		if got, ok := channelOfOut(Out(c)); got != c || !ok {
			t.Errorf("%s is channel %q, %v", Out(c), got, ok)
		}
	}
	if c, ok := channelOfOut(DeskPartition); ok {
		t.Errorf("the desk is channel %q", c)
	}
	id := news.ArticleID("baomau.example", "k")
	if p, err := ofPaper(id); err != nil || p != Paper(news.ShardOf("baomau.example")) {
		t.Errorf("%s lives in %s: %v", id, p, err)
	}
}

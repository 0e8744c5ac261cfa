package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/gorilla/feeds"
	"github.com/microcosm-cc/bluemonday"
	"github.com/mmcdole/gofeed"
	goredis "github.com/redis/go-redis/v9"
)

// A naive pipeline does the same job as one writes it first: every item of every
// poll is parsed and sanitised, and the topic of each new one is rebuilt from the
// store and compressed, in three formats.
type naive struct {
	t      *testing.T
	redis  *goredis.Client
	policy *bluemonday.Policy
}

func newNaive(t *testing.T) *naive {
	t.Helper()
	return &naive{t, dial(t, startRedis(t)), bluemonday.UGCPolicy()}
}

// round polls papers, and gives the CPU time that a new item took here and in
// Redis, in ms. Serving the papers is in it, which is under 1 % of it.
func (n *naive) round(papers []*paper) (item struct{ cpu, redis float64 }) {
	used, redis, fresh := cpuTime(), redisTime(n.t, n.redis), 0
	for _, p := range papers {
		fresh += n.read(p)
	}
	item.cpu = float64(cpuTime()-used) / float64(fresh) / 1e6
	item.redis = float64(redisTime(n.t, n.redis)-redis) / float64(fresh) / 1e6
	return item
}

// read polls a paper, and says how many items of it were new.
func (n *naive) read(p *paper) (fresh int) {
	resp, err := http.Get(p.base + "/rss")
	if err != nil {
		n.t.Fatal(err)
	}
	defer resp.Body.Close()
	feed, err := gofeed.NewParser().Parse(resp.Body)
	if err != nil {
		n.t.Fatal(err)
	}
	ctx := context.Background()
	topics := map[int]bool{}
	for i, it := range feed.Items {
		it.Description = n.policy.Sanitize(it.Description)
		is, err := n.redis.SetNX(ctx, "seen:"+it.GUID, 1, 0).Result()
		if err != nil {
			n.t.Fatal(err)
		}
		if !is {
			continue
		}
		fresh++
		text, _ := json.Marshal(it)
		topic := p.items[i].topic
		topics[topic] = true
		key := "topic:" + topicWords[topic]
		if n.redis.Set(ctx, it.GUID, text, 0).Err() != nil ||
			n.redis.ZAdd(ctx, key, goredis.Z{Score: float64(time.Now().UnixNano()), Member: it.GUID}).Err() != nil {
			n.t.Fatal("redis does not take an item")
		}
	}
	for topic := range topics {
		n.rebuild(ctx, "topic:"+topicWords[topic])
	}
	return fresh
}

func (n *naive) rebuild(ctx context.Context, key string) {
	ids, err := n.redis.ZRangeArgs(ctx, goredis.ZRangeArgs{Key: key, Start: 0, Stop: 49, Rev: true}).Result()
	if err != nil {
		n.t.Fatal(err)
	}
	texts, err := n.redis.MGet(ctx, ids...).Result()
	if err != nil {
		n.t.Fatal(err)
	}
	out := &feeds.Feed{Title: key, Link: &feeds.Link{Href: "http://localhost/" + key}}
	for _, text := range texts {
		var it gofeed.Item
		s, _ := text.(string)
		if err := json.Unmarshal([]byte(s), &it); err != nil {
			n.t.Fatal(err)
		}
		out.Items = append(out.Items, &feeds.Item{Title: it.Title, Link: &feeds.Link{Href: it.Link}, Id: it.GUID, Description: it.Description, Created: *it.PublishedParsed})
	}
	for _, write := range []func() (string, error){out.ToRss, out.ToAtom, out.ToJSON} {
		text, err := write()
		if err != nil {
			n.t.Fatal(err)
		}
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = io.WriteString(z, text)
		_ = z.Close()
		if err := n.redis.Set(ctx, key+":out", b.Bytes(), 0).Err(); err != nil {
			n.t.Fatal(err)
		}
	}
}

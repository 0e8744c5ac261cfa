package websub

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
	"tinhub/store"
)

func head(revision int64, etag string) news.Output {
	return news.Output{Channel: "c", Format: news.RSS, Revision: revision, ETag: etag}
}

// What is known never goes back for a read that came late, and does where a
// channel was declared anew.
func TestHeads(t *testing.T) {
	var h heads
	h.want("c")
	c := topic{"c", news.RSS}
	for _, step := range []struct {
		name    string
		do      func() bool
		changed bool
		want    int64
	}{
		{"the first", func() bool { return len(h.put([]string{"c"}, []news.Output{head(5, "e")})) > 0 }, true, 5},
		{"the same", func() bool { return len(h.put([]string{"c"}, []news.Output{head(5, "e")})) > 0 }, false, 5},
		{"a delivery found a newer one", func() bool { return h.raise(c, &body{revision: 7, etag: "g"}) }, true, 7},
		{"another found it too", func() bool { return h.raise(c, &body{revision: 7, etag: "g"}) }, false, 7},
		{"a read that came late", func() bool { return len(h.put([]string{"c"}, []news.Output{head(6, "f")})) > 0 }, false, 7},
		{"the next read", func() bool { return len(h.put([]string{"c"}, []news.Output{head(7, "g")})) > 0 }, false, 7},
		{"declared anew", func() bool { return len(h.put([]string{"c"}, []news.Output{head(1, "a")})) > 0 }, false, 7},
		{"still so", func() bool { return len(h.put([]string{"c"}, []news.Output{head(1, "a")})) > 0 }, true, 1},
		{"dropped", func() bool { return len(h.put([]string{"c"}, nil)) > 0 }, false, 0},
		{"back again", func() bool { return len(h.put([]string{"c"}, []news.Output{head(1, "a")})) > 0 }, true, 1},
	} {
		changed := step.do()
		o, _ := h.get(c)
		if d := cmp.Diff([]any{step.changed, step.want}, []any{changed, o.Revision}); d != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, d)
		}
	}
}

// lateHeads tells of revisions later than they can be loaded, or fails to load.
type lateHeads struct {
	*store.Outputs
	behind atomic.Int32 // so many looks more
	broken atomic.Bool
	loads  atomic.Int32
	old    atomic.Pointer[[]news.Output]
}

func (l *lateHeads) Heads(ctx context.Context, channels ...string) ([]news.Output, error) {
	now, err := l.Outputs.Heads(ctx, channels...)
	if old := l.old.Load(); l.behind.Load() > 0 && old != nil {
		l.behind.Add(-1)
		return *old, nil
	}
	if err == nil && len(now) > 0 {
		l.old.Store(&now)
	}
	return now, err
}

func (l *lateHeads) Load(ctx context.Context, channel string) ([]news.Output, error) {
	l.loads.Add(1)
	if l.broken.Load() {
		return nil, errors.New("the record is torn")
	}
	if l.behind.Load() > 1 {
		l.behind.Store(1) // a look is on its way, and no other comes before the delivery
	}
	return l.Outputs.Load(ctx, channel)
}

// A delivery that finds a newer revision than was told of is not made twice.
func TestNewerThanTold(t *testing.T) {
	core := tempStore(t)
	late := &lateHeads{Outputs: store.NewOutputs(core)}
	r := startHub(t, core, func(o *Options) { o.Refresh = 50 * time.Millisecond }, func(d *Deps) { d.Outputs = late })
	sub := newSubscriber(t)
	r.publish("nong-thon", "tin 1")
	r.subscribe(r.topic("nong-thon", news.RSS), sub.URL+"/cb")
	r.confirmed(sub.URL + "/cb")
	late.broken.Store(true)
	r.publish("nong-thon", "tin 2")
	eventually(t, "revision 2 is told of", func() bool {
		o, ok := r.hub.heads.get(topic{"nong-thon", news.RSS})
		return ok && o.Revision == 2
	})
	quiet()
	if n := late.loads.Load(); n < 1 || n > 3 {
		t.Errorf("what cannot be loaded was tried %d times in a moment", n)
	}
	late.behind.Store(1 << 20)
	r.publish("nong-thon", "tin 3")
	late.broken.Store(false)
	if p := sub.await(t, "/cb", 1); p.body != "rss: tin 3" {
		t.Errorf("got %q", p.body)
	}
	quiet()
	if n := len(sub.got("/cb")); n != 1 {
		t.Errorf("it came %d times", n)
	}
}

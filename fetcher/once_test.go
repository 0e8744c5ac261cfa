package fetcher

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tinhub/fetcher/client"
	"tinhub/news"
)

func TestOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		p := newPress(func(ctx context.Context, address string, n int) (*client.Response, error) {
			switch address {
			case "http://wait.example/feed":
				return &client.Response{Status: 429, URL: address, Header: map[string][]string{"Retry-After": {"600"}}}, nil
			case "http://down.example/feed":
				return nil, &client.Error{Class: client.Connect, Detail: "it refuses connections"}
			}
			return fresh(ctx, address, n)
		})
		f := newTest(t, m, p, Options{})
		sources := []news.Source{paper("a", "0 3 * * *"), paper("wait", ""), paper("down", ""), paper("bad", "never")}
		poll := func() map[string]string {
			got := map[string]string{}
			held, err := f.Once(t.Context(), sources, func(s news.SourceState, why string, err error) {
				got[s.Source] = string(s.Health)
				if err != nil {
					got[s.Source] = "error"
				}
				if strings.HasPrefix(why, "it asks") && len(p.times("http://wait.example/feed")) > 1 {
					t.Error("asked before Retry-After ended")
				}
			})
			if len(held) != 0 || err == nil || !strings.Contains(err.Error(), "source bad") {
				t.Errorf("held %v, %v", held, err)
			}
			return got
		}
		for range 2 {
			got := poll()
			if got["a"] != "ok" || got["wait"] != "failing" || got["down"] != "failing" || got["bad"] != "error" || len(got) != 4 {
				t.Errorf("%v", got)
			}
			time.Sleep(time.Minute)
		}
		if len(p.times("http://wait.example/feed")) != 1 || len(p.times("http://a.example/feed")) != 2 {
			t.Errorf("%v", p.asked)
		}
		if len(m.leases) != 0 {
			t.Errorf("leases were kept: %v", m.leases)
		}
	})
}

// TestOnceBesideAnother: what another process holds is asked of it, and comes.
func TestOnceBesideAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, p := newMemory(), newPress(fresh)
		src := paper("a", "0 3 * * *")
		stop := running(t, newTest(t, m, p, Options{Holder: "other"}, src))
		time.Sleep(time.Minute)
		f := newTest(t, m, p, Options{Holder: "me"})
		held, err := f.Once(t.Context(), []news.Source{src}, nil)
		if err != nil || len(held) != 1 || len(p.times(src.URL)) != 1 {
			t.Fatal(held, err, p.asked)
		}
		var got news.SourceState
		begun := time.Now()
		if err := f.Await(t.Context(), held, m, func(s news.SourceState, _ string, _ error) { got = s }); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(begun); len(p.times(src.URL)) != 2 || got.Source != "a" || got.Last.Before(begun) || d > 3*time.Second {
			t.Errorf("after %v: %+v, asked %v", d, got.Last, p.times(src.URL))
		}
		stop()

		// nobody holds it any more, and nobody answers
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := f.Await(ctx, held, m, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestOnceEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		p := newPress(func(ctx context.Context, _ string, _ int) (*client.Response, error) {
			<-ctx.Done()
			return nil, &client.Error{Class: client.Cancelled, Detail: "cancelled", Err: ctx.Err()}
		})
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		_, err := newTest(t, m, p, Options{}).Once(ctx, []news.Source{paper("a", "")}, nil)
		if err == nil || len(m.polls) != 0 || len(m.leases) != 0 {
			t.Errorf("%v, %d polls, %d leases", err, len(m.polls), len(m.leases))
		}
	})
}

func TestOnceWithoutAStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		m.setBroken(true)
		_, err := newTest(t, m, newPress(fresh), Options{}).Once(t.Context(), []news.Source{paper("a", "")}, nil)
		if !errors.Is(err, errBroken) {
			t.Errorf("got %v", err)
		}
	})
}

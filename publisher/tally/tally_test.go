package tally

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tinhub/news"
)

// book adds up, in memory; it can lose replies and be away.
type book struct {
	mu    sync.Mutex
	uses  map[row]news.Use
	told  map[string]int64
	salts map[string][]byte
	away  bool // nothing gets through
	lost  bool // it gets through, and the reply is lost
}

func newBook() *book {
	return &book{uses: map[row]news.Use{}, told: map[string]int64{}, salts: map[string][]byte{}}
}

var errAway = errors.New("away")

func (b *book) Add(ctx context.Context, writer string, n int64, uses []news.Use) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away || ctx.Err() != nil {
		return errAway
	}
	if b.told[writer] < n {
		b.told[writer] = n
		for _, u := range uses {
			at := row{u.Day, u.Channel, u.Output, u.Reader, u.Partner}
			b.uses[at] = b.uses[at].Plus(u)
		}
	}
	if b.lost {
		return errAway
	}
	return nil
}

func (b *book) Salt(_ context.Context, day string, fresh []byte) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away {
		return nil, errAway
	}
	if b.salts[day] == nil {
		b.salts[day] = slices.Clone(fresh)
	}
	return b.salts[day], nil
}

func (b *book) set(away, lost bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.away, b.lost = away, lost
}

// says is a count as a line.
func (b *book) says(r row) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	u := b.uses[r]
	return fmt.Sprintf("%d requests, %d unchanged, %d bytes, %d subscribers, %d readers", u.Requests, u.Unchanged, u.Bytes, u.Subscribers, u.Readers.Count())
}

func reading(from, agent string) Reading {
	return Reading{Channel: "tat-ca", Output: "rss", Agent: agent, From: netip.MustParseAddr(from), Bytes: 100}
}

// bubble runs a test in which time passes at once, from 2000-01-01 07:00 +07.
func bubble(t *testing.T, b *book, do func(start func() (*Counter, func()))) {
	synctest.Test(t, func(t *testing.T) {
		do(func() (*Counter, func()) {
			ctx, cancel := context.WithCancel(t.Context())
			c := New(b, Options{})
			ended := make(chan error, 1)
			go func() { ended <- c.Run(ctx) }()
			synctest.Wait()
			return c, func() {
				cancel()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			}
		})
	})
}

const firstDay = "2000-01-01"

// TestProcessesAddUp: one reader who comes to two processes is one, and one household
// in IPv6 too.
func TestProcessesAddUp(t *testing.T) {
	b := newBook()
	bubble(t, b, func(start func() (*Counter, func())) {
		one, end := start()
		two, end2 := start()
		for _, c := range []*Counter{one, two} {
			c.Read(reading("192.0.2.1", "Miniflux/2"))
			c.Read(reading("2001:db8::1", "Miniflux/2"))
			c.Read(reading("2001:db8::2", "Miniflux/2"))
			c.Read(reading("192.0.2.1", "Feedly/1.0 (13 subscribers)"))
		}
		one.Read(reading("192.0.2.1", "Feedly/1.0 (11 subscribers)"))
		one.Read(Reading{Channel: "tat-ca", Output: "rss", Agent: "Miniflux/2", Same: true})
		one.Viewed("cong", "tat-ca")
		two.Delivered("tat-ca", news.Atom)
		end()
		end2()
	})
	for at, want := range map[row]string{
		{firstDay, "tat-ca", "rss", "Miniflux", ""}:       "7 requests, 1 unchanged, 600 bytes, 0 subscribers, 2 readers",
		{firstDay, "tat-ca", "rss", "Feedly", ""}:         "3 requests, 0 unchanged, 300 bytes, 13 subscribers, 1 readers",
		{firstDay, "tat-ca", "widget", "browser", "cong"}: "1 requests, 0 unchanged, 0 bytes, 0 subscribers, 0 readers",
		{firstDay, "tat-ca", "push", "atom", ""}:          "1 requests, 0 unchanged, 0 bytes, 0 subscribers, 0 readers",
		{firstDay, "tat-ca", "rss", "no such one", ""}:    "0 requests, 0 unchanged, 0 bytes, 0 subscribers, 0 readers",
	} {
		if got := b.says(at); got != want {
			t.Errorf("%v: %s, want %s", at, got, want)
		}
	}
}

// TestLostReplies: a telling that got through though nobody heard so counts once,
// and what is counted while the store is away is told later.
func TestLostReplies(t *testing.T) {
	b := newBook()
	bubble(t, b, func(start func() (*Counter, func())) {
		c, end := start()
		c.Read(reading("192.0.2.1", "Miniflux/2"))
		b.set(false, true)
		time.Sleep(95 * time.Second) // told three times
		c.Read(reading("192.0.2.2", "Miniflux/2"))
		b.set(true, false)
		time.Sleep(95 * time.Second)
		c.Read(reading("192.0.2.3", "Miniflux/2"))
		b.set(false, false)
		end()
	})
	if got, want := b.says(row{firstDay, "tat-ca", "rss", "Miniflux", ""}), "3 requests, 0 unchanged, 300 bytes, 0 subscribers, 3 readers"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestMidnight: a day ends where the site is, its counts stay its own, and the same
// reader has another hash on the next.
func TestMidnight(t *testing.T) {
	b := newBook()
	bubble(t, b, func(start func() (*Counter, func())) {
		c, end := start()
		time.Sleep(16*time.Hour + 59*time.Minute + 59*time.Second)
		c.Read(reading("192.0.2.1", "Miniflux/2"))
		time.Sleep(2 * time.Second)
		c.Read(reading("192.0.2.1", "Miniflux/2"))
		end()
	})
	first, second := row{firstDay, "tat-ca", "rss", "Miniflux", ""}, row{"2000-01-02", "tat-ca", "rss", "Miniflux", ""}
	for _, at := range []row{first, second} {
		if got, want := b.says(at), "1 requests, 0 unchanged, 100 bytes, 0 subscribers, 1 readers"; got != want {
			t.Errorf("%v: %s, want %s", at, got, want)
		}
	}
	if slices.Equal(b.uses[first].Readers, b.uses[second].Readers) {
		t.Error("a reader can be followed from one day to the next")
	}
}

// TestNoSalt: while there is no salt, requests are counted and readers are not.
func TestNoSalt(t *testing.T) {
	b := newBook()
	b.set(true, false)
	bubble(t, b, func(start func() (*Counter, func())) {
		c, end := start()
		c.Read(reading("192.0.2.1", "Miniflux/2"))
		b.set(false, false)
		time.Sleep(time.Minute)
		c.Read(reading("192.0.2.1", "Miniflux/2"))
		end()
	})
	if got, want := b.says(row{firstDay, "tat-ca", "rss", "Miniflux", ""}), "2 requests, 0 unchanged, 200 bytes, 0 subscribers, 1 readers"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestRemembersNobody: nothing that is told holds an address, or is its hash without
// the salt.
func TestRemembersNobody(t *testing.T) {
	b := newBook()
	bubble(t, b, func(start func() (*Counter, func())) {
		c, end := start()
		c.Read(reading("192.0.2.1", "Miniflux/2 (secret-name)"))
		end()
	})
	for at, u := range b.uses {
		text := fmt.Sprintf("%+v %+v %q", at, u, u.Readers)
		if strings.Contains(text, "192.0") || strings.Contains(text, "\xc0\x00\x02\x01") || strings.Contains(text, "secret-name") {
			t.Errorf("it tells who: %s", text)
		}
		if len(u.Readers) != 2 {
			t.Errorf("one reader takes %d bytes", len(u.Readers))
		}
	}
}

// TestConcurrent is for the race detector.
func TestConcurrent(t *testing.T) {
	b := newBook()
	c := New(b, Options{Every: time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	var wg, run sync.WaitGroup
	run.Go(func() { _ = c.Run(ctx) })
	for n := range 4 {
		wg.Go(func() {
			for i := range 500 {
				c.Read(reading(fmt.Sprintf("192.0.2.%d", n), fmt.Sprint("agent ", i%7)))
			}
		})
	}
	wg.Wait()
	cancel()
	run.Wait()
	var n int64
	for _, u := range b.uses {
		n += u.Requests
	}
	if n != 2000 {
		t.Errorf("%d requests are told of 2000", n)
	}
}

// BenchmarkRead is what counting costs a request.
func BenchmarkRead(b *testing.B) {
	c := New(newBook(), Options{})
	c.look(b.Context())
	r := reading("192.0.2.1", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36")
	b.ReportAllocs()
	for b.Loop() {
		c.Read(r)
	}
}

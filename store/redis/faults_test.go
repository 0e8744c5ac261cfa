package redis

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tinhub/store"
	"tinhub/store/storetest"
)

func open(t *testing.T, url string, o Options) *Store {
	t.Helper()
	c, err := Open(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(*Store)
}

// claim is what every fault is tried on: a claim, a count and an item.
func claim(id, key string) store.Batch {
	return store.Batch{Partition: "paper/00", ID: id, Steps: []store.Step{
		{Op: store.Put, Key: key, If: store.Absent, Value: []byte("v"), Index: []store.Index{{Name: "i", Sort: key}}},
		{Op: store.Append, Key: "wire", Value: []byte(key), Needs: 1},
	}}
}

func items(t *testing.T, s *Store) string {
	t.Helper()
	got, err := s.Read(t.Context(), "paper/00", "wire", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, x := range got {
		words = append(words, string(x.Value))
	}
	return strings.Join(words, " ")
}

func mustCommit(t *testing.T, s *Store, b store.Batch) store.Receipt {
	t.Helper()
	r, err := s.Commit(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestLostReply(t *testing.T) {
	p := storetest.NewProxy(t, storetest.StartRedis(t).Addr)
	s := open(t, p.URL, Options{})
	for _, id := range []string{"b1", ""} {
		key := "key" + id
		p.LoseReplies(1)
		r := mustCommit(t, s, claim(id, key))
		if !p.Lost() {
			t.Fatal("no reply was lost")
		}
		if !r.Results[0].Applied || !r.Results[1].Applied || r.Resent != (id != "") {
			t.Errorf("id %q: a lost reply is answered with %+v", id, r)
		}
	}
	if got := items(t, s); got != "keyb1 key" {
		t.Errorf("the log holds %q", got)
	}
	p.LoseReplies(2)
	if r := mustCommit(t, s, claim("b2", "key2")); !r.Results[0].Applied {
		t.Errorf("two lost replies are answered with %+v", r)
	}
	p.LoseReplies(1)
	if r := mustCommit(t, s, store.Batch{Partition: "paper/00", ID: "f", Fences: []store.Fence{{Name: "f", Token: 2}}}); len(r.Results) != 0 || !r.Resent {
		t.Errorf("a lost reply to a fence is answered with %+v", r)
	}
}

func TestScriptFlush(t *testing.T) {
	srv := storetest.StartRedis(t)
	s := open(t, srv.URL, Options{})
	for i, b := range []store.Batch{claim("b1", "a"), {Partition: "paper/00", Steps: []store.Step{{Op: store.Delete, Key: "a"}}}} {
		srv.Do(t, "SCRIPT", "FLUSH")
		if r := mustCommit(t, s, b); !r.Results[0].Applied {
			t.Errorf("batch %d: %+v", i, r)
		}
	}
	place, err := s.Read(t.Context(), "paper/00", "wire", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	srv.Do(t, "SCRIPT", "FLUSH")
	if err := s.Trim(t.Context(), "paper/00", "wire", place[0].Place); err != nil {
		t.Error(err)
	}
	srv.Do(t, "SCRIPT", "FLUSH")
	for _, err := range s.Dump(t.Context(), "paper/00") {
		if err != nil {
			t.Error(err)
		}
	}
	if got := items(t, s); got != "" {
		t.Errorf("the log holds %q", got)
	}
}

func TestOutOfMemory(t *testing.T) {
	srv := storetest.StartRedis(t)
	s := open(t, srv.URL, Options{})
	mustCommit(t, s, claim("b1", "a"))
	srv.Do(t, "CONFIG", "SET", "maxmemory", "1")
	_, err := s.Commit(t.Context(), claim("b2", "b"))
	if !errors.Is(err, store.ErrFull) || !strings.Contains(err.Error(), "maxmemory") {
		t.Errorf("a full server says %v", err)
	}
	if got := items(t, s); got != "a" {
		t.Errorf("the log holds %q", got)
	}
	if _, err := s.Commit(t.Context(), store.Batch{Partition: "paper/00", ID: "d", Steps: []store.Step{{Op: store.Delete, Key: "a"}}}); err != nil {
		t.Errorf("a full server does not let go: %v", err)
	}
	got, err := s.Read(t.Context(), "paper/00", "wire", "", 0)
	if err == nil {
		err = s.Trim(t.Context(), "paper/00", "wire", got[0].Place)
	}
	if err != nil {
		t.Errorf("a full server does not trim: %v", err)
	}
	srv.Do(t, "CONFIG", "SET", "maxmemory", "0")
	if r := mustCommit(t, s, claim("b2", "b")); r.Resent || !r.Results[0].Applied {
		t.Errorf("with room again: %+v", r)
	}
}

func TestFrozen(t *testing.T) {
	srv := storetest.StartRedis(t)
	s := open(t, srv.URL, Options{})
	mustCommit(t, s, claim("b1", "a"))
	srv.Freeze()
	defer srv.Thaw()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := s.Commit(ctx, claim("b2", "b"))
	if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took > time.Second {
		t.Errorf("after %v: %v", took, err)
	}
	srv.Thaw()
	if r := mustCommit(t, s, claim("b2", "b")); !r.Results[0].Applied {
		t.Errorf("resent: %+v", r)
	}
	if got := items(t, s); got != "a b" {
		t.Errorf("the log holds %q", got)
	}
}

func TestRestart(t *testing.T) {
	srv := storetest.StartRedis(t, storetest.Always()...)
	s := open(t, srv.URL, Options{Patience: 20 * time.Second})
	hints, err := s.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	epoch, err := s.Epoch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	mustCommit(t, s, claim("b1", "a"))
	before, err := s.Read(t.Context(), "paper/00", "wire", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	srv.Kill()
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := s.Commit(t.Context(), claim("b2", "b")); err != nil {
			t.Errorf("a batch through a restart: %v", err)
		}
	})
	time.Sleep(100 * time.Millisecond)
	srv.Start(t)
	wg.Wait()
	after, err := s.Read(t.Context(), "paper/00", "wire", before[0].Place, 0)
	if err != nil || len(after) != 1 || string(after[0].Value) != "b" {
		t.Errorf("after the restart: %v, %v", after, err)
	}
	if again, err := s.Epoch(t.Context()); again != epoch || err != nil {
		t.Errorf("the epoch changed from %s to %s, %v", epoch, again, err)
	}
	limit := time.After(20 * time.Second)
	for n := 0; ; n++ {
		mustCommit(t, s, claim("", fmt.Sprint("more", n)))
		select {
		case <-hints:
			if n > 0 {
				return // a first may be from before
			}
		case <-limit:
			t.Fatal("no hints after the restart")
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func TestServerGone(t *testing.T) {
	srv := storetest.StartRedis(t)
	s := open(t, srv.URL, Options{Patience: 200 * time.Millisecond})
	srv.Kill()
	start := time.Now()
	_, err := s.Commit(t.Context(), claim("b1", "a"))
	if err == nil || time.Since(start) > 3*time.Second || !strings.Contains(err.Error(), srv.Addr) {
		t.Errorf("after %v: %v", time.Since(start), err)
	}
	if _, err := Open(t.Context(), srv.URL, Options{Patience: 100 * time.Millisecond}); err == nil {
		t.Error("Open finds a server that is gone")
	}
}

// A store that came back empty has another epoch, and whoever followed a log
// begins anew.
func TestEmptyAfterRestore(t *testing.T) {
	srv := storetest.StartRedis(t)
	s := open(t, srv.URL, Options{})
	epoch, _ := s.Epoch(t.Context())
	mustCommit(t, s, claim("b1", "a"))
	mustCommit(t, s, claim("b2", "b"))
	old, _ := s.Read(t.Context(), "paper/00", "wire", "", 0)
	srv.Do(t, "FLUSHALL")
	if again, err := s.Epoch(t.Context()); again == epoch || again == "" || err != nil {
		t.Errorf("epoch %s, before %s, %v", again, epoch, err)
	}
	mustCommit(t, s, claim("b3", "c"))
	got, err := s.Read(t.Context(), "paper/00", "wire", old[1].Place, 0)
	if err != nil || len(got) != 1 || string(got[0].Value) != "c" {
		t.Errorf("read %v, %v", got, err)
	}
	if err := s.Trim(t.Context(), "paper/00", "wire", old[1].Place); err != nil || items(t, s) != "c" {
		t.Errorf("a place of the old life trims: %q, %v", items(t, s), err)
	}
}

func TestReadOnlyWhileFailingOver(t *testing.T) {
	srv := storetest.StartRedis(t)
	s := open(t, srv.URL, Options{Patience: 20 * time.Second})
	srv.Do(t, "REPLICAOF", "127.0.0.1", "1")
	var wg sync.WaitGroup
	wg.Go(func() {
		time.Sleep(300 * time.Millisecond)
		srv.Do(t, "REPLICAOF", "NO", "ONE")
	})
	if r := mustCommit(t, s, claim("b1", "a")); !r.Results[0].Applied {
		t.Errorf("%+v", r)
	}
	wg.Wait()
}

func TestUnfit(t *testing.T) {
	srv := storetest.StartRedis(t, "--maxmemory-policy", "allkeys-lru", "--requirepass", "s3cret")
	for url, want := range map[string]string{
		"redis://:s3cret@" + srv.Addr: "maxmemory-policy noeviction",
		"redis://:wrong@" + srv.Addr:  "user or password",
		srv.URL:                       "user or password",
	} {
		_, err := Open(t.Context(), url, Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", url, err)
		}
		if err != nil && (strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), ":wrong")) {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}

func TestFit(t *testing.T) {
	for _, x := range []struct {
		version, policy string
		ok              bool
	}{
		{"7.0.15", "noeviction", true}, {"7.2.4", "", true}, {"8.1.0", "noeviction", true}, {"10.0", "noeviction", true},
		{"6.2.7", "noeviction", false}, {"", "noeviction", false}, {"7.0.15", "volatile-ttl", false}, {"x", "", false},
	} {
		err := fit(parseInfo("# Server\r\nredis_version:" + x.version + "\r\nmaxmemory_policy:" + x.policy + "\r\n"))
		if (err == nil) != x.ok || err != nil && !errors.Is(err, errUnfit) {
			t.Errorf("%q %q: %v", x.version, x.policy, err)
		}
	}
}

func TestVolatileIsTold(t *testing.T) {
	for _, x := range []struct {
		args  []string
		quiet bool
		want  string
	}{
		{[]string{"--appendonly", "no"}, false, "loses everything"},
		{[]string{"--appendonly", "no"}, true, ""},
		{[]string{"--appendonly", "no", "--save", "60 1"}, false, "snapshots only"},
		{[]string{"--appendonly", "no", "--rename-command", "CONFIG", ""}, false, "does not say"},
		{nil, false, ""},
	} {
		var log bytes.Buffer
		open(t, storetest.StartRedis(t, x.args...).URL, Options{AllowVolatile: x.quiet, Log: slog.New(slog.NewTextHandler(&log, nil))})
		if got := log.String(); !strings.Contains(got, x.want) || x.want == "" && got != "" {
			t.Errorf("%v: the log says %q", x.args, got)
		}
	}
}

func TestNewerForm(t *testing.T) {
	srv := storetest.StartRedis(t)
	srv.Do(t, "HSET", "tinhub:about", "epoch", "e", "form", "2")
	if _, err := Open(t.Context(), srv.URL, Options{}); err == nil || !strings.Contains(err.Error(), "form 2") {
		t.Errorf("a newer form: %v", err)
	}
}

func TestDamagedRecord(t *testing.T) {
	srv := storetest.StartRedis(t)
	s := open(t, srv.URL, Options{})
	srv.Do(t, "HSET", "tinhub:{paper/00}:r", "a", "nonsense", "b", "1 99:x", "c", "1 2:abv")
	for _, key := range []string{"a", "b", "c"} {
		if r, err := s.Get(t.Context(), store.Ref{Partition: "paper/00", Key: key}); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%s: %+v, %v", key, r, err)
		}
	}
}

func TestNothingLeaks(t *testing.T) {
	url := storetest.Redis(t)
	before := goleak.IgnoreCurrent()
	for range 3 {
		c, err := Open(t.Context(), url, Options{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		for _, ctx := range []context.Context{ctx, t.Context()} {
			if _, err := c.Watch(ctx); err != nil {
				t.Fatal(err)
			}
		}
		mustCommit(t, c.(*Store), claim("", "a"))
		cancel()
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	goleak.VerifyNone(t, before)
}

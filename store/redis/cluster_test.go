package redis

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tinhub/store"
	"tinhub/store/storetest"
)

// A move is one slot on its way from a master to another.
type move struct {
	t        *testing.T
	all      []*storetest.Server
	from, to *storetest.Server
	slot     any
}

// beginMove opens a partition's slot for moving.
func beginMove(t *testing.T, m *storetest.Masters, key string) *move {
	t.Helper()
	mv := &move{t: t, all: m.Servers, slot: m.Servers[0].Do(t, "CLUSTER", "KEYSLOT", key)}
	for _, s := range m.Servers {
		if n := s.Do(t, "CLUSTER", "COUNTKEYSINSLOT", mv.slot); n != int64(0) {
			mv.from = s
		} else if mv.to == nil {
			mv.to = s
		}
	}
	if mv.from == nil {
		t.Fatalf("no master has slot %v", mv.slot)
	}
	mv.to.Do(t, "CLUSTER", "SETSLOT", mv.slot, "IMPORTING", mv.from.Do(t, "CLUSTER", "MYID"))
	mv.from.Do(t, "CLUSTER", "SETSLOT", mv.slot, "MIGRATING", mv.to.Do(t, "CLUSTER", "MYID"))
	return mv
}

func (mv *move) keys(keys ...string) {
	mv.t.Helper()
	host, port, _ := strings.Cut(mv.to.Addr, ":")
	args := []any{"MIGRATE", host, port, "", 0, 5000, "KEYS"}
	for _, k := range keys {
		args = append(args, k)
	}
	mv.from.Do(mv.t, args...)
}

// end moves what is left and gives the slot over.
func (mv *move) end() {
	mv.t.Helper()
	left, _ := mv.from.Do(mv.t, "CLUSTER", "GETKEYSINSLOT", mv.slot, 100).([]any)
	var keys []string
	for _, k := range left {
		keys = append(keys, fmt.Sprint(k))
	}
	mv.keys(keys...)
	id := mv.to.Do(mv.t, "CLUSTER", "MYID")
	for _, s := range append([]*storetest.Server{mv.to, mv.from}, mv.all...) {
		s.Do(mv.t, "CLUSTER", "SETSLOT", mv.slot, "NODE", id)
	}
}

// On a slot that is half moved some keys of a partition are on each side. A
// batch must then wait or be refused whole, and never take a claim that is on the
// other side for absent.
func TestHalfMovedSlot(t *testing.T) {
	m := storetest.StartCluster(t)
	s := open(t, m.URL, Options{Patience: 20 * time.Second})
	mustCommit(t, s, claim("b1", "a"))
	mv := beginMove(t, m, s.key("paper/00", "r"))
	mv.keys(s.key("paper/00", "r"), s.key("paper/00", "x"))

	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if r, err := s.Commit(ctx, claim("b2", "a")); err == nil && (r.Results[0].Applied || r.Results[1].Applied) {
		t.Fatalf("on a half-moved slot an old claim is given again: %+v", r)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if r := mustCommit(t, s, claim("b3", "a")); r.Results[0].Applied {
			t.Errorf("the claim is given again: %+v", r)
		}
		if r := mustCommit(t, s, claim("b4", "b")); !r.Results[0].Applied {
			t.Errorf("a new claim is refused: %+v", r)
		}
	})
	time.Sleep(300 * time.Millisecond)
	mv.end()
	wg.Wait()
	if got := items(t, s); got != "a b" {
		t.Errorf("the log holds %q", got)
	}
	if r := mustCommit(t, s, claim("b1", "a")); !r.Resent {
		t.Errorf("the receipt did not come along: %+v", r)
	}
}

// A whole move under way and done costs nobody an error.
func TestMovedSlot(t *testing.T) {
	m := storetest.StartCluster(t)
	s := open(t, m.URL, Options{Patience: 20 * time.Second})
	mustCommit(t, s, claim("b1", "a"))
	stop := make(chan struct{})
	var wg sync.WaitGroup
	n := 0
	wg.Go(func() {
		for ; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := s.Commit(t.Context(), claim(fmt.Sprint("c", n), fmt.Sprint("k", n))); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for range 3 {
		beginMove(t, m, s.key("paper/00", "r")).end()
		// A slot that moves again before the masters have told one another whose
		// it is goes back to the former one, whose new owner then drops its keys.
		time.Sleep(time.Second)
	}
	close(stop)
	wg.Wait()
	got, err := s.Read(t.Context(), "paper/00", "wire", "", 100000)
	if err != nil || len(got) != n+1 {
		t.Errorf("%d items of %d, %v", len(got), n+1, err)
	}
}

// A restart of one master is waited out; partitions of the others go on.
func TestMasterRestarts(t *testing.T) {
	m := storetest.StartCluster(t, storetest.Always()...)
	s := open(t, m.URL, Options{Patience: 30 * time.Second})
	parts := make([]store.Partition, 12)
	for i := range parts {
		parts[i] = store.Paper(i)
	}
	write := func(id string) {
		for _, p := range parts {
			b := claim(id, id)
			b.Partition = p
			mustCommit(t, s, b)
		}
	}
	write("before")
	m.Servers[1].Kill()
	var wg sync.WaitGroup
	wg.Go(func() { write("meanwhile") })
	time.Sleep(200 * time.Millisecond)
	m.Servers[1].Start(t)
	wg.Wait()
	for _, p := range parts {
		got, err := s.Read(t.Context(), p, "wire", "", 0)
		if err != nil || len(got) != 2 {
			t.Errorf("%s has %s, %v", p, got, err)
		}
	}
	all, err := s.Partitions(t.Context())
	if err != nil || len(all) != len(parts) {
		t.Errorf("partitions: %v, %v", all, err)
	}
}

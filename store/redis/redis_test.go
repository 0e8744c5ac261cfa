package redis

import (
	"testing"
	"time"

	"tinhub/store"
	"tinhub/store/storetest"
)

// opener opens empty stores that share a server.
func opener(url string) func(t *testing.T) store.Core { return openerAt(url, nil) }

// openerAt makes their versions of a clock.
func openerAt(url string, clock func() time.Time) func(t *testing.T) store.Core {
	return func(t *testing.T) store.Core {
		t.Helper()
		c, err := Open(t.Context(), url, Options{Prefix: storetest.Prefix(), Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
}

func TestCore(t *testing.T) { storetest.Core(t, openerAt(storetest.Redis(t), storetest.Began)) }

func TestCoreOnCluster(t *testing.T) {
	storetest.Core(t, openerAt(storetest.Cluster(t), storetest.Began))
}

// TestVersionsOfAnotherLife: a server that comes back empty, and knows no scripts,
// gives no version again that it gave before.
func TestVersionsOfAnotherLife(t *testing.T) {
	srv := storetest.StartRedis(t)
	s := open(t, srv.URL, Options{})
	write := func() store.Ref {
		t.Helper()
		mustCommit(t, s, claim("", "a"))
		recs, err := s.Get(t.Context(), store.Ref{Partition: "paper/00", Key: "a"})
		if err != nil || recs[0].Version == 0 {
			t.Fatalf("%+v, %v", recs, err)
		}
		return store.Ref{Partition: "paper/00", Key: "a", Has: recs[0].Version}
	}
	before := write()
	srv.Do(t, "FLUSHALL")
	srv.Do(t, "SCRIPT", "FLUSH")
	if recs, err := s.Get(t.Context(), before); err != nil || recs[0].Version != 0 {
		t.Errorf("a record that is gone: %+v, %v", recs, err)
	}
	after := write()
	if after.Has <= before.Has {
		t.Errorf("version %d came after %d", after.Has, before.Has)
	}
	if recs, err := s.Get(t.Context(), before); err != nil || recs[0].Value == nil {
		t.Errorf("a record of another life: %+v, %v", recs, err)
	}
	if recs, err := s.Get(t.Context(), after); err != nil || recs[0].Value != nil || recs[0].Version != after.Has {
		t.Errorf("what the reader has: %+v, %v", recs, err)
	}
}

package redis

import (
	"testing"
	"time"

	"tinhub/store/storetest"
)

// The master dies; the Sentinel makes the replica master; batches wait for that.
// (Replication is asynchronous: what the replica had not got is lost, which no
// client can mend, so only what it surely had is counted.)
func TestFailover(t *testing.T) {
	w := storetest.StartSentinel(t)
	s := open(t, w.URL, Options{Patience: 40 * time.Second})
	mustCommit(t, s, claim("b1", "a"))
	for w.Replica.Do(t, "XLEN", s.key("paper/00", "l:wire")) != int64(1) {
		time.Sleep(10 * time.Millisecond)
	}
	w.Master.Kill()
	start := time.Now()
	if r := mustCommit(t, s, claim("b2", "b")); !r.Results[0].Applied {
		t.Errorf("after the failover: %+v", r)
	}
	t.Logf("a batch waited %v", time.Since(start))
	if got := items(t, s); got != "a b" {
		t.Errorf("the log holds %q", got)
	}
	if r := mustCommit(t, s, claim("b1", "a")); !r.Resent {
		t.Errorf("the receipt did not come along: %+v", r)
	}
}

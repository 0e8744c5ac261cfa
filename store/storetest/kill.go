package storetest

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tinhub/store"
)

// killEnv carries the store's address to the child that is killed.
const killEnv = "TINHUB_TEST_KILL_CHILD"

// KillNine runs the calling test again in a child process, which commits and
// says on its standard output what was acknowledged; kills the child with
// SIGKILL at a random moment, several rounds; and then looks for every
// acknowledged batch: its record, its index entry, its log item, once each. addr
// is handed to the child's open.
func KillNine(t *testing.T, addr string, rounds int, open func(t *testing.T, addr string) store.Core) {
	t.Helper()
	if at := os.Getenv(killEnv); at != "" {
		killChild(t, open(t, at))
		return
	}
	acknowledged := map[string]bool{}
	for round := range rounds {
		n := len(acknowledged)
		killRound(t, addr, round, acknowledged)
		if t.Failed() {
			return
		}
		killCheck(t, open(t, addr), acknowledged)
		t.Logf("round %d: %d acknowledged", round, len(acknowledged)-n)
	}
}

func killRound(t *testing.T, addr string, round int, acknowledged map[string]bool) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	child.Env = append(os.Environ(), killEnv+"="+addr, killEnv+"_ROUND="+strconv.Itoa(round))
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(10*time.Second, func() { child.Process.Kill() }) // should it never begin
	lines := bufio.NewScanner(out)
	began := false
	for lines.Scan() {
		id, ok := strings.CutPrefix(lines.Text(), "acknowledged ")
		if !ok {
			if strings.Contains(lines.Text(), "FAIL") || strings.Contains(lines.Text(), "_test.go") {
				t.Errorf("the child says %s", lines.Text())
			}
			continue
		}
		acknowledged[id] = true
		if !began {
			began = true
			time.AfterFunc(time.Duration(rand.IntN(400))*time.Millisecond, func() { child.Process.Kill() })
		}
	}
	timer.Stop()
	child.Wait()
	if !began {
		t.Error("the child acknowledged nothing")
	}
}

// killChild commits until it is killed.
func killChild(t *testing.T, c store.Core) {
	round := os.Getenv(killEnv + "_ROUND")
	var mu sync.Mutex // keeps lines whole
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%s-%d-%d", round, w, i)
				_, err := c.Commit(t.Context(), store.Batch{Partition: store.Paper(w % 2), ID: id, Steps: []store.Step{
					{Op: store.Put, Key: id, If: store.Absent, Value: []byte(strings.Repeat("x", 500)), Index: []store.Index{{Name: "i", Sort: id}}},
					{Op: store.Append, Key: "wire", Value: []byte(id), Needs: 1},
				}})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				os.Stdout.WriteString("acknowledged " + id + "\n")
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func killCheck(t *testing.T, c store.Core, acknowledged map[string]bool) {
	t.Helper()
	defer c.Close()
	records, entries, items := map[string]int{}, map[string]int{}, map[string]int{}
	for w := range 2 {
		p := store.Paper(w)
		for d, err := range c.Dump(t.Context(), p) {
			switch {
			case err != nil:
				t.Fatal(err)
			case d.Record != nil:
				records[d.Record.Key]++
			default:
				items[string(d.Value)]++
			}
		}
		var after *store.Hit
		for {
			hits, err := c.Range(t.Context(), p, "i", store.Span{After: after})
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range hits {
				entries[h.Key]++
			}
			if len(hits) == 0 {
				break
			}
			after = &hits[len(hits)-1]
		}
	}
	for id := range acknowledged {
		if records[id] != 1 || entries[id] != 1 || items[id] != 1 {
			t.Errorf("acknowledged %s: %d records, %d entries, %d items", id, records[id], entries[id], items[id])
		}
	}
	for id := range records {
		if entries[id] != 1 || items[id] != 1 {
			t.Errorf("%s is there in part: %d entries, %d items", id, entries[id], items[id])
		}
	}
	if len(items) != len(records) || len(entries) != len(records) {
		t.Errorf("%d records, %d entries, %d items", len(records), len(entries), len(items))
	}
}

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	figures "runtime/metrics"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// How much of what the kernel allows is not for the Go heap: a share, for what is
// let in faster than it is collected, and at least what the pages of the program
// and of the store's file, and stacks, take however small the container is. Of
// 128 MiB, 76 lasted through all the bombs of the hostile feeds at once.
const (
	memoryShare = 0.3
	memoryRest  = 52 << 20
)

// heapOf is what the heap may take of a limit.
func heapOf(limit uint64) uint64 {
	rest := max(uint64(memoryShare*float64(limit)), memoryRest)
	return limit - min(rest, limit/2)
}

// boundMemory keeps the heap below the limit that a container or a unit of
// systemd has, so that garbage is collected before the kernel kills. GOMEMLIMIT,
// where it is set, counts instead. Where no limit can be read the work goes on
// without.
func boundMemory(limit memlimit.Provider, errs io.Writer) {
	heap := func() (uint64, error) {
		n, err := limit()
		return heapOf(n), err
	}
	if _, err := memlimit.Set(memlimit.WithRatio(1), memlimit.WithProvider(heap)); err != nil {
		fmt.Fprintf(errs, "tinhub: the memory limit of this process is not known, and its heap not bounded (set GOMEMLIMIT to bound it): %v\n", err)
	}
}

// garbage is how much of it may lie about between two collections, in bytes. Go's
// own rule is as much as there is of what is kept. But what grows with the store
// are the indexes, of which the collector has little to follow, so that waiting
// longer because of them saves hardly any work; and of little that is kept, a burst
// of news would make it follow all again and again.
const garbage = 64 << 20

// What lies free or is garbage is kept for what comes next, and given back where
// for so many seconds nothing came that needed it: after a start, after a burst.
const (
	spare      = 16 << 20
	spareLooks = 10
)

// A heap is how much of it there is, in bytes.
type heap struct {
	live   uint64 // at the end of the last collection
	used   uint64 // live, or not collected yet
	free   uint64 // neither, and not given back
	cycles uint64 // how often it was collected
}

// A housekeeper looks at the heap every second.
type housekeeper struct {
	idle   int    // looks in a row at which too much lay about that nobody needed
	cycles uint64 // at the last look
}

// look says at which GC percentage so much garbage is collected beside a heap,
// and whether what lies about is given back.
func (h *housekeeper) look(is heap) (percent int, release bool) {
	const most, least = 400, 10
	percent = max(least, min(most, int(garbage*100/max(is.live, 1))))
	h.idle++
	// Where it was collected, so much was needed as lies about.
	if lying := is.free + is.used - min(is.used, is.live); lying < spare || is.cycles != h.cycles {
		h.idle = 0
	}
	h.cycles = is.cycles
	if release = h.idle == spareLooks; release {
		h.idle = 0
	}
	return percent, release
}

// keepHouse keeps the garbage to its bound as the heap grows, and gives back what
// is not needed, until ctx ends. Where GOGC is set somebody chose otherwise.
func keepHouse(ctx context.Context) {
	if _, chosen := os.LookupEnv("GOGC"); chosen {
		return
	}
	read := []figures.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/free:bytes"}, {Name: "/gc/cycles/total:gc-cycles"}}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var h housekeeper
	for set := 0; ; {
		figures.Read(read)
		percent, release := h.look(heap{read[0].Value.Uint64(), read[1].Value.Uint64(), read[2].Value.Uint64(), read[3].Value.Uint64()})
		if percent != set {
			debug.SetGCPercent(percent)
			set = percent
		}
		if release {
			debug.FreeOSMemory()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

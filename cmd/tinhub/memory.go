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
// own rule is as much as there is of what is kept; but what grows with the store
// are the indexes, of which the collector has little to follow, so that waiting
// longer because of them saves hardly any work.
const garbage = 40 << 20

// What lies free is kept for what comes next, and given back where for so many
// seconds nothing came that needed it: after a start, after all was rendered anew.
const (
	spare      = 16 << 20
	spareLooks = 10
)

// A housekeeper looks at the heap every second.
type housekeeper struct {
	idle int // looks in a row at which too much was free
}

// look says at which GC percentage so much garbage is collected beside a heap of
// live bytes, and whether what is free is given back.
func (h *housekeeper) look(live, free uint64) (percent int, release bool) {
	const usual, least = 100, 10
	percent = max(least, min(usual, int(garbage*100/max(live, 1))))
	h.idle++
	if free < spare {
		h.idle = 0
	}
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
	heap := []figures.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/free:bytes"}}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var h housekeeper
	for set := 0; ; {
		figures.Read(heap)
		percent, release := h.look(heap[0].Value.Uint64(), heap[1].Value.Uint64())
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

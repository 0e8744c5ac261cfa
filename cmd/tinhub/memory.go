package main

import (
	"fmt"
	"io"

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

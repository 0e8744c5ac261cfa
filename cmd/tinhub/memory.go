package main

import (
	"fmt"
	"io"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// memoryShare is how much of what the kernel allows the Go heap may use. The rest
// is for pages of the program and of the store's file, stacks, and what is let in
// faster than it is collected: of 128 MiB, 90 lasted through the bombs of the
// hostile feeds, and with no bound of the heap the kernel killed the process.
const memoryShare = 0.7

// boundMemory keeps the heap below a share of the limit that a container or a
// unit of systemd has, so that garbage is collected before the kernel kills.
// GOMEMLIMIT, where it is set, counts instead. Where no limit can be read the
// work goes on without.
func boundMemory(limit memlimit.Provider, errs io.Writer) {
	if _, err := memlimit.Set(memlimit.WithRatio(memoryShare), memlimit.WithProvider(limit)); err != nil {
		fmt.Fprintf(errs, "tinhub: the memory limit of this process is not known, and its heap not bounded (set GOMEMLIMIT to bound it): %v\n", err)
	}
}

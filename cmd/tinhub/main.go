// Command tinhub gathers what Vietnam's provincial newspapers publish, sorts it
// into curated topics, and gives each topic back as feeds and pages.
//
// This package is flags, signals, exit codes and wiring: it opens the store and
// hands each room what the room asked for in interfaces of its own. One file a
// subcommand; run is the program, so that a test starts it in process.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // zones of sources, on machines that have none

	"github.com/KimMachineGun/automemlimit/memlimit"
)

func main() {
	boundMemory(memlimit.FromCgroup, os.Stderr)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	go keepHouse(ctx)
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

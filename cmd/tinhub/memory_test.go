package main

import (
	"bytes"
	"errors"
	"math"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/google/go-cmp/cmp"
)

func TestBoundMemory(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	unlimited := func() (uint64, error) { return 0, memlimit.ErrNoLimit }
	broken := func() (uint64, error) { return 0, errors.New("cgroup: torn") }
	tests := []struct {
		name    string
		limit   memlimit.Provider
		environ string
		want    int64 // MiB
		says    string
	}{
		{"a container of 128 MiB", memlimit.Limit(128 << 20), "", 76, ""},
		{"a larger one", memlimit.Limit(1000 << 20), "", 700, ""},
		{"one in which nothing runs", memlimit.Limit(16 << 20), "", 8, ""},
		{"no container", unlimited, "", math.MaxInt64 >> 20, ""},
		{"a limit that can't be read", broken, "", 4096, "set GOMEMLIMIT"},
		{"somebody knows better", memlimit.Limit(128 << 20), "64MiB", 4096, ""}, // the runtime read it when it started
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			debug.SetMemoryLimit(4096 << 20)
			t.Setenv("GOMEMLIMIT", tt.environ)
			if tt.environ == "" {
				os.Unsetenv("GOMEMLIMIT")
			}
			var errs bytes.Buffer
			boundMemory(tt.limit, &errs)
			if got := debug.SetMemoryLimit(-1) >> 20; got != tt.want {
				t.Errorf("the heap is bounded at %d MiB, want %d", got, tt.want)
			}
			if said := errs.String(); (said != "") != (tt.says != "") || !strings.Contains(said, tt.says) {
				t.Errorf("it says %q, want %q", said, tt.says)
			}
		})
	}
}

func TestHousekeeper(t *testing.T) {
	for _, tt := range []struct{ live, percent int }{{0, 400}, {10, 400}, {32, 200}, {64, 100}, {128, 50}, {4000, 10}} {
		if got, _ := new(housekeeper).look(heap{live: uint64(tt.live) << 20}); got != tt.percent {
			t.Errorf("beside %d MiB garbage is collected at %d %%, want %d", tt.live, got, tt.percent)
		}
	}
	const live = 100 << 20
	little, much := heap{live: live, used: live, free: spare - 1}, heap{live: live, used: live, free: 30 << 20}
	garbage := heap{live: live, used: live + spare}
	collected := garbage // again and again: news comes all the time
	var h housekeeper
	var released []int
	for second, is := range slices.Concat(
		slices.Repeat([]heap{much}, 9), []heap{little}, // it was needed
		slices.Repeat([]heap{much}, 10), // since then it was not
		slices.Repeat([]heap{little}, 30),
		slices.Repeat([]heap{{live: live, used: live, free: spare}}, 10),
		slices.Repeat([]heap{collected}, 30),
		slices.Repeat([]heap{garbage}, 10)) {
		if second >= 60 {
			is.cycles = uint64(min(second, 89))
		}
		if _, release := h.look(is); release {
			released = append(released, second)
		}
	}
	if d := cmp.Diff([]int{19, 59, 99}, released); d != "" {
		t.Errorf("when memory was given back (-want +got):\n%s", d)
	}
}

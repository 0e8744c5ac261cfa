//go:build race

package feed

// slowness is how much the race detector slows code like this.
const slowness = 8

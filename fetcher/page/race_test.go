//go:build race

package page

// slowness is how much the race detector slows code like this.
const slowness = 32

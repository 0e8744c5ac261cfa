//go:build !race

package feed

const slowness = 1

//go:build race

package feed

// racing: the race detector makes the work many times slower, and what is held to
// a budget of time has no goroutines.
const racing = true

//go:build !race

package feed

const racing = false

//go:build !race

package markup

const racing = false

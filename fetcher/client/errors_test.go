package client

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
)

// TestPlain: an error's text is one short line, the same each time, and says
// nothing of our own end of a connection.
func TestPlain(t *testing.T) {
	reset := &net.OpError{Op: "read", Net: "tcp", Source: &net.TCPAddr{IP: net.IPv4(10, 1, 2, 3), Port: 40123}, Err: syscall.ECONNRESET}
	for _, tt := range []struct {
		err  error
		want string
	}{
		{reset, "connection reset by peer"},
		{fmt.Errorf("body: %w", reset), "connection reset by peer"},
		{errors.New("a\nb\x00\xff"), "a b ?"},
		{errors.New(strings.Repeat("chữ", 200)), ""},
	} {
		got := plain(tt.err)
		if tt.want != "" && got != tt.want || len(got) > 203 || strings.Contains(got, "10.1.2.3") {
			t.Errorf("%v: %q, want %q", tt.err, got, tt.want)
		}
	}
}

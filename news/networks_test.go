package news

import (
	"net/netip"
	"testing"
)

func TestClient(t *testing.T) {
	proxies := Networks{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, c := range []struct {
		peer      string
		forwarded []string
		want      string // "" is none
	}{
		{"203.0.113.7:999", nil, "203.0.113.7"},
		{"203.0.113.7:999", []string{"198.51.100.1"}, "203.0.113.7"}, // a stranger says so
		{"10.0.0.1:999", nil, "10.0.0.1"},
		{"10.0.0.1:999", []string{"198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.1:999", []string{"192.0.2.9, 198.51.100.1"}, "198.51.100.1"}, // what the reader wrote itself
		{"10.0.0.1:999", []string{"198.51.100.1", "10.0.0.2"}, "198.51.100.1"},
		{"10.0.0.1:999", []string{"198.51.100.1, unknown"}, "10.0.0.1"},
		{"10.0.0.1:999", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"[::ffff:10.0.0.1]:999", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		{"[fd00::1%eth0]:999", []string{"2001:db8::1"}, "2001:db8::1"},
		{"[fe80::1%eth0]:999", nil, "fe80::1"},
		{"203.0.113.7", nil, "203.0.113.7"},
		{"[2001:db8::1]", nil, "2001:db8::1"},
		{"@", []string{"198.51.100.1"}, ""},
	} {
		want, _ := netip.ParseAddr(c.want)
		if got := proxies.Client(c.peer, c.forwarded); got != want {
			t.Errorf("%s, %q: %v, want %v", c.peer, c.forwarded, got, want)
		}
	}
	if got := (Networks)(nil).Client("10.0.0.1:999", []string{"198.51.100.1"}); got != netip.MustParseAddr("10.0.0.1") {
		t.Errorf("without proxies: %v", got)
	}
}

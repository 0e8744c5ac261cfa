package client_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tinhub/fetcher/client"
)

func TestLookup(t *testing.T) {
	names := fakeDNS(t, func(name string, _ int) string {
		return map[string]string{"well.example.": "127.0.0.1", "inside.example.": "10.0.0.1"}[name]
	})
	c := unhurried(t, func(o *client.Options) { o.Resolver = names })
	for address, want := range map[string]string{
		"http://well.example/": "127.0.0.1", "https://WELL.example:8443/x": "127.0.0.1", "http://127.0.0.1:9/": "127.0.0.1", "http://[::ffff:127.0.0.1]/": "127.0.0.1",
	} {
		got, err := c.Lookup(t.Context(), address)
		if err != nil || !cmp.Equal(got, []netip.Addr{netip.MustParseAddr(want)}, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })) {
			t.Errorf("%s: %v, %v", address, got, err)
		}
	}
	for address, want := range map[string]client.Class{
		"http://inside.example/": client.Forbidden, "http://10.0.0.1/": client.Forbidden, "http://nowhere.example/": client.DNS, "http://127.1/": client.Forbidden, "well.example": client.BadAddress,
	} {
		got, err := c.Lookup(t.Context(), address)
		if wantClass(t, err, want); len(got) != 0 {
			t.Errorf("%s: %v", address, got)
		}
	}
}

// TestAt: where the address to connect is given, the name's change of mind counts
// for nothing; it is guarded all the same, and is not taken to another host.
func TestAt(t *testing.T) {
	var elsewhere bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere = true }))
	defer other.Close()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, other.URL, http.StatusFound)
			return
		}
		w.Write([]byte(r.Host))
	}))
	defer srv.Close()
	u, _ := url.Parse(srv.URL)
	names := fakeDNS(t, func(string, int) string { return "10.0.0.1" })
	c := unhurried(t, func(o *client.Options) { o.Resolver = names })
	home := "http://paper.example:" + u.Port()
	here := netip.MustParseAddr("127.0.0.1")
	resp, err := c.Fetch(t.Context(), client.Request{URL: home + "/", At: here})
	if err != nil || string(resp.Body) != "paper.example:"+u.Port() {
		t.Fatalf("%v, %v", resp, err)
	}
	if _, err := c.Fetch(t.Context(), client.Request{URL: home + "/away", At: here}); err != nil || !elsewhere {
		t.Errorf("a redirect to another host: %v, reached %v", err, elsewhere)
	}
	_, err = c.Fetch(t.Context(), client.Request{URL: "http://new.example:" + u.Port(), At: netip.MustParseAddr("10.0.0.1")})
	wantClass(t, err, client.Forbidden)
}

package client_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"tinhub/fetcher/client"
	"tinhub/news"
)

// loopback is what tests allow so that they can reach their own servers.
func loopback() news.Networks {
	return news.Networks{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}

func only(t *testing.T, prefix string) news.Networks {
	t.Helper()
	return news.Networks{netip.MustParsePrefix(prefix)}
}

// unhurried is a client that may talk to the tests' servers as fast as it can.
func unhurried(t *testing.T, change ...func(*client.Options)) *client.Client {
	o := client.Options{Allow: loopback(), Limits: client.Limits{PerHost: 64, Spacing: -1}}
	for _, f := range change {
		f(&o)
	}
	c := client.New(o)
	t.Cleanup(c.Close)
	return c
}

func wantClass(t *testing.T, err error, want client.Class) {
	t.Helper()
	if got := client.ClassOf(err); got != want {
		t.Errorf("class %q (%v), want %q", got, err, want)
	}
	if err != nil && (err.Error() == "" || strings.ContainsAny(err.Error(), "\n\r")) {
		t.Errorf("the error is no sentence: %q", err)
	}
}

// counted is a listener on loopback that counts who comes.
func counted(t *testing.T) (port string, connections *atomic.Int64) {
	t.Helper()
	connections = new(atomic.Int64)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			conn.Close()
		}
	}()
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port, connections
}

// TestForbidden is the list of FAULTS.md, fetch layer. PORT is a port on which
// a listener on loopback counts connections: there must be none.
func TestForbidden(t *testing.T) {
	port, connections := counted(t)
	names := fakeDNS(t, func(name string, n int) string { return "10.0.0.1" })
	c := client.New(client.Options{Resolver: names})
	tests := []struct {
		url  string
		want client.Class
	}{
		{"http://127.0.0.1/", client.Forbidden},
		{"http://127.0.0.1:PORT/", client.Forbidden},
		{"http://[::1]/", client.Forbidden},
		{"http://[::ffff:127.0.0.1]/", client.Forbidden},
		{"http://[::ffff:127.0.0.1]:PORT/", client.Forbidden},
		{"http://[::ffff:a9fe:a9fe]/latest/meta-data", client.Forbidden},
		{"http://169.254.169.254/", client.Forbidden},
		{"http://100.100.100.200/", client.Forbidden},
		{"http://[fd00:ec2::254]/", client.Forbidden},
		{"http://0.0.0.0:6379/", client.Forbidden},
		{"http://0.0.0.0:PORT/", client.Forbidden},
		{"http://0.1.2.3/", client.Forbidden},
		{"http://[::]:PORT/", client.Forbidden},
		{"http://[::127.0.0.1]/", client.Forbidden},
		{"http://[64:ff9b::7f00:1]/", client.Forbidden},
		{"http://[64:ff9b::a9fe:a9fe]/", client.Forbidden},
		{"http://[64:ff9b:1::7f00:1]/", client.Forbidden},
		{"http://[2002:7f00:1::]/", client.Forbidden},
		{"http://[2001:0:7f00:1::]/", client.Forbidden},
		{"http://[ff02::1]/", client.Forbidden},
		{"http://198.18.0.1/", client.Forbidden},
		{"http://240.0.0.1/", client.Forbidden},
		{"http://255.255.255.255/", client.Forbidden},
		{"http://224.0.0.1/", client.Forbidden},
		{"http://192.168.1.1/", client.Forbidden},
		{"http://172.16.0.1/", client.Forbidden},
		{"http://10.0.0.1/", client.Forbidden},
		{"http://[fe80::1%25eth0]/", client.Forbidden},
		{"http://2130706433/", client.Forbidden},
		{"http://0x7f000001/", client.Forbidden},
		{"http://0x7f.1/", client.Forbidden},
		{"http://0177.0.0.1/", client.Forbidden},
		{"http://127.1/", client.Forbidden},
		{"http://127.1:PORT/", client.Forbidden},
		{"http://１２７.０.０.１:PORT/", client.Forbidden},
		{"http://127。0。0。1:PORT/", client.Forbidden},
		{"http://localhost./", client.Forbidden},
		{"http://localhost:PORT/", client.Forbidden},
		{"http://LOCALHOST:PORT/", client.Forbidden},
		{"http://a.localhost:PORT/", client.Forbidden},
		{"http://10-0-0-1.nip.example/", client.Forbidden},
		{"http://example.com@127.0.0.1/", client.BadAddress},
		{"http://user:pass@127.0.0.1:PORT/", client.Forbidden},
		{"//127.0.0.1", client.BadAddress},
		{"//127.0.0.1:PORT/", client.BadAddress},
		{"http:127.0.0.1", client.BadAddress},
		{"http:/127.0.0.1:PORT/", client.BadAddress},
		{"127.0.0.1:PORT", client.BadAddress},
		{"http://", client.BadAddress},
		{"", client.BadAddress},
		{"file:///etc/passwd", client.BadAddress},
		{"gopher://127.0.0.1:6379/_FLUSHALL", client.BadAddress},
		{"ftp://example.com/", client.BadAddress},
		{"http://93.184.216.34:0/", client.BadAddress},
		{"http://93.184.216.34:65536/", client.BadAddress},
		{"http://93.184.216.34:22/", client.Forbidden},
		{"http://93.184.216.34:25/", client.Forbidden},
		{"http://93.184.216.34:6379/", client.Forbidden},
		{"http://example.com:22/", client.Forbidden},
		{"http://a b/", client.BadAddress},
		{"http://[::1", client.BadAddress},
	}
	for _, tt := range tests {
		raw := strings.ReplaceAll(tt.url, "PORT", port)
		t.Run(raw, func(t *testing.T) {
			begun := time.Now()
			_, err := c.Fetch(t.Context(), client.Request{URL: raw})
			wantClass(t, err, tt.want)
			if d := time.Since(begun); d > 2*time.Second {
				t.Errorf("refused after %v", d)
			}
		})
	}
	if n := connections.Load(); n != 0 {
		t.Errorf("%d connections reached the listener", n)
	}
}

func TestAllowed(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("here")) }))
	defer srv.Close()
	port := srv.URL[strings.LastIndexByte(srv.URL, ':'):]
	for _, host := range []string{"127.0.0.1", "localhost", "localhost.", "[::ffff:127.0.0.1]"} {
		resp, err := unhurried(t).Fetch(t.Context(), client.Request{URL: "http://" + host + port + "/"})
		if err != nil || string(resp.Body) != "here" {
			t.Errorf("%s: %v, %v", host, resp, err)
		}
	}
	c := client.New(client.Options{Allow: news.Networks{netip.MustParsePrefix("10.0.0.0/8")}})
	_, err := c.Fetch(t.Context(), client.Request{URL: srv.URL})
	wantClass(t, err, client.Forbidden)
}

// TestRebinding has a name whose address is harmless when it is first looked up
// and private ever after: what is judged is the address being connected.
func TestRebinding(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("here")) }))
	defer srv.Close()
	u, _ := url.Parse(srv.URL)
	asked := 0
	names := fakeDNS(t, func(name string, n int) string {
		if asked++; asked == 1 {
			return "127.0.0.1"
		}
		return "127.0.0.2" // stands for the private address
	})
	c := client.New(client.Options{Resolver: names, Limits: client.Limits{Spacing: -1}, Allow: news.Networks{netip.MustParsePrefix("127.0.0.1/32")}})
	addr := "http://rebind.example:" + u.Port() + "/"
	if _, err := c.Fetch(t.Context(), client.Request{URL: addr}); err != nil {
		t.Fatal(err)
	}
	c.Close() // the next request looks the name up again
	_, err := c.Fetch(t.Context(), client.Request{URL: addr})
	wantClass(t, err, client.Forbidden)
}

func TestEnvironmentProxyUnused(t *testing.T) {
	port, connections := counted(t)
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, "http://127.0.0.1:"+port)
	}
	names := fakeDNS(t, func(string, int) string { return "" })
	_, err := client.New(client.Options{Resolver: names}).Fetch(t.Context(), client.Request{URL: "http://paper.example/"})
	wantClass(t, err, client.DNS)
	if connections.Load() != 0 {
		t.Error("the proxy of the environment was used")
	}
}

// TestProxyIsGuarded: a source may name a proxy, which is dialled under the same rules.
func TestProxyIsGuarded(t *testing.T) {
	var asked atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked.Store(r.URL.String()) }))
	defer proxy.Close()
	q := client.Request{URL: "http://paper.example/feed", Proxy: proxy.URL}
	if _, err := unhurried(t).Fetch(t.Context(), q); err != nil || asked.Load() != "http://paper.example/feed" {
		t.Errorf("asked %v, %v", asked.Load(), err)
	}
	_, err := client.New(client.Options{}).Fetch(t.Context(), q)
	wantClass(t, err, client.Forbidden)
	_, err = unhurried(t).Fetch(t.Context(), client.Request{URL: "http://10.0.0.1/", Proxy: proxy.URL})
	wantClass(t, err, client.Forbidden)
	_, err = unhurried(t).Fetch(t.Context(), client.Request{URL: "http://paper.example/", Proxy: "nonsense"})
	wantClass(t, err, client.BadAddress)
}

// fakeDNS is a resolver whose answers are given by a function; "" is a name
// that does not exist.
func fakeDNS(t *testing.T, answer func(name string, n int) string) *net.Resolver {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pc.Close() })
	go func() {
		buf := make([]byte, 1500)
		for n := 0; ; n++ {
			size, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			pc.WriteTo(dnsReply(buf[:size], answer, n), from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
}

func dnsReply(query []byte, answer func(string, int) string, n int) []byte {
	var m dnsmessage.Message
	if m.Unpack(query) != nil || len(m.Questions) == 0 {
		return nil
	}
	q := m.Questions[0]
	m.Response, m.Additionals = true, nil
	if q.Type == dnsmessage.TypeA {
		if a := answer(q.Name.String(), n); a != "" {
			m.Answers = []dnsmessage.Resource{{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
				Body:   &dnsmessage.AResource{A: netip.MustParseAddr(a).As4()},
			}}
		} else {
			m.RCode = dnsmessage.RCodeNameError
		}
	}
	out, _ := m.Pack()
	return out
}

// TestDialMail: a mail server is reached on a mail server's port, and at a private
// address only in an allowed network.
func TestDialMail(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, c := range []struct {
		allow   news.Networks
		address string
		says    string // "" is reached
	}{
		{loopback(), l.Addr().String(), ""},
		{nil, l.Addr().String(), "is not one of a mail server's"},
		{nil, "127.0.0.1:25", "is a private, local or reserved address"},
		{nil, "[::1]:587", "is a private, local or reserved address"},
		{nil, "169.254.169.254:25", "is a private, local or reserved address"},
		{nil, "192.0.2.1:80", "is not one of a mail server's"},
		{only(t, "10.0.0.0/8"), "127.0.0.1:465", "is a private, local or reserved address"},
	} {
		conn, err := client.New(client.Options{Allow: c.allow}).DialMail(t.Context(), "tcp", c.address)
		if conn != nil {
			conn.Close()
		}
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.address, err)
		}
	}
}

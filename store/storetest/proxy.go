package storetest

import (
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// A Proxy stands between a store and its server, and spoils what passes.
type Proxy struct {
	Addr string
	URL  string

	lose atomic.Int64 // how many replies to swallow

	mu    sync.Mutex // guards conns
	conns map[net.Conn]bool
}

// NewProxy listens on loopback until the test ends.
func NewProxy(t testing.TB, to string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{Addr: l.Addr().String(), conns: map[net.Conn]bool{}}
	p.URL = "redis://" + p.Addr
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { p.serve(c, to) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		p.Cut()
		wg.Wait()
	})
	return p
}

// LoseReplies lets the next n requests through to the server and breaks the
// connection in place of the answer.
func (p *Proxy) LoseReplies(n int) { p.lose.Store(int64(n)) }

// Lost says that every reply that was to be lost is.
func (p *Proxy) Lost() bool { return p.lose.Load() <= 0 }

// Cut breaks every connection.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
}

func (p *Proxy) keep(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns[c] = true
}

func (p *Proxy) drop(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
	c.Close()
}

func (p *Proxy) serve(client net.Conn, to string) {
	p.keep(client)
	defer p.drop(client)
	server, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	p.keep(server)
	defer p.drop(server)
	done := make(chan struct{})
	go func() {
		defer close(done)
		pump(server, client, func() bool { return true })
		server.Close()
	}()
	pump(client, server, func() bool { return p.lose.Add(-1) < 0 })
	client.Close()
	server.Close()
	<-done
}

// pump copies what comes while pass agrees.
func pump(to, from net.Conn, pass func() bool) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil || !pass() {
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

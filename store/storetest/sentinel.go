package storetest

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A Watched is a master with one replica under one Sentinel.
type Watched struct {
	URL             string
	Master, Replica *Server
}

// StartSentinel starts the three on loopback. The Sentinel alone decides, half a
// second after it lost sight of the master.
func StartSentinel(t testing.TB) *Watched {
	t.Helper()
	w := &Watched{Master: StartRedis(t)}
	host, port, _ := net.SplitHostPort(w.Master.Addr)
	w.Replica = StartRedis(t, "--replicaof", host+" "+port, "--repl-diskless-sync-delay", "0")
	conf := filepath.Join(t.TempDir(), "sentinel.conf")
	text := fmt.Sprintf("sentinel monitor news %s %s 1\nsentinel down-after-milliseconds news 500\nsentinel failover-timeout news 3000\n", host, port)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &Server{dir: t.TempDir()}
	p := freePort(t)
	s.Addr = net.JoinHostPort("127.0.0.1", p)
	s.args = []string{conf, "--sentinel", "--bind", "127.0.0.1", "--port", p, "--dir", s.dir, "--logfile", filepath.Join(s.dir, "log")}
	s.Start(t)
	t.Cleanup(s.Kill)
	w.URL = "redis+sentinel://" + s.Addr + "/news"
	for range 500 {
		if list, ok := s.Do(t, "SENTINEL", "REPLICAS", "news").([]any); ok && len(list) == 1 {
			return w
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the Sentinel finds no replica")
	return nil
}

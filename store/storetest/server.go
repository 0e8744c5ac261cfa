package storetest

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"tinhub/store"
)

// A Server is a real redis-server on loopback that a test may kill.
type Server struct {
	Addr string
	URL  string

	dir   string
	args  []string
	cmd   *exec.Cmd
	guard io.Closer // its end kills the server, even when the test binary is killed
}

// Redis starts a server with an append-only file, ended with the test, and gives
// its URL. Where there is no redis-server the test is skipped, or fails if the
// environment says TINHUB_TEST_REDIS=required.
func Redis(t testing.TB) (url string) {
	t.Helper()
	return StartRedis(t).URL
}

// Always returns the arguments that let a Redis lose nothing that it acknowledged.
func Always() []string { return []string{"--appendfsync", "always"} }

// Prefix is a key prefix for one test, so that tests share a server.
func Prefix() string { return "t" + store.NewName()[:12] + ":" }

// StartRedis starts a server with more arguments, as redis-server takes them. A
// test that kills it and counts needs Always: everysec acknowledges up to two
// seconds of writes that it holds back while the disk is busy with a sync.
func StartRedis(t testing.TB, args ...string) *Server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("TINHUB_TEST_REDIS") == "required" {
			t.Fatalf("redis-server is required and not found: %v", err)
		}
		t.Skip("redis-server is not installed: apt install redis-server (TINHUB_TEST_REDIS=required makes this a failure)")
	}
	s := &Server{dir: t.TempDir()}
	s.args = append([]string{"--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync", "everysec",
		"--dir", s.dir, "--logfile", filepath.Join(s.dir, "log")}, args...)
	port := freePort(t)
	s.Addr = net.JoinHostPort("127.0.0.1", port)
	s.URL = "redis://" + s.Addr
	s.args = append(s.args, "--port", port)
	s.Start(t)
	t.Cleanup(s.Kill)
	return s
}

// Start starts it again after Kill, on the same address with the same data.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	s.cmd = exec.Command("redis-server", s.args...)
	if err := s.cmd.Start(); err != nil {
		t.Fatalf("start redis-server: %v", err)
	}
	s.watch(t)
	s.await(t)
}

// watch leaves a shell that waits for this process to end, however it ends.
func (s *Server) watch(t testing.TB) {
	t.Helper()
	sh := exec.Command("sh", "-c", "read x; kill -9 "+strconv.Itoa(s.cmd.Process.Pid)+" 2>/dev/null")
	in, err := sh.StdinPipe()
	if err == nil {
		err = sh.Start()
	}
	if err != nil {
		t.Fatalf("guard redis-server: %v", err)
	}
	s.guard = closer(func() error {
		sh.Process.Kill()
		sh.Wait()
		return in.Close()
	})
}

type closer func() error

func (c closer) Close() error { return c() }

// await returns when the server answers and has loaded its data.
func (s *Server) await(t testing.TB) {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: s.Addr, DialTimeout: time.Second, MaxRetries: -1, DisableIdentity: true})
	defer c.Close()
	var err error
	for range 500 {
		if err = c.Ping(context.Background()).Err(); err == nil || redis.IsAuthError(err) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
	t.Fatalf("redis-server does not answer: %v\n%s", err, log)
}

// Kill is kill -9.
func (s *Server) Kill() {
	if s.cmd == nil {
		return
	}
	s.guard.Close()
	s.cmd.Process.Kill()
	s.cmd.Wait()
	s.cmd = nil
}

// Freeze stops the process in its tracks; its connections stay open.
func (s *Server) Freeze() { s.cmd.Process.Signal(syscall.SIGSTOP) }

// Thaw ends a Freeze.
func (s *Server) Thaw() { s.cmd.Process.Signal(syscall.SIGCONT) }

// Do runs one command on the server, as an operator would.
func (s *Server) Do(t testing.TB, args ...any) any {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: s.Addr, DisableIdentity: true})
	defer c.Close()
	v, err := c.Do(context.Background(), args...).Result()
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return v
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// A Masters is a Redis Cluster of three masters without replicas.
type Masters struct {
	URL     string
	Servers []*Server
}

// Cluster starts three masters on loopback and gives their URL.
func Cluster(t testing.TB) (url string) {
	t.Helper()
	return StartCluster(t).URL
}

// StartCluster starts three masters that share the slots evenly.
func StartCluster(t testing.TB, args ...string) *Masters {
	t.Helper()
	m := &Masters{}
	var addrs []string
	for range 3 {
		s := StartRedis(t, append(slices.Clone(args), "--cluster-enabled", "yes", "--cluster-port", freePort(t), "--cluster-node-timeout", "2000")...)
		m.Servers, addrs = append(m.Servers, s), append(addrs, s.Addr)
	}
	m.URL = "redis+cluster://" + strings.Join(addrs, ",")
	const slots = 16384
	for i, s := range m.Servers {
		s.Do(t, "CLUSTER", "ADDSLOTSRANGE", i*slots/3, (i+1)*slots/3-1)
		s.Do(t, "CLUSTER", "SET-CONFIG-EPOCH", i+1)
	}
	first := m.Servers[0]
	_, port, _ := net.SplitHostPort(first.Addr)
	bus := first.args[slices.Index(first.args, "--cluster-port")+1]
	for _, s := range m.Servers[1:] {
		s.Do(t, "CLUSTER", "MEET", "127.0.0.1", port, bus)
	}
	m.await(t)
	return m
}

func (m *Masters) await(t testing.TB) {
	t.Helper()
	var state string
	for range 1000 {
		whole := 0
		for _, s := range m.Servers {
			state = fmt.Sprint(s.Do(t, "CLUSTER", "INFO"))
			if strings.Contains(state, "cluster_state:ok") && strings.Contains(state, "cluster_known_nodes:3") {
				whole++
			}
		}
		if whole == len(m.Servers) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("the cluster does not come together:\n%s", state)
}

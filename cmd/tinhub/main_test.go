package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// asProgram makes the test binary be tinhub: a real process can be killed.
const asProgram = "TINHUB_TEST_BE_TINHUB"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	testscript.Main(m, map[string]func(){"tinhub": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata", RequireExplicitExec: true})
}

// A hub is tinhub running: in process, or as one of its own.
type hub struct {
	t      *testing.T
	base   string // "http://127.0.0.1:40001"
	logs   *logs
	stop   func() int            // ends it as SIGTERM does, and gives the exit code
	kill   func()                // kill -9; a process only
	signal func(os.Signal) error // a process only
	pid    int                   // a process only
}

// logs keeps what a hub writes to stderr.
type logs struct {
	mu  sync.Mutex
	all bytes.Buffer // guarded by mu
}

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(b)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// start runs a command in process until the test ends.
func start(t *testing.T, environ []string, args ...string) *hub {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	h := &hub{t: t, logs: new(logs)}
	code := make(chan int, 1)
	go func() { code <- run(ctx, args, environ, strings.NewReader(""), io.Discard, h.logs) }()
	var once sync.Once
	var ended int
	h.stop = func() int {
		once.Do(func() {
			cancel()
			select {
			case ended = <-code:
			case <-time.After(40 * time.Second):
				t.Errorf("tinhub does not end; its log:\n%s", h.logs)
			}
		})
		return ended
	}
	t.Cleanup(func() { h.stop() })
	h.awaitListening()
	return h
}

// startProcess runs a command as a process of its own, which can be killed.
func startProcess(t *testing.T, environ []string, args ...string) *hub {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return startBinary(t, self, append([]string{asProgram + "=1"}, environ...), args...)
}

// startBinary starts a file that is the program.
func startBinary(t *testing.T, file string, environ []string, args ...string) *hub {
	t.Helper()
	h := &hub{t: t, logs: new(logs)}
	cmd := exec.Command(file, args...)
	cmd.Env = append(os.Environ(), environ...)
	cmd.Stderr = h.logs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	end := func(sig os.Signal) {
		once.Do(func() {
			_ = cmd.Process.Signal(sig)
			_ = cmd.Wait() // the exit code is read below
		})
	}
	h.kill = func() { end(os.Kill) }
	h.signal, h.pid = cmd.Process.Signal, cmd.Process.Pid
	h.stop = func() int { end(os.Interrupt); return cmd.ProcessState.ExitCode() }
	t.Cleanup(h.kill)
	h.awaitListening()
	return h
}

// awaitListening reads the address off the log.
func (h *hub) awaitListening() {
	h.t.Helper()
	h.await(20*time.Second, "it says where it listens", func() error {
		for line := range strings.Lines(h.logs.String()) {
			var l struct{ Listen string }
			if json.Unmarshal([]byte(line), &l) == nil && l.Listen != "" {
				h.base = "http://" + l.Listen
				return nil
			}
		}
		return fmt.Errorf("no such line yet")
	})
}

// await tries until it succeeds; what it waits for is named in the failure.
func (h *hub) await(limit time.Duration, what string, try func() error) {
	h.t.Helper()
	deadline := time.Now().Add(limit)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("waited %v until %s: %v; the log:\n%s", limit, what, err, tail(h.logs.String(), 6000))
		}
		time.Sleep(25 * time.Millisecond)
	}
}

// get reads a page of the hub.
func (h *hub) get(path string, header ...string) (int, http.Header, []byte, error) {
	req, err := http.NewRequestWithContext(context.Background(), "GET", h.base+path, nil)
	if err != nil {
		return 0, nil, nil, err
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	// A story that is part of another leads there, by site.public_url, which nobody
	// serves in a test.
	client := http.Client{CheckRedirect: func(to *http.Request, _ []*http.Request) error {
		if to.URL.Host == "localhost:8080" {
			to.URL.Host = req.URL.Host
		}
		return nil
	}}
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, b, err
}

func tail(s string, n int) string {
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}

// once runs a command to its end.
func once(t *testing.T, environ []string, stdin string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, environ, strings.NewReader(stdin), &o, &e)
	return code, o.String(), e.String()
}

// needTool finds a program, or skips: unless test.sh says that all must be there.
func needTool(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if p, err := exec.LookPath(name); err == nil {
			return p
		}
	}
	if os.Getenv("TINHUB_TEST_TOOLS") == "required" {
		t.Fatalf("%v is not installed; ./test.sh installs it", names)
	}
	t.Skipf("%v is not installed", names)
	return ""
}

// startRedis runs a real redis-server for one test, and gives its store URL.
func startRedis(t *testing.T) string {
	t.Helper()
	port := freePort(t)
	runRedis(t, port, t.TempDir())
	return "redis://127.0.0.1:" + port + "/0"
}

// runRedis runs one at a port and over a folder, and waits until it answers.
func runRedis(t *testing.T, port, dir string) *exec.Cmd {
	t.Helper()
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		if os.Getenv("TINHUB_TEST_REDIS") == "required" {
			t.Fatal("redis-server is not installed; ./test.sh installs it")
		}
		t.Skip("redis-server is not installed")
	}
	cmd := exec.Command(bin, "--port", port, "--bind", "127.0.0.1", "--dir", dir, "--appendonly", "yes", "--save", "")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			c.Close()
			return cmd
		}
		if time.Now().After(deadline) {
			t.Fatalf("redis-server does not answer: %v", err)
		}
	}
}

// freePort is a port that nobody listened at a moment ago.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// stores runs a test over both engines beside each other; in short runs over the
// embedded one.
func stores(t *testing.T, test func(t *testing.T, url string)) {
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		test(t, "file:"+filepath.Join(t.TempDir(), "data"))
	})
	if !testing.Short() {
		t.Run("redis", func(t *testing.T) {
			t.Parallel()
			test(t, startRedis(t))
		})
	}
}

// long leaves a test out of short runs.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("a long one")
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

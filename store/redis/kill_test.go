package redis

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"tinhub/store"
	"tinhub/store/storetest"
)

// The process that commits is killed; Redis goes on.
func TestKillNine(t *testing.T) {
	url := os.Getenv("TINHUB_TEST_KILL_CHILD")
	if url == "" {
		url = storetest.Redis(t)
	}
	storetest.KillNine(t, url, 5, func(t *testing.T, url string) store.Core { return open(t, url, Options{}) })
}

// Redis is killed, again and again, while a process commits through it.
func TestKillServer(t *testing.T) {
	srv := storetest.StartRedis(t, storetest.Always()...)
	s := open(t, srv.URL, Options{})
	done := make(chan int)
	stop := make(chan struct{})
	go func() {
		n := 0
		defer func() { done <- n }()
		for {
			select {
			case <-stop:
				return
			default:
			}
			b := claim(store.NewName(), store.NewName())
			if _, err := s.Commit(t.Context(), b); err != nil {
				t.Error(err)
				return
			}
			n++
		}
	}()
	for range 4 {
		time.Sleep(time.Duration(50+rand.IntN(150)) * time.Millisecond)
		srv.Kill()
		srv.Start(t)
	}
	close(stop)
	n := <-done
	got, err := s.Read(t.Context(), "paper/00", "wire", "", 1<<20)
	if err != nil || len(got) != n {
		t.Errorf("%d acknowledged, %d in the log, %v", n, len(got), err)
	}
	t.Logf("%d batches through 4 kills", n)
}

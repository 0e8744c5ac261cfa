package websub

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tinhub/news"
)

// said is a log that is written by many.
type said struct {
	mu   sync.Mutex // guards text
	text strings.Builder
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// sickLeases renew nothing while there is a fault.
type sickLeases struct {
	Leases
	fault atomic.Pointer[error]
}

func (l *sickLeases) Renew(ctx context.Context, lease news.Lease, ttl time.Duration) (news.Lease, error) {
	if err := l.fault.Load(); err != nil {
		return lease, *err
	}
	return l.Leases.Renew(ctx, lease, ttl)
}

// Whoever reads the log learns why a process no longer serves a shard.
func TestWhyAShardIsGivenUp(t *testing.T) {
	const ttl = 900 * time.Millisecond
	down := errors.New("the store is down")
	for name, c := range map[string]struct {
		happens func(t *testing.T, r *rig, l *sickLeases)
		want    string
	}{
		"another process joins": {func(t *testing.T, r *rig, _ *sickLeases) {
			startHub(t, r.core, func(o *Options) { o.LeaseTTL, o.Settings.URL = ttl, r.base })
		}, "other processes have joined"},
		"another process has it": {func(_ *testing.T, _ *rig, l *sickLeases) { l.fault.Store(&news.ErrHeld) }, "its lease was lost: held by another"},
		"the store is away":      {func(_ *testing.T, _ *rig, l *sickLeases) { l.fault.Store(&down) }, "its lease ran out: the store did not renew it: the store is down"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log said
			l := &sickLeases{}
			r := startHub(t, tempStore(t), func(o *Options) {
				o.LeaseTTL, o.Log = ttl, slog.New(slog.NewTextHandler(&log, nil))
			}, func(d *Deps) { l.Leases = d.Leases; d.Leases = l })
			eventually(t, "it has all shards", func() bool { return len(r.hub.ours()) == news.HubShards })
			c.happens(t, r, l)
			eventually(t, "it says that it gave shards up", func() bool { return strings.Contains(log.String(), "no longer served here") })
			if text := log.String(); !strings.Contains(text, c.want) || strings.Contains(text, "context canceled") {
				t.Errorf("the log does not say %q:\n%s", c.want, text)
			}
		})
	}
}

package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"tinhub/news"
	"tinhub/store"
)

// Options has a usable zero value.
type Options struct {
	Prefix string // of every key; "": "tinhub:"

	// AllowVolatile keeps Open quiet about a server that writes nothing to disk.
	AllowVolatile bool

	Timeout  time.Duration // for one answer of the server; 0: 3 s. A nearer deadline of ctx counts.
	Patience time.Duration // how long a call is tried again through a restart or failover; 0: 5 s
	Conns    int           // connections a server at most; 0: go-redis's own, 10 a processor
	Log      *slog.Logger  // nil: none

	Clock func() time.Time // which versions are made of; nil: time.Now
}

// A Store is a connection to a server or a cluster.
type Store struct {
	client redis.UniversalClient
	opt    Options
	log    *slog.Logger
	name   string // hosts, for errors

	closing sync.Once
	closed  chan struct{}
	done    sync.WaitGroup // watchers
}

var _ store.Core = (*Store)(nil)

// form is the form of the keys that this version writes; see the package's comment.
const form = 1

func init() {
	// go-redis writes to stderr beside slog. What it says there comes back to us
	// as errors too.
	redis.SetLogger(&logging.VoidLogger{})
}

// Open connects, checks that the server is fit to keep news, and loads the
// scripts. ctx bounds the opening only.
func Open(ctx context.Context, url string, o Options) (store.Core, error) {
	t, err := parse(url)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if o.Prefix == "" {
		o.Prefix = "tinhub:"
	}
	if strings.ContainsAny(o.Prefix, "{}\x00") {
		return nil, fmt.Errorf("open store: a key prefix holds no braces: %q", o.Prefix)
	}
	if o.Timeout <= 0 {
		o.Timeout = 3 * time.Second
	}
	if o.Patience <= 0 {
		o.Patience = 5 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	s := &Store{client: connect(t, o), opt: o, log: o.Log, name: t.name(), closed: make(chan struct{})}
	if err := s.prepare(ctx); err != nil {
		s.client.Close()
		return nil, fmt.Errorf("open store: %w", err)
	}
	return s, nil
}

func connect(t target, o Options) redis.UniversalClient {
	return redis.NewUniversalClient(&redis.UniversalOptions{
		Addrs: t.addrs, IsClusterMode: t.cluster, MasterName: t.master, DB: t.db,
		Username: t.user, Password: t.pass,
		SentinelUsername: t.sentinelUser, SentinelPassword: t.sentinelPass,
		TLSConfig:             t.tlsConfig(),
		MaxRetries:            -1, // a lost reply would run the command again; see Store.try
		DialTimeout:           min(o.Timeout, 2*time.Second),
		DialerRetries:         1,
		ReadTimeout:           o.Timeout,
		WriteTimeout:          o.Timeout,
		ContextTimeoutEnabled: true,
		PoolSize:              o.Conns,
		DisableIdentity:       true,
		MaintNotificationsConfig: &maintnotifications.Config{
			Mode: maintnotifications.ModeDisabled,
		},
	})
}

func (s *Store) prepare(ctx context.Context) error {
	if err := s.try(ctx, s.checkServers); err != nil {
		return err
	}
	if _, err := s.Epoch(ctx); err != nil {
		return err
	}
	return s.try(ctx, func(ctx context.Context) error {
		return s.masters(ctx, func(ctx context.Context, c *redis.Client) error {
			for _, script := range []*redis.Script{commitScript, sweepScript, getScript, trimScript, readScript, copyScript} {
				if err := script.Load(ctx, c).Err(); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// masters runs f on every server that is written to, at once in a cluster.
func (s *Store) masters(ctx context.Context, f func(context.Context, *redis.Client) error) error {
	switch c := s.client.(type) {
	case *redis.ClusterClient:
		return c.ForEachMaster(ctx, f)
	case *redis.Client:
		return f(ctx, c)
	}
	return fmt.Errorf("a client of an unknown kind: %T", s.client)
}

// key names one of a partition's keys.
func (s *Store) key(p store.Partition, kind string) string {
	return s.opt.Prefix + "{" + string(p) + "}:" + kind
}

// Now is the server's clock; in a cluster that of the master that holds the
// leases, since clocks of several would not agree.
func (s *Store) Now(ctx context.Context) (now time.Time, err error) {
	err = s.try(ctx, func(ctx context.Context) error {
		var t redis.Cmdable = s.client
		if c, ok := s.client.(*redis.ClusterClient); ok {
			if t, err = c.MasterForKey(ctx, s.key(store.LeasePartition, "r")); err != nil {
				return err
			}
		}
		now, err = t.Time(ctx).Result()
		return err
	})
	return now.UTC(), err
}

// Epoch asks each time: the server may have come back empty.
func (s *Store) Epoch(ctx context.Context) (epoch string, err error) {
	candidate := store.NewName()
	var have string
	err = s.try(ctx, func(ctx context.Context) error {
		about := s.opt.Prefix + "about"
		got, err := s.client.HMGet(ctx, about, "epoch", "form").Result()
		if err != nil {
			return err
		}
		epoch, _ = got[0].(string)
		have, _ = got[1].(string)
		if epoch != "" && have != "" {
			return nil
		}
		var first *redis.StringCmd
		_, err = s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.HSetNX(ctx, about, "epoch", candidate)
			p.HSetNX(ctx, about, "form", form)
			first = p.HGet(ctx, about, "epoch")
			return nil
		})
		epoch, have = first.Val(), fmt.Sprint(form)
		return err
	})
	if err == nil && have != fmt.Sprint(form) {
		return "", fmt.Errorf("store %s: its keys have form %s and this tinhub knows %d: use the version that wrote them", s.name, have, form)
	}
	return epoch, err
}

// usable refuses a call on a closed store or under an ended ctx.
func (s *Store) usable(ctx context.Context) error {
	select {
	case <-s.closed:
		return fmt.Errorf("store %s: %w", s.name, news.ErrClosed)
	default:
		return ctx.Err()
	}
}

// Close ends the watchers and the connections.
func (s *Store) Close() error {
	var err error
	s.closing.Do(func() {
		close(s.closed)
		s.done.Wait()
		err = s.client.Close()
	})
	if err != nil && !errors.Is(err, redis.ErrClosed) {
		return fmt.Errorf("close store %s: %w", s.name, err)
	}
	return nil
}

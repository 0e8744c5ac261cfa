package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// errUnfit marks a server that would lose news by how it is set up.
var errUnfit = errors.New("this Redis cannot keep news")

// checkServers looks at every master.
func (s *Store) checkServers(ctx context.Context) error {
	return s.masters(ctx, func(ctx context.Context, c *redis.Client) error {
		info, err := c.Info(ctx).Result()
		if err != nil {
			return err
		}
		about := parseInfo(info)
		if err := fit(about); err != nil {
			return fmt.Errorf("%s: %w", c.Options().Addr, err)
		}
		if s.opt.AllowVolatile || about["aof_enabled"] == "1" {
			return nil
		}
		s.warn(ctx, c)
		return nil
	})
}

// fit decides from INFO whether a server may be used.
func fit(info map[string]string) error {
	version := info["redis_version"]
	major, _, _ := strings.Cut(version, ".")
	if n, err := strconv.Atoi(major); err != nil || n < 7 {
		return fmt.Errorf("%w: it is version %q, and 7 or later is needed", errUnfit, version)
	}
	if policy := info["maxmemory_policy"]; policy != "" && policy != "noeviction" {
		return fmt.Errorf("%w: its maxmemory-policy is %s, which throws records away when memory is short: set it to noeviction "+
			"(redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf)", errUnfit, policy)
	}
	return nil
}

// warn tells of a server without an append-only file: what that means depends on
// its snapshots, which INFO does not say, and CONFIG may be forbidden.
func (s *Store) warn(ctx context.Context, c *redis.Client) {
	save, err := c.ConfigGet(ctx, "save").Result()
	log := s.log.With(slog.String("server", c.Options().Addr))
	switch {
	case err != nil:
		log.WarnContext(ctx, "Redis has no append-only file, and does not say whether it saves snapshots: a crash may lose news", "mend", "appendonly yes")
	case save["save"] == "":
		log.WarnContext(ctx, "Redis writes nothing to disk: a restart loses everything", "mend", "appendonly yes, appendfsync everysec")
	default:
		log.WarnContext(ctx, "Redis saves snapshots only: a crash loses what came since the last", "mend", "appendonly yes, appendfsync everysec", "save", save["save"])
	}
}

func parseInfo(info string) map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(info) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			m[name] = value
		}
	}
	return m
}

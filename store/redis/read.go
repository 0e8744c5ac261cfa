package redis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"tinhub/news"
	"tinhub/store"
)

// Get reads with one command a partition, in one pipeline.
func (s *Store) Get(ctx context.Context, refs ...store.Ref) ([]store.Record, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	if len(refs) == 0 {
		return nil, nil
	}
	asks := map[store.Partition]*ask{}
	for i, ref := range refs {
		a := asks[ref.Partition]
		if a == nil {
			a = &ask{}
			asks[ref.Partition] = a
		}
		a.at, a.keys, a.has = append(a.at, i), append(a.keys, ref.Key), a.has || ref.Has != 0
	}
	byName := redis.Pipeliner.EvalSha
	err := s.try(ctx, func(ctx context.Context) error {
		cmds, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for part, a := range asks {
				a.send(ctx, p, s.key(part, "r"), refs, byName)
			}
			return nil
		})
		if slices.ContainsFunc(cmds, func(c redis.Cmder) bool { return redis.HasErrorPrefix(c.Err(), "NOSCRIPT") }) {
			byName = evalWhole // a server that came back does not know it; sent whole once, it does
			return errNoScript
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]store.Record, len(refs))
	for part, a := range asks {
		values, err := a.cmd()
		if err != nil || len(values) != len(a.keys) {
			return nil, fmt.Errorf("store %s: partition %s: %d records were answered of %d: %w", s.name, part, len(values), len(a.keys), err)
		}
		for i, v := range values {
			r := store.Record{Key: a.keys[i]}
			switch packed, there := v.(string); {
			case there && packed == "":
				r.Version = refs[a.at[i]].Has
			case there:
				if r, _, err = unpackRecord(a.keys[i], packed); err != nil {
					return nil, fmt.Errorf("store %s: partition %s: %w", s.name, part, err)
				}
			}
			out[a.at[i]] = r
		}
	}
	return out, nil
}

// An ask is what is read of one partition.
type ask struct {
	at   []int // where in refs
	keys []string
	has  bool // of some the reader has a version
	cmd  func() ([]any, error)
}

// errNoScript has a pipeline sent again.
var errNoScript = errors.New("the server does not know a script")

func evalWhole(p redis.Pipeliner, ctx context.Context, _ string, keys []string, args ...any) *redis.Cmd {
	return getScript.Eval(ctx, p, keys, args...)
}

// send puts the command into a pipeline: HMGET, which needs no script, where the
// reader has nothing.
func (a *ask) send(ctx context.Context, p redis.Pipeliner, key string, refs []store.Ref,
	run func(redis.Pipeliner, context.Context, string, []string, ...any) *redis.Cmd) {
	if !a.has {
		a.cmd = p.HMGet(ctx, key, a.keys...).Result
		return
	}
	args := make([]any, 0, 2*len(a.at))
	for i, at := range a.at {
		args = append(args, a.keys[i], refs[at].Has)
	}
	a.cmd = run(p, ctx, getScript.Hash(), []string{key}, args...).Slice
}

// Range reads one stretch.
func (s *Store) Range(ctx context.Context, p store.Partition, index string, span store.Span) ([]store.Hit, error) {
	hits, err := s.Ranges(ctx, p, store.Stretch{Index: index, Span: span})
	if err != nil {
		return nil, err
	}
	return hits[0], nil
}

// Ranges reads stretches of the partition's one sorted set, in one pipeline. A
// member's parts are joined by NUL, the lowest byte, so that the set's order is the
// order of (index, sort, key).
func (s *Store) Ranges(ctx context.Context, p store.Partition, stretches ...store.Stretch) ([][]store.Hit, error) {
	cmds := make([]*redis.StringSliceCmd, len(stretches))
	err := s.try(ctx, func(ctx context.Context) error {
		_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for i, x := range stretches {
				low, high := bounds(x.Index, x.Span)
				by := redis.ZRangeBy{Min: low, Max: high, Count: int64(cmp.Or(max(x.Span.Limit, 0), store.DefaultLimit))}
				if x.Span.Reverse {
					cmds[i] = pipe.ZRevRangeByLex(ctx, s.key(p, "x"), &by)
				} else {
					cmds[i] = pipe.ZRangeByLex(ctx, s.key(p, "x"), &by)
				}
			}
			return nil
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([][]store.Hit, len(stretches))
	for i, x := range stretches {
		for _, m := range cmds[i].Val() {
			sort, key, ok := strings.Cut(strings.TrimPrefix(m, x.Index+"\x00"), "\x00")
			if !ok {
				return nil, fmt.Errorf("store %s: partition %s: index %s has a damaged entry", s.name, p, x.Index)
			}
			out[i] = append(out[i], store.Hit{Sort: sort, Key: key})
		}
	}
	return out, nil
}

// bounds are a span's two ends as ZRANGEBYLEX takes them.
func bounds(index string, span store.Span) (low, high string) {
	low, high = "["+index+"\x00"+span.From, "("+index+"\x01"
	if span.To != "" {
		high = "(" + index + "\x00" + span.To
	}
	if a := span.After; a != nil {
		at := "(" + index + "\x00" + a.Sort + "\x00" + a.Key
		if !span.Reverse && at[1:] > low[1:] {
			low = at
		}
		if span.Reverse && at[1:] < high[1:] {
			high = at
		}
	}
	return low, high
}

// Read is one script, which sees the log's life and its items at one moment.
func (s *Store) Read(ctx context.Context, p store.Partition, log string, after news.Place, limit int) ([]store.Item, error) {
	if limit <= 0 {
		limit = store.DefaultLimit
	}
	epoch, text := store.SplitPlace(after)
	from, ok := parseID(text)
	if !ok {
		epoch = ""
	}
	keys := []string{s.key(p, "m"), s.key(p, "l:"+log)}
	var got []string
	err := s.try(ctx, func(ctx context.Context) (err error) {
		got, err = readScript.Run(ctx, s.client, keys, log, epoch, from.ms, from.seq, limit).StringSlice()
		return err
	})
	if err != nil {
		return nil, err
	}
	var items []store.Item
	for i := 1; i+1 < len(got); i += 2 {
		items = append(items, store.Item{Place: store.MakePlace(got[0], got[i]), Value: []byte(got[i+1])})
	}
	return items, nil
}

// An itemID is a stream's: milliseconds and a number within one.
type itemID struct{ ms, seq uint64 }

// parseID reads an id as XADD gives it; anything else is no id.
func parseID(s string) (itemID, bool) {
	ms, seq, ok := strings.Cut(s, "-")
	a, err := strconv.ParseUint(ms, 10, 53)
	b, err2 := strconv.ParseUint(seq, 10, 53)
	return itemID{a, b}, ok && err == nil && err2 == nil
}

func (a itemID) String() string {
	return strconv.FormatUint(a.ms, 10) + "-" + strconv.FormatUint(a.seq, 10)
}

// Trim runs in the server, where the log's life is compared with the place's.
func (s *Store) Trim(ctx context.Context, p store.Partition, log string, upTo news.Place) error {
	epoch, text := store.SplitPlace(upTo)
	id, ok := parseID(text)
	if !ok {
		return s.usable(ctx)
	}
	keep := itemID{id.ms, id.seq + 1}
	keys := []string{s.key(p, "m"), s.key(p, "l:"+log)}
	return s.try(ctx, func(ctx context.Context) error {
		return trimScript.Run(ctx, s.client, keys, log, epoch, id.ms, id.seq, keep.String()).Err()
	})
}

// Partitions walks the keys of every master: a few a partition.
func (s *Store) Partitions(ctx context.Context) ([]store.Partition, error) {
	var mu sync.Mutex // guards found
	var found []store.Partition
	err := s.try(ctx, func(ctx context.Context) error {
		found = nil
		return s.masters(ctx, func(ctx context.Context, c *redis.Client) error {
			some, err := s.scan(ctx, c)
			mu.Lock()
			defer mu.Unlock()
			found = append(found, some...)
			return err
		})
	})
	slices.Sort(found)
	return slices.Compact(found), err
}

// scan finds the partitions of one server: a hash of records is there only
// while it holds any, a stream may be empty.
func (s *Store) scan(ctx context.Context, c *redis.Client) ([]store.Partition, error) {
	var found []store.Partition
	head := s.opt.Prefix + "{"
	walk := c.Scan(ctx, 0, globEscape(head)+"*}:[rl]*", 1000).Iterator()
	for walk.Next(ctx) {
		name, kind, ok := strings.Cut(strings.TrimPrefix(walk.Val(), head), "}:")
		switch {
		case !ok:
		case kind == "r":
			found = append(found, store.Partition(name))
		case strings.HasPrefix(kind, "l:"):
			n, err := c.XLen(ctx, walk.Val()).Result()
			if err != nil {
				return nil, err
			}
			if n > 0 {
				found = append(found, store.Partition(name))
			}
		}
	}
	return found, walk.Err()
}

// globEscape makes SCAN's pattern match a prefix as it is written.
func globEscape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, "]", `\]`).Replace(s)
}

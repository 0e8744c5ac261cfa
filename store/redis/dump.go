package redis

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"tinhub/store"
)

// copyLife is how long a backup's copy outlives a backup that was killed. It is
// renewed with every page that is read.
const copyLife = 15 * time.Minute

// page is how many records or items are read at a time.
const page = 100

// Dump copies the partition's keys inside the server in one script, and reads
// the copies page by page: what it yields stood together at one moment, whatever
// is written meanwhile. The server needs room for one partition more.
func (s *Store) Dump(ctx context.Context, p store.Partition) iter.Seq2[store.Dumped, error] {
	return func(yield func(store.Dumped, error) bool) {
		d := &dumper{s: s, p: p, yield: func(x store.Dumped) bool { return yield(x, nil) }}
		if err := d.run(ctx); err != nil && !errors.Is(err, errEnough) {
			yield(store.Dumped{}, err)
		}
	}
}

// errEnough ends a dump that its reader broke off.
var errEnough = errors.New("enough")

type dumper struct {
	s     *Store
	p     store.Partition
	yield func(store.Dumped) bool
}

func (d *dumper) run(ctx context.Context) error {
	logs, keys, made, err := d.copy(ctx)
	if err != nil {
		return err
	}
	defer func() {
		// also where ctx has ended: the copies hold memory
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.s.opt.Timeout)
		defer cancel()
		for _, k := range keys {
			d.s.client.Unlink(ctx, k)
		}
	}()
	if made[0] == '1' {
		if err := d.records(ctx, keys[0]); err != nil {
			return err
		}
	}
	for i, log := range logs {
		if made[i+1] != '1' {
			continue
		}
		if err := d.items(ctx, log, keys[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// copy sets the records and every log aside. It begins again when a log is born
// between the listing and the copying.
func (d *dumper) copy(ctx context.Context) (logs, copies []string, made string, err error) {
	aside := "b:" + store.NewName() + ":"
	for made = "-1"; made == "-1"; {
		if logs, err = d.logs(ctx); err != nil {
			return nil, nil, "", err
		}
		keys := []string{d.s.key(d.p, "m"), d.s.key(d.p, "r"), d.s.key(d.p, aside+"r")}
		copies = keys[2:3:3]
		args := []any{int(copyLife.Seconds())}
		for _, log := range logs {
			c := d.s.key(d.p, aside+"l:"+log)
			keys, copies, args = append(keys, d.s.key(d.p, "l:"+log), c), append(copies, c), append(args, log)
		}
		err = d.s.try(ctx, func(ctx context.Context) (err error) {
			made, err = copyScript.Run(ctx, d.s.client, keys, args...).Text()
			return err
		})
		if err != nil {
			return nil, nil, "", err
		}
	}
	return logs, copies, made, nil
}

// logs lists the partition's logs, empty ones included.
func (d *dumper) logs(ctx context.Context) (logs []string, err error) {
	err = d.s.try(ctx, func(ctx context.Context) error {
		fields, err := d.s.client.HKeys(ctx, d.s.key(d.p, "m")).Result()
		logs = nil
		for _, f := range fields {
			if log, ok := strings.CutPrefix(f, "l:"); ok {
				logs = append(logs, log)
			}
		}
		slices.Sort(logs)
		return err
	})
	return logs, err
}

func (d *dumper) records(ctx context.Context, key string) error {
	seen := map[string]bool{} // HSCAN may give a field twice while the hash grows its table
	for cursor := uint64(0); ; {
		var cmd *redis.ScanCmd
		err := d.page(ctx, key, func(p redis.Pipeliner) { cmd = p.HScan(ctx, key, cursor, "", page) })
		if err != nil {
			return err
		}
		pairs, next := cmd.Val()
		for i := 0; i+1 < len(pairs); i += 2 {
			if seen[pairs[i]] {
				continue
			}
			seen[pairs[i]] = true
			r, own, err := unpackRecord(pairs[i], pairs[i+1])
			if err != nil {
				return fmt.Errorf("store %s: partition %s: %w", d.s.name, d.p, err)
			}
			if !d.yield(store.Dumped{Record: &r, Index: own}) {
				return errEnough
			}
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}

func (d *dumper) items(ctx context.Context, log, key string) error {
	for start := "-"; ; {
		var cmd *redis.XMessageSliceCmd
		err := d.page(ctx, key, func(p redis.Pipeliner) { cmd = p.XRangeN(ctx, key, start, "+", page) })
		if err != nil {
			return err
		}
		for _, m := range cmd.Val() {
			v, _ := m.Values["v"].(string)
			if !d.yield(store.Dumped{Log: log, Value: []byte(v)}) {
				return errEnough
			}
			start = "(" + m.ID
		}
		if len(cmd.Val()) < page {
			return nil
		}
	}
}

// page reads from a copy and renews its life: a copy that is gone must not pass
// for one that is at its end. (No MULTI: a full server refuses to queue.)
func (d *dumper) page(ctx context.Context, key string, read func(redis.Pipeliner)) error {
	var there *redis.BoolCmd
	err := d.s.try(ctx, func(ctx context.Context) error {
		_, err := d.s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			there = p.Expire(ctx, key, copyLife)
			read(p)
			return nil
		})
		return err
	})
	if err == nil && !there.Val() {
		err = fmt.Errorf("store %s: the copy of %s that the backup reads is gone (Redis was restarted, or the reader paused over %v): begin again", d.s.name, d.p, copyLife)
	}
	return err
}

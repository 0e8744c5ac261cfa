package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"tinhub/store"
)

// Commit sends the batch as one script, and sends it again while the fault may
// pass. That is always right: a batch that is not idempotent has an id, its own
// or one made here.
func (s *Store) Commit(ctx context.Context, b store.Batch) (store.Receipt, error) {
	if err := s.usable(ctx); err != nil {
		return store.Receipt{}, err
	}
	if err := b.Check(); err != nil {
		return store.Receipt{}, err
	}
	own := b.ID == "" && !b.Idempotent()
	if own {
		b.ID = store.NewName()
	}
	script := commitScript
	if b.Deletes() {
		script = sweepScript
	}
	keys, args := s.flatten(&b)
	var reply string
	err := s.try(ctx, func(ctx context.Context) (err error) {
		reply, err = script.Run(ctx, s.client, keys, args...).Text()
		return err
	})
	if err != nil {
		return store.Receipt{}, err
	}
	r, err := receipt(reply)
	if err != nil && !errors.Is(err, store.ErrFenced) {
		err = fmt.Errorf("store %s: batch for %s: %w", s.name, b.Partition, err)
	}
	if own {
		r.Resent = false // nobody but this call can have sent it
	}
	return r, err
}

// flatten writes a batch as commitScript's KEYS and ARGV.
func (s *Store) flatten(b *store.Batch) (keys []string, args []any) {
	keys = []string{s.key(b.Partition, "r"), s.key(b.Partition, "x"), s.key(b.Partition, "m"), s.key(b.Partition, "q")}
	args = make([]any, 0, 7+2*len(b.Fences)+9*len(b.Steps))
	args = append(args, b.ID, store.MaxReceipts, store.NewName(), s.opt.Prefix+"changed", string(b.Partition), s.opt.Clock().UnixMicro(), len(b.Fences))
	for _, f := range b.Fences {
		args = append(args, f.Name, f.Token)
	}
	logs := map[string]int{}
	for i := range b.Steps {
		step := &b.Steps[i]
		key := step.Key
		if step.Op == store.Append {
			n := logs[key]
			if n == 0 {
				keys = append(keys, s.key(b.Partition, "l:"+key))
				n = len(keys)
				logs[key] = n
			}
			key = strconv.Itoa(n)
		}
		args = appendStep(args, step, key)
	}
	return keys, args
}

func appendStep(args []any, s *store.Step, key string) []any {
	code := string(rune(s.Op))
	if s.If != store.Always {
		code += string(rune(s.If))
	}
	if s.Op != store.Put {
		return append(args, code, key, s.Version, s.Needs, s.Value, 0)
	}
	own := s.Owns()
	args = append(args, code, key, s.Version, s.Needs, packRecord(store.PackIndex(own), s.Value), len(own))
	for _, x := range own {
		args = append(args, x.Name+"\x00"+x.Sort+"\x00"+s.Key)
	}
	return args
}

// packRecord is a record without its version, which the script puts before it.
func packRecord(owned string, value []byte) []byte {
	b := make([]byte, 0, len(owned)+len(value)+8)
	b = strconv.AppendInt(b, int64(len(owned)), 10)
	b = append(b, ':')
	b = append(b, owned...)
	return append(b, value...)
}

// unpackRecord reads "VERSION LENGTH:" OWNED VALUE.
func unpackRecord(key, packed string) (store.Record, []store.Index, error) {
	bad := fmt.Errorf("record %q is damaged: it does not begin with its version and length", key)
	version, rest, ok := strings.Cut(packed, " ")
	length, rest, ok2 := strings.Cut(rest, ":")
	v, err := strconv.ParseInt(version, 10, 64)
	n, err2 := strconv.Atoi(length)
	if !ok || !ok2 || err != nil || err2 != nil || n < 0 || n > len(rest) {
		return store.Record{}, nil, bad
	}
	own, err := store.UnpackIndex(rest[:n])
	if err != nil {
		return store.Record{}, nil, fmt.Errorf("record %q: %w", key, err)
	}
	r := store.Record{Key: key, Version: v, Value: []byte(rest[n:])}
	own, r.Expires = store.SplitExpiry(own)
	return r, own, nil
}

// receipt reads commitScript's result.
func receipt(reply string) (store.Receipt, error) {
	if reply == "" {
		return store.Receipt{}, errors.New("the script answered nothing")
	}
	switch reply[0] {
	case '!':
		seen, name, _ := strings.Cut(reply[1:], " ")
		return store.Receipt{}, fmt.Errorf("fence %s: token %s was seen: %w", name, seen, store.ErrFenced)
	case '=', '~':
		results, err := store.UnpackResults(reply[1:])
		return store.Receipt{Results: results, Resent: reply[0] == '~'}, err
	}
	return store.Receipt{}, fmt.Errorf("the script answered %.20q", reply)
}

package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"tinhub/news"
)

// RestoreOptions says what may be lost.
type RestoreOptions struct {
	Replace bool // empty a store that holds something first
}

// keyRestoring marks a store that a restore has not finished.
const keyRestoring = "restore/unfinished"

// ErrNotEmpty says that a store holds something that a restore would lose.
var ErrNotEmpty = errors.New("the store is not empty")

// Restoring says whether the store holds one half of a restore, which must be
// done again before anybody works on it.
func Restoring(ctx context.Context, core Core) (bool, error) {
	recs, err := core.Get(ctx, refOf(AdminPartition, keyRestoring))
	if err != nil {
		return false, err
	}
	return recs[0].Version != 0, nil
}

// Restore fills a store from a backup of any engine. The whole backup is read
// and checked before anything is changed; what cannot be read twice is put aside
// in a temporary file. Nobody may work on the store meanwhile.
//
// ErrNotEmpty: the store holds something and Replace is not set. ErrBackup: the
// file is damaged, cut off or something else; nothing was changed.
func Restore(ctx context.Context, core Core, r io.Reader, o RestoreOptions) (BackupCounts, error) {
	file, done, err := seekable(r)
	if err != nil {
		return BackupCounts{}, wrap("restore", err)
	}
	defer done()
	counts, err := Verify(ctx, file)
	if err != nil {
		return BackupCounts{}, wrap("restore", err)
	}
	if _, err = file.Seek(0, io.SeekStart); err == nil {
		err = restore(ctx, core, file, o)
	}
	if err != nil {
		return BackupCounts{}, wrap("restore", err)
	}
	return counts, nil
}

// seekable gives something that can be read twice.
func seekable(r io.Reader) (io.ReadSeeker, func(), error) {
	if s, ok := r.(io.ReadSeeker); ok {
		// A pipe is an *os.File, too, and only says when it is tried.
		if _, err := s.Seek(0, io.SeekCurrent); err == nil {
			return s, func() {}, nil
		}
	}
	f, err := os.CreateTemp("", "tinhub-restore-*")
	if err != nil {
		return nil, nil, err
	}
	done := func() { _ = f.Close(); _ = os.Remove(f.Name()) }
	if _, err = io.Copy(f, r); err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		done()
		return nil, nil, fmt.Errorf("put the backup aside: %w", err)
	}
	return f, done, nil
}

// Verify reads a whole backup and says what it holds, or why it is none.
func Verify(ctx context.Context, r io.Reader) (BackupCounts, error) {
	b, err := openBackup(r)
	if err != nil {
		return BackupCounts{}, err
	}
	defer b.close()
	for {
		f, err := b.next()
		if err != nil {
			return BackupCounts{}, err
		}
		if f.kind == 'E' {
			return b.counts, nil
		}
		if err := ctx.Err(); err != nil {
			return BackupCounts{}, err
		}
	}
}

func restore(ctx context.Context, core Core, r io.Reader, o RestoreOptions) error {
	half, err := Restoring(ctx, core)
	if err != nil {
		return err
	}
	parts, err := filled(ctx, core)
	if err != nil {
		return err
	}
	if len(parts) > 0 && !half && !o.Replace {
		return fmt.Errorf("%w: it holds %s and more; restore into an empty one, or ask to replace what it holds", ErrNotEmpty, parts[0])
	}
	var mark build
	mark.put(keyRestoring, "", Step{})
	if _, err := core.Commit(ctx, Batch{Partition: AdminPartition, Steps: mark.steps}); err != nil {
		return err
	}
	for _, p := range parts {
		if err := empty(ctx, core, p); err != nil {
			return fmt.Errorf("empty %s: %w", p, err)
		}
	}
	if err := fill(ctx, core, r); err != nil {
		return fmt.Errorf("%w; the store holds a part of it only: restore again", err)
	}
	_, err = core.Commit(ctx, Batch{Partition: AdminPartition, Steps: []Step{{Op: Delete, Key: keyRestoring}}})
	return err
}

// filled lists the partitions that hold anything but leases.
func filled(ctx context.Context, core Core) ([]Partition, error) {
	all, err := core.Partitions(ctx)
	if err != nil {
		return nil, err
	}
	parts := all[:0]
	for _, p := range all {
		if p != LeasePartition {
			parts = append(parts, p)
		}
	}
	return parts, nil
}

// restoreSteps and restoreBytes bound a batch of a restore.
const (
	restoreSteps = 500
	restoreBytes = 4 << 20
)

// empty removes all that a partition holds, but the mark.
func empty(ctx context.Context, core Core, p Partition) error {
	var keys []string
	logs := map[string]bool{}
	for d, err := range core.Dump(ctx, p) {
		switch {
		case err != nil:
			return err
		case d.Record == nil:
			logs[d.Log] = true
		case d.Record.Key != keyRestoring:
			keys = append(keys, d.Record.Key)
		}
	}
	for len(keys) > 0 {
		n := min(len(keys), restoreSteps)
		var b build
		for _, k := range keys[:n] {
			b.delete(k)
		}
		if _, err := core.Commit(ctx, Batch{Partition: p, Steps: b.steps}); err != nil {
			return err
		}
		keys = keys[n:]
	}
	for log := range logs {
		if err := emptyLog(ctx, core, p, log); err != nil {
			return err
		}
	}
	return nil
}

// emptyLog removes all that a log holds.
func emptyLog(ctx context.Context, core Core, p Partition, log string) error {
	for {
		items, err := core.Read(ctx, p, log, "", restoreSteps)
		if err != nil || len(items) == 0 {
			return err
		}
		if err := core.Trim(ctx, p, log, items[len(items)-1].Place); err != nil {
			return err
		}
	}
}

// fill writes what a backup holds.
func fill(ctx context.Context, core Core, r io.Reader) error {
	now, err := core.Now(ctx)
	if err != nil {
		return err
	}
	b, err := openBackup(r)
	if err != nil {
		return err
	}
	defer b.close()
	f := filler{core: core, run: now}
	for {
		fr, err := b.next()
		if err != nil {
			return err
		}
		switch fr.kind {
		case 'E':
			return f.flush(ctx)
		case 'P':
			if err := f.flush(ctx); err != nil {
				return err
			}
			f.part = Partition(fr.name)
		default:
			if err := f.add(ctx, fr); err != nil {
				return err
			}
		}
	}
}

type filler struct {
	core  Core
	run   time.Time // one restore's batches are not another's
	n     int
	part  Partition
	steps []Step
	bytes int
}

func (f *filler) add(ctx context.Context, fr frame) error {
	s := Step{Op: Put, Key: fr.name, Value: fr.value, Index: fr.index, Expires: fr.expires}
	if fr.kind == 'L' {
		s = Step{Op: Append, Key: fr.name, Value: fr.value}
	}
	f.steps = append(f.steps, s)
	f.bytes += len(s.Value)
	if len(f.steps) < restoreSteps && f.bytes < restoreBytes {
		return nil
	}
	return f.flush(ctx)
}

func (f *filler) flush(ctx context.Context) error {
	if len(f.steps) == 0 {
		return nil
	}
	f.n++
	id := news.KeyOf("restore", TimeSort(f.run), fmt.Sprint(f.n))
	_, err := f.core.Commit(ctx, Batch{Partition: f.part, ID: string(id), Steps: f.steps})
	f.steps, f.bytes = nil, 0
	return err
}

package store

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
)

// A backup is one zstd stream of
//
//	"tinhub backup 1\n"
//	header      BackupHeader in JSON
//	frames      'P' name                             a partition begins
//	            'R' key expires n (index sort)×n value   a record; expires in Unix ns, 0: never
//	            'L' log value                        an item of a log, oldest first
//	trailer     'E' BackupCounts in JSON, SHA-256 of all before the 'E'
//
// where strings and JSON stand behind their length and numbers are uvarints. It
// holds no versions, places of items, fences, receipts or leases: they belong to
// the engine and its life. Places that followers saved are of another life then,
// and they begin again at the oldest item of their logs, which changes nothing.
const backupMagic = "tinhub backup 1\n"

// BackupHeader says where a backup comes from.
type BackupHeader struct {
	Made  time.Time `json:"made"` // by the store's clock
	Epoch string    `json:"epoch"`
}

// BackupCounts is how much a backup holds.
type BackupCounts struct {
	Partitions int   `json:"partitions"`
	Records    int   `json:"records"`
	Items      int   `json:"items"` // of logs
	Bytes      int64 `json:"bytes"` // before compression
}

// ErrBackup says that a file is not a whole backup.
var ErrBackup = errors.New("not a whole backup")

// Backup writes everything that survives, of any engine, for any engine. It may
// run beside the rooms: followers are written before what they follow, so that a
// restored follower is behind and never ahead.
func Backup(ctx context.Context, core Core, w io.Writer) (BackupCounts, error) {
	half, err := Restoring(ctx, core)
	if err == nil && half {
		err = errors.New("the store holds one half of a restore; restore it again first")
	}
	if err != nil {
		return BackupCounts{}, wrap("backup", err)
	}
	z, err := zstd.NewWriter(w)
	if err != nil {
		return BackupCounts{}, wrap("backup", err)
	}
	b := &backupWriter{w: bufio.NewWriterSize(z, 1<<16), sum: sha256.New()}
	err = b.all(ctx, core)
	if err == nil {
		err = b.w.Flush()
	}
	if err = errors.Join(err, z.Close()); err != nil {
		return b.counts, fmt.Errorf("backup: %w; the file is of no use", err)
	}
	return b.counts, nil
}

// backupOrder sorts partitions: those that follow others first.
func backupOrder(p Partition) int {
	_, paper := shardOfPaper(p)
	_, out := channelOfOut(p)
	_, hub := shardOfHub(p)
	switch {
	case p == PublishPartition, hub:
		return 0
	case out:
		return 1
	case p == DeskPartition:
		return 2
	case paper:
		return 3
	}
	return 4
}

type backupWriter struct {
	w      *bufio.Writer
	sum    hash.Hash
	counts BackupCounts
	buf    []byte
}

func (b *backupWriter) all(ctx context.Context, core Core) error {
	now, err := core.Now(ctx)
	if err != nil {
		return err
	}
	epoch, err := core.Epoch(ctx)
	if err != nil {
		return err
	}
	header, err := json.Marshal(BackupHeader{now.UTC(), epoch})
	if err != nil {
		return err
	}
	if err := b.frame(append([]byte(backupMagic), piece(nil, header)...)); err != nil {
		return err
	}
	parts, err := core.Partitions(ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(parts, func(a, c Partition) int {
		if d := backupOrder(a) - backupOrder(c); d != 0 {
			return d
		}
		return strings.Compare(string(a), string(c))
	})
	for _, p := range parts {
		if p == LeasePartition {
			continue
		}
		if err := b.partition(ctx, core, p); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
	}
	return b.trailer()
}

func (b *backupWriter) partition(ctx context.Context, core Core, p Partition) error {
	b.counts.Partitions++
	if err := b.frame(piece([]byte{'P'}, []byte(p))); err != nil {
		return err
	}
	for d, err := range core.Dump(ctx, p) {
		if err != nil {
			return err
		}
		b.buf = b.buf[:0]
		if d.Record != nil {
			b.counts.Records++
			b.buf = appendRecord(b.buf, d)
		} else {
			b.counts.Items++
			b.buf = piece(piece(append(b.buf, 'L'), []byte(d.Log)), d.Value)
		}
		if err := b.frame(b.buf); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func appendRecord(b []byte, d Dumped) []byte {
	b = piece(append(b, 'R'), []byte(d.Record.Key))
	var expires uint64
	if !d.Record.Expires.IsZero() {
		expires = uint64(max(d.Record.Expires.UnixNano(), 1))
	}
	b = binary.AppendUvarint(b, expires)
	b = binary.AppendUvarint(b, uint64(len(d.Index)))
	for _, x := range d.Index {
		b = piece(piece(b, []byte(x.Name)), []byte(x.Sort))
	}
	return piece(b, d.Record.Value)
}

// piece appends bytes behind their length.
func piece(b, v []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(v))), v...)
}

func (b *backupWriter) frame(f []byte) error {
	b.sum.Write(f)
	b.counts.Bytes += int64(len(f))
	_, err := b.w.Write(f)
	return err
}

func (b *backupWriter) trailer() error {
	counts, err := json.Marshal(b.counts)
	if err != nil {
		return err
	}
	sum := b.sum.Sum(nil)
	_, err = b.w.Write(append(piece([]byte{'E'}, counts), sum...))
	return err
}

package store

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/klauspost/compress/zstd"
)

// A frame is one thing in a backup.
type frame struct {
	kind    byte
	name    string // of a partition, a record or a log
	value   []byte
	index   []Index
	expires time.Time
}

// backupReader reads frames; every error is ErrBackup but those of the file
// itself.
type backupReader struct {
	z      *zstd.Decoder
	r      *bufio.Reader
	sum    hash.Hash
	header BackupHeader
	counts BackupCounts
	part   bool // a partition has begun
}

// maxPiece bounds one piece of a backup, so that a forged length cannot take all
// memory.
const maxPiece = MaxValue + 1<<20

func openBackup(r io.Reader) (*backupReader, error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderMaxWindow(64<<20))
	if err != nil {
		return nil, err
	}
	b := &backupReader{z: z, r: bufio.NewReaderSize(z, 1<<16), sum: sha256.New()}
	magic := make([]byte, len(backupMagic))
	if err := b.read(magic); err != nil || string(magic) != backupMagic {
		b.close()
		return nil, fmt.Errorf("%w: it does not begin as one of tinhub's does", ErrBackup)
	}
	header, err := b.piece()
	if err == nil {
		err = json.Unmarshal(header, &b.header)
	}
	if err != nil {
		b.close()
		return nil, broken(err)
	}
	return b, nil
}

func (b *backupReader) close() { b.z.Close() }

// broken says in what way a backup is not whole.
func broken(err error) error {
	switch {
	case errors.Is(err, ErrBackup):
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: it was cut off; take an older one", ErrBackup)
	}
	return fmt.Errorf("%w: it is damaged (%v); take an older one", ErrBackup, err)
}

// next reads a frame; 'E' is the last one, and says that all is whole.
func (b *backupReader) next() (frame, error) {
	kind, err := b.r.ReadByte()
	if err != nil {
		return frame{}, broken(err)
	}
	if kind == 'E' {
		return frame{kind: 'E'}, b.trailer()
	}
	b.take([]byte{kind})
	f := frame{kind: kind}
	name, err := b.piece()
	if err != nil {
		return f, broken(err)
	}
	f.name = string(name)
	switch {
	case kind == 'P':
		b.part = true
		b.counts.Partitions++
		err = Partition(f.name).check()
	case kind == 'R' && b.part:
		b.counts.Records++
		err = b.record(&f)
	case kind == 'L' && b.part:
		b.counts.Items++
		f.value, err = b.piece()
	default:
		err = fmt.Errorf("there is no frame %q here", kind)
	}
	if err != nil {
		return f, broken(err)
	}
	return f, nil
}

func (b *backupReader) record(f *frame) error {
	expires, err := b.number()
	if err != nil {
		return err
	}
	if expires != 0 {
		f.expires = time.Unix(0, int64(expires)).UTC()
	}
	n, err := b.number()
	if err != nil {
		return err
	}
	for ; n > 0; n-- {
		name, err := b.piece()
		if err != nil {
			return err
		}
		sort, err := b.piece()
		if err != nil {
			return err
		}
		f.index = append(f.index, Index{string(name), string(sort)})
	}
	f.value, err = b.piece()
	return err
}

// trailer compares what was read with what was written, to the end of the file.
func (b *backupReader) trailer() error {
	sum := b.sum.Sum(nil)
	got := b.counts
	counts, err := b.piece()
	b.counts = got
	if err != nil {
		return broken(err)
	}
	var want BackupCounts
	if err := json.Unmarshal(counts, &want); err != nil {
		return broken(err)
	}
	written := make([]byte, sha256.Size)
	if _, err := io.ReadFull(b.r, written); err != nil {
		return broken(err)
	}
	if got != want || !bytes.Equal(sum, written) {
		return broken(errors.New("what it holds is not what was written"))
	}
	switch n, err := io.Copy(io.Discard, b.r); {
	case err != nil:
		return broken(err)
	case n > 0:
		return broken(errors.New("there is something behind its end"))
	}
	return nil
}

func (b *backupReader) take(data []byte) {
	b.sum.Write(data)
	b.counts.Bytes += int64(len(data))
}

func (b *backupReader) read(data []byte) error {
	if _, err := io.ReadFull(b.r, data); err != nil {
		return err
	}
	b.take(data)
	return nil
}

func (b *backupReader) number() (uint64, error) {
	n, err := binary.ReadUvarint(b.r)
	if err != nil {
		return 0, err
	}
	b.take(binary.AppendUvarint(nil, n))
	return n, nil
}

func (b *backupReader) piece() ([]byte, error) {
	n, err := b.number()
	if err != nil {
		return nil, err
	}
	if n > maxPiece {
		return nil, fmt.Errorf("a piece of %d bytes", n)
	}
	// Read and not allocated at once: the length may be forged, the bytes not there.
	if n <= 1<<16 {
		data := make([]byte, n)
		return data, b.read(data)
	}
	var buf bytes.Buffer
	if _, err := io.CopyN(&buf, b.r, int64(n)); err != nil {
		return nil, err
	}
	b.take(buf.Bytes())
	return buf.Bytes(), nil
}

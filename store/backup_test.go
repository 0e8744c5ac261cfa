package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"testing"

	"github.com/klauspost/compress/zstd"
)

func zipped(t testing.TB, raw []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A forged backup is refused in bounded memory.
func TestForgedBackups(t *testing.T) {
	head := piece([]byte(backupMagic), []byte(`{}`))
	part := piece([]byte{'P'}, []byte("desk"))
	join := func(b ...[]byte) []byte { return bytes.Join(b, nil) }
	huge := binary.AppendUvarint(nil, 1<<62)
	for name, raw := range map[string][]byte{
		"an item without a partition": join(head, piece(piece([]byte{'L'}, []byte("wire")), nil)),
		"a partition with no name":    join(head, piece([]byte{'P'}, nil)),
		"a partition that cannot be":  join(head, piece([]byte{'P'}, []byte("../x"))),
		"an unknown frame":            join(head, part, piece([]byte{'?'}, nil)),
		"a length beyond all":         join(head, part, []byte{'L'}, huge),
		"a length that is not there":  join(head, part, []byte{'L'}, binary.AppendUvarint(nil, MaxValue)),
		"no end of index entries":     join(head, part, piece([]byte{'R'}, []byte("k")), []byte{0}, huge),
		"a header that is none":       piece([]byte(backupMagic), []byte(`[`)),
		"a wrong sum":                 join(head, piece([]byte{'E'}, []byte(`{"bytes":18}`)), make([]byte, 32)),
		"a gigabyte of zeros":         join(head, part, piece([]byte{'L'}, []byte("wire")), make([]byte, 64<<20)),
	} {
		data := zipped(t, raw)
		raw = nil
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Verify(t.Context(), bytes.NewReader(data))
		runtime.ReadMemStats(&after)
		if !errors.Is(err, ErrBackup) {
			t.Errorf("%s: %v", name, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 32<<20 {
			t.Errorf("%s: took %d MiB", name, used>>20)
		}
	}
}

func FuzzVerify(f *testing.F) {
	f.Add([]byte(backupMagic))
	f.Add(piece([]byte(backupMagic), []byte(`{}`)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, err := Verify(t.Context(), bytes.NewReader(zipped(t, raw)))
		if err != nil && !errors.Is(err, ErrBackup) {
			t.Errorf("an error of another kind: %v", err)
		}
	})
}

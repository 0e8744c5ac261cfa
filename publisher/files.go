package publisher

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// How a file is written: for those who read it, or for us alone. The latter is not
// flushed: it says by its sums whether it is whole, after a power cut it may be
// torn, and flushing it again and again would hold up the store's own log, which is
// often on the same disk.
const (
	flushed   = true
	unflushed = false
)

// replaceFile writes a file of several pieces so that whoever reads it sees the old
// one or the new one, whole: written beside it, flushed, renamed over it, and the
// folder flushed so that the rename outlives a power cut. The temporary file has a
// fixed name, so that one which a kill left behind goes with the next try; a lock
// on the folder keeps two writers from sharing it. What is the same already is left
// alone.
func replaceFile(name string, flush bool, pieces ...[]byte) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", name, err)
		}
	}()
	folder, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := lockFolder(folder); err != nil { // until it is closed
		return err
	}
	temp := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+".tmp")
	if holds(name, pieces) {
		_ = os.Remove(temp)
		return nil
	}
	err = writeFile(temp, flush, pieces)
	if err == nil {
		err = os.Rename(temp, name)
	}
	if err != nil {
		_ = os.Remove(temp)
		return err
	}
	if !flush {
		return nil
	}
	return folder.Sync()
}

// holds says whether a file has just these bytes. One of another size, as most that
// changed are, is not read.
func holds(name string, pieces [][]byte) bool {
	size := 0
	for _, p := range pieces {
		size += len(p)
	}
	if i, err := os.Stat(name); err != nil || i.Size() != int64(size) {
		return false
	}
	old, err := os.ReadFile(name)
	for _, p := range pieces {
		if err != nil || !bytes.HasPrefix(old, p) {
			return false
		}
		old = old[len(p):]
	}
	return err == nil && len(old) == 0
}

func writeFile(name string, flush bool, pieces [][]byte) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	for _, p := range pieces {
		if err == nil {
			_, err = f.Write(p)
		}
	}
	if err == nil && flush {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

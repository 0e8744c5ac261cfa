package publisher

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// replaceFile writes a file so that whoever reads it sees the old one or the new
// one, whole: written beside it, flushed, renamed over it, and the folder flushed
// so that the rename outlives a power cut. The temporary file has a fixed name,
// so that one which a kill left behind goes with the next try; a lock on the
// folder keeps two writers from sharing it. What is the same already is left
// alone.
func replaceFile(name string, data []byte) (err error) {
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
	if holds(name, data) {
		_ = os.Remove(temp)
		return nil
	}
	err = writeFlushed(temp, data)
	if err == nil {
		err = os.Rename(temp, name)
	}
	if err != nil {
		_ = os.Remove(temp)
		return err
	}
	return folder.Sync()
}

// holds says whether a file has just these bytes. One of another size, as most that
// changed are, is not read.
func holds(name string, data []byte) bool {
	if i, err := os.Stat(name); err != nil || i.Size() != int64(len(data)) {
		return false
	}
	old, err := os.ReadFile(name)
	return err == nil && bytes.Equal(old, data)
}

func writeFlushed(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

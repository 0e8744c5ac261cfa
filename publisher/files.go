package publisher

import (
	"fmt"
	"os"
	"path/filepath"
)

// replaceFile writes a file so that whoever reads it sees the old one or the new
// one, whole: written beside it, flushed, renamed over it. The temporary file
// has a fixed name, so that one which a kill left behind is used by the next try.
func replaceFile(name string, data []byte) (err error) {
	if old, err := os.ReadFile(name); err == nil && string(old) == string(data) {
		return nil
	}
	temp := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+".tmp")
	defer func() {
		if err != nil {
			_ = os.Remove(temp)
			err = fmt.Errorf("write %s: %w", name, err)
		}
	}()
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(temp, name)
	}
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(name))
}

// syncFolder makes a rename last over a power cut.
func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

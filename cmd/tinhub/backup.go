package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"tinhub/store"
)

type backupCmd struct {
	configFlag
	JSON bool   `help:"Print what was saved as JSON."`
	File string `arg:"" help:"Where to; - is standard output."`
}

func (backupCmd) Help() string {
	return `It may run beside a running serve. The file holds everything, whatever the store: it is also
the way from the embedded store to Redis.

Example:
  tinhub backup tinhub.backup
  TINHUB_STORE_URL=redis://localhost/0 tinhub restore tinhub.backup`
}

func (c *backupCmd) Run(p *program) error {
	conf, err := c.load(p)
	if err != nil {
		return err
	}
	core, err := openKept(p.ctx, conf, p.logger(levelQuiet))
	if err != nil {
		return err
	}
	defer core.Close()
	if c.File == "-" {
		if c.JSON {
			return usagef("with --json the backup can't go to standard output, too: name a file")
		}
		_, err := store.Backup(p.ctx, core, p.out)
		return err
	}
	var counts store.BackupCounts
	err = writeWhole(c.File, func(w io.Writer) (err error) {
		counts, err = store.Backup(p.ctx, core, w)
		return err
	})
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return p.counted(c.JSON, "saved to "+c.File, counts)
}

// counted says how much a backup holds.
func (p *program) counted(asJSON bool, what string, n store.BackupCounts) error {
	if asJSON {
		return p.json(n)
	}
	_, err := fmt.Fprintf(p.out, "%s: %d partitions, %d records, %d log items, %d bytes before compression\n", what, n.Partitions, n.Records, n.Items, n.Bytes)
	return err
}

// writeWhole writes a file that is there whole or not at all.
func writeWhole(name string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if err := write(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

type restoreCmd struct {
	configFlag
	JSON    bool   `help:"Print what was restored as JSON."`
	Replace bool   `help:"Empty a store that holds something first."`
	File    string `arg:"" help:"A file that tinhub backup wrote; - is standard input."`
}

func (restoreCmd) Help() string {
	return `No serve may run on the store meanwhile. The whole file is checked before anything is changed.

Example:
  tinhub restore tinhub.backup
  tinhub restore --replace -c /etc/tinhub/tinhub.yaml tinhub.backup`
}

func (c *restoreCmd) Run(p *program) error {
	conf, err := c.load(p)
	if err != nil {
		return err
	}
	from, err := p.open(c.File)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	defer from.Close()
	core, err := openStoreAnyhow(p.ctx, conf, p.logger(levelQuiet))
	if err != nil {
		return err
	}
	defer core.Close()
	if err := nobodyWorks(p.ctx, core); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	counts, err := store.Restore(p.ctx, core, from, store.RestoreOptions{Replace: c.Replace})
	switch {
	case errors.Is(err, store.ErrNotEmpty):
		return fmt.Errorf("%w; with --replace it is emptied first", err)
	case err != nil:
		return err
	}
	return p.counted(c.JSON, "restored from "+c.File, counts)
}

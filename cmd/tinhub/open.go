package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"tinhub/news"
	"tinhub/store"
	"tinhub/store/redis"
	"tinhub/store/sqlite"
)

// levelQuiet is for commands whose messages are their own: only what went wrong.
const levelQuiet = slog.LevelWarn

// openTime bounds how long a command waits for its store.
const openTime = 15 * time.Second

// fileName is the embedded store's file in its folder.
const fileName = "tinhub.db"

// openStore opens the store that the configuration names.
func openStore(ctx context.Context, conf settings, log *slog.Logger) (store.Core, error) {
	core, err := openStoreAnyhow(ctx, conf, log)
	if err != nil {
		return nil, err
	}
	half, err := store.Restoring(ctx, core)
	if err == nil && half {
		err = errors.New("it holds one half of a restore: run tinhub restore --replace again")
	}
	if err != nil {
		core.Close()
		return nil, fmt.Errorf("open store: %w", err)
	}
	return core, nil
}

// openKept opens the store for a command that is about what is in it: in the wrong
// folder, or without -c, it would make an empty one and say that all went well.
func openKept(ctx context.Context, conf settings, log *slog.Logger) (store.Core, error) {
	if dir, ok := conf.Store.Embedded(); ok {
		file := filepath.Join(filepath.FromSlash(dir), fileName)
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no store at %s yet: start tinhub serve first, go to its folder, or name its configuration with -c", file)
		}
	}
	return openStore(ctx, conf, log)
}

// openStoreAnyhow opens a store, even one with a restore that was broken off.
func openStoreAnyhow(ctx context.Context, conf settings, log *slog.Logger) (store.Core, error) {
	ctx, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	if dir, ok := conf.Store.Embedded(); ok {
		return sqlite.Open(ctx, filepath.Join(filepath.FromSlash(dir), fileName), sqlite.Options{Log: log})
	}
	return redis.Open(ctx, conf.Store.URL, redis.Options{Log: log})
}

// nobodyWorks says whether a running process works on the store: whoever does
// holds the curator's or the publisher's lease.
func nobodyWorks(ctx context.Context, core store.Core) error {
	leases := store.NewLeases(core)
	for _, name := range []string{"curate", "publish"} {
		l, err := leases.Take(ctx, name, "restore", 5*time.Second)
		if errors.Is(err, news.ErrHeld) {
			return errors.New("a running tinhub serve works on this store; stop it, or wait half a minute if it was killed")
		}
		if err == nil {
			err = leases.Release(ctx, l)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

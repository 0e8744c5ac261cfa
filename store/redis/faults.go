package redis

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/redis/go-redis/v9"

	"tinhub/news"
	"tinhub/store"
)

// try runs f, again while the fault is one that passes: a lost connection, a
// server that loads or fails over, a slot that moves. It gives up when ctx ends
// or after Options.Patience. So f must be such that doing it twice is doing it
// once.
func (s *Store) try(ctx context.Context, f func(context.Context) error) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	give := time.Now().Add(s.opt.Patience)
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		err := f(ctx)
		if err == nil || errors.Is(err, redis.Nil) {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("store %s: %w (%v)", s.name, ctx.Err(), err)
		}
		if !passes(err) || time.Now().Add(wait).After(give) {
			return s.fault(err)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return fmt.Errorf("store %s: %w (%v)", s.name, ctx.Err(), err)
		case <-s.closed:
			return fmt.Errorf("store %s: %w", s.name, news.ErrClosed)
		}
	}
}

// passes says that the same call may do better soon.
func passes(err error) bool {
	if errors.Is(err, redis.ErrClosed) || errors.Is(err, news.ErrClosed) || errors.Is(err, errUnfit) {
		return false
	}
	for _, is := range []func(error) bool{
		redis.IsLoadingError, redis.IsReadOnlyError, redis.IsClusterDownError, redis.IsTryAgainError,
		redis.IsMasterDownError, redis.IsMaxClientsError, redis.IsNoReplicasError,
	} {
		if is(err) {
			return true
		}
	}
	if _, moved := redis.IsMovedError(err); moved {
		return true
	}
	if _, ask := redis.IsAskError(err); ask {
		return true
	}
	if redis.HasErrorPrefix(err, "BUSY ") || redis.HasErrorPrefix(err, "UNBLOCKED ") {
		return true
	}
	var dial *net.OpError
	return errors.Is(err, errNoScript) || errors.As(err, &dial) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, redis.ErrPoolTimeout) || errors.Is(err, context.DeadlineExceeded)
}

// fault says what the server's error means here, and the mend.
func (s *Store) fault(err error) error {
	switch {
	case errors.Is(err, redis.ErrClosed):
		return fmt.Errorf("store %s: %w", s.name, news.ErrClosed)
	case redis.IsOOMError(err):
		return fmt.Errorf("store %s: %w: raise Redis's maxmemory, or shorten keep.articles (%w)", s.name, store.ErrFull, err)
	case redis.HasErrorPrefix(err, "MISCONF"):
		return fmt.Errorf("store %s: %w: Redis cannot write to its own disk: see its log (%w)", s.name, store.ErrFull, err)
	case redis.IsAuthError(err), redis.IsPermissionError(err):
		return fmt.Errorf("store %s: Redis refuses the user or password of store.url, or its rights: %w", s.name, err)
	}
	return fmt.Errorf("store %s: %w", s.name, err)
}

package store

import (
	"context"
	"fmt"
	"time"

	"tinhub/news"
)

// Leases gives exclusive, fenced ownership, across processes. Time is the
// store's, so that the clocks of those who share it do not matter.
type Leases struct{ core Core }

// NewLeases makes the facet over an engine.
func NewLeases(core Core) *Leases { return &Leases{core} }

// holding is the record of a lease. It stays when the lease is released, so that
// tokens only grow; they also never fall behind the store's clock in
// milliseconds, so that they grow over a store that was lost, too.
type holding struct {
	Holder string    `json:"holder,omitempty"` // "" when it was released
	Token  int64     `json:"token"`
	Until  time.Time `json:"until,omitzero"`
}

// contention is how often a conditional write is tried again.
const contention = 16

// Take takes a free or expired lease, for ttl; news.ErrHeld if another has it.
// Its own holder gets it anew under a higher token, as after a lost reply.
func (l *Leases) Take(ctx context.Context, name, holder string, ttl time.Duration) (news.Lease, error) {
	var got news.Lease
	err := l.change(ctx, name, func(now time.Time, h *holding) error {
		if h.Holder != "" && h.Holder != holder && now.Before(h.Until) {
			return fmt.Errorf("by %s until %s: %w", h.Holder, h.Until.Format(time.RFC3339), news.ErrHeld)
		}
		*h = holding{Holder: holder, Token: max(h.Token+1, now.UnixMilli()), Until: now.Add(ttl)}
		got = news.Lease{Name: name, Holder: holder, Token: h.Token, Until: h.Until}
		return nil
	})
	if err != nil {
		return news.Lease{}, fmt.Errorf("take lease %s: %w", name, err)
	}
	return got, nil
}

// Renew prolongs a lease to ttl from now, also one that ran out as long as nobody
// took it; news.ErrHeld if it was lost.
func (l *Leases) Renew(ctx context.Context, lease news.Lease, ttl time.Duration) (news.Lease, error) {
	err := l.change(ctx, lease.Name, func(now time.Time, h *holding) error {
		if h.Token != lease.Token || h.Holder != lease.Holder {
			return fmt.Errorf("lost to %q: %w", h.Holder, news.ErrHeld)
		}
		h.Until = now.Add(ttl)
		lease.Until = h.Until
		return nil
	})
	if err != nil {
		return news.Lease{}, fmt.Errorf("renew lease %s: %w", lease.Name, err)
	}
	return lease, nil
}

// Release gives a lease up at once; one that was lost already is no error.
func (l *Leases) Release(ctx context.Context, lease news.Lease) error {
	err := l.change(ctx, lease.Name, func(_ time.Time, h *holding) error {
		if h.Token == lease.Token && h.Holder == lease.Holder {
			*h = holding{Token: h.Token}
		}
		return nil
	})
	return wrap("release lease "+lease.Name, err)
}

// change reads a lease, decides, and writes it if nobody else did in between;
// otherwise it decides again. No batch carries an id: a decision is right for
// the version it was made at, and for no other.
func (l *Leases) change(ctx context.Context, name string, decide func(now time.Time, h *holding) error) error {
	for range contention {
		now, err := l.core.Now(ctx)
		if err != nil {
			return err
		}
		recs, err := l.core.Get(ctx, refOf(LeasePartition, keyLease(name)))
		if err != nil {
			return err
		}
		var h holding
		step := Step{If: Absent}
		if recs[0].Version != 0 {
			if err := decode(LeasePartition, recs[0], &h); err != nil {
				return err
			}
			step = Step{If: At, Version: recs[0].Version}
		}
		before := h
		if err := decide(now, &h); err != nil {
			return err
		}
		if h == before {
			return nil
		}
		var b build
		b.json(keyLease(name), h, step)
		rcpt, err := l.core.Commit(ctx, Batch{Partition: LeasePartition, Steps: b.steps})
		if err != nil {
			return err
		}
		if rcpt.Results[0].Applied {
			return nil
		}
	}
	return fmt.Errorf("%d others were quicker: %w", contention, news.ErrHeld)
}

// Join says that holder is alive for ttl, and counts the living of its group. A
// ttl of 0 leaves the group.
func (l *Leases) Join(ctx context.Context, group, holder string, ttl time.Duration) (members int, err error) {
	now, err := l.core.Now(ctx)
	if err != nil {
		return 0, fmt.Errorf("join %s: %w", group, err)
	}
	var b build
	if until := now.Add(ttl); ttl > 0 {
		b.put(keyMember(group, holder), "", Step{Index: []Index{{indexMembers(group), TimeSort(until)}}, Expires: until})
	} else {
		b.delete(keyMember(group, holder))
	}
	if _, err := l.core.Commit(ctx, Batch{Partition: LeasePartition, Steps: b.steps}); err != nil {
		return 0, fmt.Errorf("join %s: %w", group, err)
	}
	hits, err := rangeAll(ctx, l.core, LeasePartition, indexMembers(group), Span{From: TimeSort(now.Add(1))})
	if err != nil {
		return 0, fmt.Errorf("count %s: %w", group, err)
	}
	return len(hits), nil
}

package admin

import (
	"context"
	"errors"
	"strings"
	"time"

	"tinhub/news"
)

// sessionLife is how long a browser stays signed in.
const sessionLife = 7 * 24 * time.Hour

var errLogin = &Fault{Kind: Unknown, Text: "the name or the password is not right"}

// login checks a password and opens a session; the cookie's value is returned.
// An unknown name takes as long as a wrong password.
func (o *Office) login(ctx context.Context, name, password, from string) (cookie string, err error) {
	key, nameErr := readName(name)
	if wait := o.throttle.begin(key, from, o.now()); wait > 0 {
		return "", faultf(TooMany, "too many attempts: try again in %d s", int(wait/time.Second)+1)
	}
	var a Account
	if nameErr == nil {
		if a, _, err = o.deps.Accounts.Get(ctx, key); err != nil && !errors.Is(err, news.ErrNotFound) {
			return "", err
		}
	}
	if !o.hasher.matches(a.Password, password) {
		return "", errLogin
	}
	o.throttle.done(key, from)
	return o.open(ctx, key, a.Password, from)
}

// open signs a browser in: the secret is new, whatever the browser had before. A
// password that was changed since it was checked opens nothing.
func (o *Office) open(ctx context.Context, name, checked, from string) (string, error) {
	secret := newSecret()
	now := o.now()
	_, err := o.changeAccount(ctx, name, func(a *Account) error {
		if a.Password != checked {
			return errLogin
		}
		a.Sessions = append(living(a.Sessions, now), Session{Hash: secretHash(secret), Since: now, Until: now.Add(sessionLife), From: from})
		if n := len(a.Sessions); n > maxSessions {
			a.Sessions = a.Sessions[n-maxSessions:]
		}
		return nil
	})
	return name + "_" + secret, err
}

// session finds who a cookie's value belongs to.
func (o *Office) session(ctx context.Context, cookie string) (Who, error) {
	a, i, err := o.findSession(ctx, cookie)
	if err != nil || i < 0 {
		return Who{}, err
	}
	return Who{a.Name, levelOf(Roles, a.Role)}, nil
}

func (o *Office) findSession(ctx context.Context, cookie string) (Account, int, error) {
	name, secret, ok := strings.Cut(cookie, "_")
	if !ok || !accountForm.MatchString(name) || len(secret) > 128 {
		return Account{}, -1, nil
	}
	a, _, err := o.deps.Accounts.Get(ctx, name)
	if errors.Is(err, news.ErrNotFound) {
		return Account{}, -1, nil
	}
	if err != nil {
		return a, -1, err
	}
	now, hash := o.now(), secretHash(secret)
	for i, s := range a.Sessions {
		if sameHash(s.Hash, hash) && now.Before(s.Until) {
			return a, i, nil
		}
	}
	return a, -1, nil
}

// logout ends one session.
func (o *Office) logout(ctx context.Context, cookie string) error {
	a, i, err := o.findSession(ctx, cookie)
	if err != nil || i < 0 {
		return err
	}
	hash := a.Sessions[i].Hash
	_, err = o.changeAccount(ctx, a.Name, func(a *Account) error {
		kept := a.Sessions[:0]
		for _, s := range a.Sessions {
			if s.Hash != hash {
				kept = append(kept, s)
			}
		}
		a.Sessions = kept
		return nil
	})
	return err
}

// A Link is how the first account is made: shown once, good for a day, and only
// while there is no account.
type Link struct {
	Hash  string    `json:"hash"`
	Until time.Time `json:"until"`
}

// FirstLink makes a one-time link's secret, "" where there are accounts already.
func (o *Office) FirstLink(ctx context.Context) (string, error) {
	some, err := o.deps.Accounts.List(ctx, "", 1)
	if err != nil || len(some) > 0 {
		return "", err
	}
	secret := newSecret()
	id := secretHash(secret)[:16]
	_, err = o.deps.Links.Put(ctx, id, 0, Link{Hash: secretHash(secret), Until: o.now().Add(24 * time.Hour)})
	return secret, err
}

// link finds a one-time link that is still good.
func (o *Office) link(ctx context.Context, secret string) (id string, version int64, err error) {
	hash := secretHash(secret)
	l, version, err := o.deps.Links.Get(ctx, hash[:16])
	if err != nil && !errors.Is(err, news.ErrNotFound) {
		return "", 0, err
	}
	some, err2 := o.deps.Accounts.List(ctx, "", 1)
	if err2 != nil {
		return "", 0, err2
	}
	if err != nil || !sameHash(l.Hash, hash) || !o.now().Before(l.Until) || len(some) > 0 {
		return "", 0, faultf(Missing, "this link was used, or is over a day old: start tinhub serve again for a new one, or use tinhub user add")
	}
	return hash[:16], version, nil
}

// first makes the first account by a link, which is used up by it.
func (o *Office) first(ctx context.Context, secret, name, password, from string) (cookie string, err error) {
	id, version, err := o.link(ctx, secret)
	if err != nil {
		return "", err
	}
	// Whatever is wrong with the name is said before the link is used up.
	if _, err := readName(name); err != nil {
		return "", err
	}
	if err := checkPassword(password); err != nil {
		return "", err
	}
	if err := o.deps.Links.Delete(ctx, id, version); err != nil {
		return "", faultOf(err)
	}
	u, err := o.addUser(ctx, "the first link", name, Roles[Admin], password)
	if err != nil {
		return "", err
	}
	a, _, err := o.deps.Accounts.Get(ctx, u.Name)
	if err != nil {
		return "", err
	}
	return o.open(ctx, u.Name, a.Password, from)
}

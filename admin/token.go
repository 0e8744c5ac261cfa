package admin

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	"tinhub/news"
)

// A Token is what a program signs in with.
type Token struct {
	Name    string    `json:"name"`
	Scopes  []string  `json:"scopes"`
	Hash    string    `json:"hash"` // of its secret
	Created time.Time `json:"created"`
	By      string    `json:"by,omitempty"`
}

// A Pass is what is shown of a token. Secret is there once, when it was made.
type Pass struct {
	Name    string    `json:"name"`
	Scopes  []string  `json:"scopes"`
	Created time.Time `json:"created"`
	By      string    `json:"by,omitempty"`
	Secret  string    `json:"token,omitempty"`
}

func passOf(t Token) Pass { return Pass{Name: t.Name, Scopes: t.Scopes, Created: t.Created, By: t.By} }

func (t Token) level() Level {
	top := Level(0)
	for _, s := range t.Scopes {
		top = max(top, levelOf(Scopes, s))
	}
	return top
}

// idForm is what the configuration takes as an id.
var idForm = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$`)

// tokenPrefix marks a token, so that scanners for leaked secrets can find it. The
// name follows, then the secret: "tinhub_ci_…".
const tokenPrefix = "tinhub_"

// AddToken makes a token; its secret is in the answer and nowhere else.
func (o *Office) AddToken(ctx context.Context, w Who, name string, scopes []string) (Pass, error) {
	if err := w.must(Admin); err != nil {
		return Pass{}, err
	}
	if !idForm.MatchString(name) {
		return Pass{}, faultf(Invalid, "the name %.40q can't be a token's: write at most 64 of a-z, 0-9 and - between them", name)
	}
	scopes, err := ReadScopes(strings.Join(scopes, ","))
	if err != nil {
		return Pass{}, err
	}
	secret := newSecret()
	t := Token{Name: name, Scopes: scopes, Hash: secretHash(secret), Created: o.now(), By: w.Name}
	if _, err := o.deps.Tokens.Put(ctx, name, 0, t); err != nil {
		if errors.Is(err, news.ErrConflict) {
			return Pass{}, faultf(Taken, "there is a token %s already: revoke it first, or choose another name", name)
		}
		return Pass{}, err
	}
	p := passOf(t)
	if err := o.note(ctx, w.Name, "token.add", name, nil, p, ""); err != nil {
		return Pass{}, err
	}
	p.Secret = tokenPrefix + name + "_" + secret
	return p, nil
}

// Tokens lists the tokens, without their secrets.
func (o *Office) Tokens(ctx context.Context, w Who, after string, limit int) ([]Pass, error) {
	if err := w.must(Admin); err != nil {
		return nil, err
	}
	list, err := o.deps.Tokens.List(ctx, after, limit)
	out := make([]Pass, len(list))
	for i, t := range list {
		out[i] = passOf(t)
	}
	return out, err
}

// Token reads one.
func (o *Office) Token(ctx context.Context, w Who, name string) (Pass, error) {
	if err := w.must(Admin); err != nil {
		return Pass{}, err
	}
	t, _, err := o.deps.Tokens.Get(ctx, name)
	return passOf(t), err
}

// RevokeToken ends a token at once.
func (o *Office) RevokeToken(ctx context.Context, w Who, name string) error {
	if err := w.must(Admin); err != nil {
		return err
	}
	t, version, err := o.deps.Tokens.Get(ctx, name)
	if err != nil {
		return err
	}
	if err := o.deps.Tokens.Delete(ctx, name, version); err != nil {
		return err
	}
	return o.note(ctx, w.Name, "token.revoke", name, passOf(t), nil, "")
}

// bearer finds who a token belongs to.
func (o *Office) bearer(ctx context.Context, token string) (Who, error) {
	rest, ok := strings.CutPrefix(token, tokenPrefix)
	name, secret, ok2 := strings.Cut(rest, "_")
	if !ok || !ok2 || !idForm.MatchString(name) || len(secret) > 128 {
		return Who{}, errToken
	}
	t, _, err := o.deps.Tokens.Get(ctx, name)
	if err != nil && !errors.Is(err, news.ErrNotFound) {
		return Who{}, err
	}
	if err != nil || !sameHash(t.Hash, secretHash(secret)) {
		return Who{}, errToken
	}
	return Who{"token " + t.Name, t.level()}, nil
}

var errToken = &Fault{Kind: Unknown, Text: "the token is not known: it was revoked, or is not written in full"}

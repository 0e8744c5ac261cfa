package admin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"tinhub/news"
)

// An Account is a person who may sign in.
type Account struct {
	Name     string    `json:"name"`
	Role     string    `json:"role"`
	Password string    `json:"password"` // a PHC string, never the password
	Created  time.Time `json:"created"`
	Changed  time.Time `json:"changed"` // of the password
	Sessions []Session `json:"sessions,omitempty"`
	Feed     string    `json:"feed,omitempty"` // hash of the secret in the address of the person's feed of illnesses
}

// A Session is a browser that is signed in. It stands in the account, so that a
// new password ends all of them in the same write.
type Session struct {
	Hash  string    `json:"hash"` // of its secret
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
	From  string    `json:"from,omitempty"` // address
}

// A User is what is shown of an account.
type User struct {
	Name     string    `json:"name"`
	Role     string    `json:"role" enum:"admin,editor,viewer"`
	Created  time.Time `json:"created"`
	Changed  time.Time `json:"password_changed"`
	Sessions int       `json:"sessions"`
}

func userOf(a Account, now time.Time) User {
	return User{a.Name, a.Role, a.Created, a.Changed, len(living(a.Sessions, now))}
}

// maxSessions is how many browsers one person is signed in with; the oldest goes.
const maxSessions = 10

var accountForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.@-]{0,62}$`)

// readName reads an account's name in any case.
func readName(name string) (string, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	if !accountForm.MatchString(name) {
		return "", faultf(Invalid, "the name %.40q can't be an account's: write at most 63 of a-z, 0-9, - . and @, a letter or digit first", name)
	}
	return name, nil
}

// secretHash is what is stored of a secret that we made: it has 130 bits, so that
// nothing slower is needed.
func secretHash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func sameHash(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func living(list []Session, now time.Time) []Session {
	return slices.DeleteFunc(slices.Clone(list), func(s Session) bool { return !now.Before(s.Until) })
}

// Users lists the accounts.
func (o *Office) Users(ctx context.Context, w Who, after string, limit int) ([]User, error) {
	if err := w.must(Admin); err != nil {
		return nil, err
	}
	list, err := o.deps.Accounts.List(ctx, after, limit)
	out := make([]User, len(list))
	for i, a := range list {
		out[i] = userOf(a, o.now())
	}
	return out, err
}

// User reads one account.
func (o *Office) User(ctx context.Context, w Who, name string) (User, error) {
	if err := w.must(Admin); err != nil {
		return User{}, err
	}
	a, _, err := o.deps.Accounts.Get(ctx, name)
	return userOf(a, o.now()), err
}

// AddUser makes an account.
func (o *Office) AddUser(ctx context.Context, w Who, name, role, password string) (User, error) {
	if err := w.must(Admin); err != nil {
		return User{}, err
	}
	return o.addUser(ctx, w.Name, name, role, password)
}

func (o *Office) addUser(ctx context.Context, by, name, role, password string) (User, error) {
	name, err := readName(name)
	if err != nil {
		return User{}, err
	}
	if levelOf(Roles, role) == 0 {
		return User{}, faultf(Invalid, "there is no role %.40q: there are admin, editor and viewer", role)
	}
	if err := checkPassword(password); err != nil {
		return User{}, err
	}
	now := o.now()
	a := Account{Name: name, Role: role, Password: o.hasher.hash(password), Created: now, Changed: now}
	if _, err := o.deps.Accounts.Put(ctx, name, 0, a); err != nil {
		if errors.Is(err, news.ErrConflict) {
			return User{}, faultf(Taken, "there is an account %s already", name)
		}
		return User{}, err
	}
	u := userOf(a, now)
	return u, o.note(ctx, by, "user.add", name, nil, u, "")
}

// SetRole gives an account another role. The last admin stays one.
func (o *Office) SetRole(ctx context.Context, w Who, name, role string) (User, error) {
	if err := w.must(Admin); err != nil {
		return User{}, err
	}
	if levelOf(Roles, role) == 0 {
		return User{}, faultf(Invalid, "there is no role %.40q: there are admin, editor and viewer", role)
	}
	if role != Roles[Admin] {
		if err := o.spareLastAdmin(ctx, name); err != nil {
			return User{}, err
		}
	}
	var before User
	a, err := o.changeAccount(ctx, name, func(a *Account) error {
		before = userOf(*a, o.now())
		a.Role = role
		return nil
	})
	if err != nil {
		return User{}, err
	}
	u := userOf(a, o.now())
	return u, o.note(ctx, w.Name, "user.role", name, before, u, "")
}

// SetPassword gives an account another password, and ends its sessions.
func (o *Office) SetPassword(ctx context.Context, w Who, name, password string) error {
	if w.Name != name {
		if err := w.must(Admin); err != nil {
			return err
		}
	}
	if err := checkPassword(password); err != nil {
		return err
	}
	hash := o.hasher.hash(password)
	_, err := o.changeAccount(ctx, name, func(a *Account) error {
		a.Password, a.Changed, a.Sessions, a.Feed = hash, o.now(), nil, ""
		return nil
	})
	if err != nil {
		return err
	}
	return o.note(ctx, w.Name, "user.password", name, nil, nil, "")
}

// RemoveUser ends an account. The last admin stays.
func (o *Office) RemoveUser(ctx context.Context, w Who, name string) error {
	if err := w.must(Admin); err != nil {
		return err
	}
	a, version, err := o.deps.Accounts.Get(ctx, name)
	if err != nil {
		return err
	}
	if err := o.spareLastAdmin(ctx, name); err != nil {
		return err
	}
	if err := o.deps.Accounts.Delete(ctx, name, version); err != nil {
		return err
	}
	return o.note(ctx, w.Name, "user.remove", name, userOf(a, o.now()), nil, "")
}

func (o *Office) spareLastAdmin(ctx context.Context, name string) error {
	all, err := o.deps.Accounts.List(ctx, "", 0)
	if err != nil {
		return err
	}
	is := func(a Account) bool { return a.Role == Roles[Admin] }
	others := slices.ContainsFunc(all, func(a Account) bool { return is(a) && a.Name != name })
	if slices.ContainsFunc(all, func(a Account) bool { return is(a) && a.Name == name }) && !others {
		return faultf(Taken, "%s is the last admin: make another one first", name)
	}
	return nil
}

// changeAccount changes an account as it stands, and again where somebody else
// changed it meanwhile: two browsers that sign in at once are no conflict.
func (o *Office) changeAccount(ctx context.Context, name string, change func(*Account) error) (Account, error) {
	for try := 0; ; try++ {
		a, version, err := o.deps.Accounts.Get(ctx, name)
		if err != nil {
			return a, err
		}
		if err := change(&a); err != nil {
			return a, err
		}
		_, err = o.deps.Accounts.Put(ctx, name, version, a)
		if err == nil || !errors.Is(err, news.ErrConflict) || try == 5 {
			return a, err
		}
	}
}

// newSecret is 130 random bits that people can copy.
func newSecret() string { return rand.Text() }

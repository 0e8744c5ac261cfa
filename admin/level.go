package admin

import (
	"slices"
	"strings"
)

// A Level is how much somebody may do; each holds those below it.
type Level int

// The levels.
const (
	Read  Level = iota + 1 // look at everything but accounts, tokens and the audit log
	Write                  // change sources, topics, partners, stories, subscriptions
	Admin                  // accounts, tokens, the audit log
)

// Scopes are what tokens are given, by level.
var Scopes = []string{Read: "read", Write: "write", Admin: "admin"}

// Roles are what accounts have, by level.
var Roles = []string{Read: "viewer", Write: "editor", Admin: "admin"}

func (l Level) String() string {
	if l < Read || l > Admin {
		return "nothing"
	}
	return Scopes[l]
}

// levelOf reads a role or a scope.
func levelOf(names []string, name string) Level {
	if i := slices.Index(names, name); i > 0 && name != "" {
		return Level(i)
	}
	return 0
}

// ReadScopes reads scopes as they are written, by commas or blanks.
func ReadScopes(list string) ([]string, error) {
	fields := strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
	if len(fields) == 0 {
		return nil, faultf(Invalid, "a token needs a scope: read, write or admin")
	}
	for _, s := range fields {
		if levelOf(Scopes, s) == 0 {
			return nil, faultf(Invalid, "there is no scope %.40q: there are read, write and admin", s)
		}
	}
	slices.SortFunc(fields, func(a, b string) int { return int(levelOf(Scopes, a) - levelOf(Scopes, b)) })
	return slices.Compact(fields), nil
}

// Who is somebody that is known.
type Who struct {
	Name  string // of the account, or "token NAME"
	Level Level
}

// must refuses who may not.
func (w Who) must(l Level) error {
	if w.Level >= l {
		return nil
	}
	if w.Level == 0 {
		return faultf(Unknown, "nobody is signed in")
	}
	return faultf(Refused, "%s may %s, and this needs %s", w.Name, w.Level, l)
}

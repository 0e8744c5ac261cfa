package admin

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"tinhub/news"
)

// A thing is a kind of object that the file may declare and that may be made
// here: sources, topics, partners. It says how they differ; what is the same is
// done once, below.
type thing[T, F any] struct {
	name string // "source"
	kept Kept[T]
	all  func() []T // those declared, too
	read func(json.RawMessage) (T, []string)

	id       func(T) string
	declared func(T) string
	form     func(T) F
	version  func(*F, int64)

	// settle mends what was read by what was before, nil at first. It may refuse.
	settle func(now *T, before *T) error
}

// list is a page of them, in the order of their ids, behind one.
func (t *thing[T, F]) list(after string, limit int, want func(T) bool) (items []T, next string) {
	all := slices.DeleteFunc(slices.Clone(t.all()), func(v T) bool {
		return t.id(v) <= after && after != "" || (want != nil && !want(v))
	})
	slices.SortFunc(all, func(a, b T) int { return strings.Compare(t.id(a), t.id(b)) })
	if len(all) > limit {
		return all[:limit], t.id(all[limit-1])
	}
	return all, ""
}

// find is one of all. Its version is 0 where the file declares it.
func (t *thing[T, F]) find(ctx context.Context, id string) (v T, version int64, err error) {
	if i := slices.IndexFunc(t.all(), func(v T) bool { return t.id(v) == id && t.declared(v) != "" }); i >= 0 {
		return t.all()[i], 0, nil
	}
	v, version, err = t.kept.Get(ctx, id)
	if errors.Is(err, news.ErrNotFound) {
		return v, 0, faultf(Missing, "there is no %s %.80q", t.name, id)
	}
	return v, version, err
}

// shown is the form of one, with its version.
func (t *thing[T, F]) shown(v T, version int64) F {
	f := t.form(v)
	t.version(&f, version)
	return f
}

// locked refuses to change what the file declares.
func (t *thing[T, F]) locked(v T) error {
	if at := t.declared(v); at != "" {
		if at == "starter" {
			return faultf(ReadOnly, "the %s %s belongs to the built-in starter: write a tinhub.yaml to have another", t.name, t.id(v))
		}
		return faultf(ReadOnly, "the %s %s is declared in %s: change it there; serve takes the file over at SIGHUP", t.name, t.id(v), at)
	}
	return nil
}

// judge reads what somebody wrote.
func (t *thing[T, F]) judge(raw json.RawMessage, before *T) (v T, err error) {
	m, err := readObject(raw)
	if err != nil {
		return v, err
	}
	clean, err := json.Marshal(m)
	if err != nil {
		return v, err
	}
	v, faults := t.read(clean)
	if len(faults) > 0 {
		return v, invalid("the "+t.name, faults)
	}
	return v, t.settle(&v, before)
}

// add makes a new one.
func (t *thing[T, F]) add(ctx context.Context, o *Office, w Who, raw json.RawMessage) (f F, err error) {
	if f, err = t.make(ctx, o, w, raw); err != nil {
		return f, err
	}
	return f, o.deps.Roster.Refresh(ctx)
}

// make is add for many at once: they count when the roster is refreshed.
func (t *thing[T, F]) make(ctx context.Context, o *Office, w Who, raw json.RawMessage) (f F, err error) {
	if err := w.must(Write); err != nil {
		return f, err
	}
	v, err := t.judge(raw, nil)
	if err != nil {
		return f, err
	}
	taken := faultf(Taken, "there is a %s %s already: choose another id, or change that one", t.name, t.id(v))
	if slices.ContainsFunc(t.all(), func(x T) bool { return t.id(x) == t.id(v) }) {
		return f, taken
	}
	version, err := t.kept.Put(ctx, t.id(v), 0, v)
	if errors.Is(err, news.ErrConflict) {
		return f, taken
	}
	if err != nil {
		return f, err
	}
	f = t.shown(v, version)
	return f, o.note(ctx, w.Name, t.name+".add", t.id(v), nil, t.form(v), "")
}

// changeable is one that may be changed by who asks, and the version that it is
// at; it is refused where a version is named (not 0) and it is at another.
func (t *thing[T, F]) changeable(ctx context.Context, w Who, id string, version int64) (v T, at int64, err error) {
	if err := w.must(Write); err != nil {
		return v, 0, err
	}
	if v, at, err = t.find(ctx, id); err == nil {
		err = t.locked(v)
	}
	if err == nil && version != 0 && version != at {
		err = faultf(Stale, "the %s %s was changed in the meantime: it is at version %d now", t.name, id, at)
	}
	return v, at, err
}

// set replaces one, at a version (0: whatever it is). change makes of the present
// one what is wanted.
func (t *thing[T, F]) set(ctx context.Context, o *Office, w Who, id string, version int64, change func(now F) (json.RawMessage, error)) (f F, err error) {
	before, at, err := t.changeable(ctx, w, id, version)
	if err != nil {
		return f, err
	}
	raw, err := change(t.form(before))
	if err != nil {
		return f, err
	}
	v, err := t.judge(raw, &before)
	if err != nil {
		return f, err
	}
	if t.id(v) != id {
		return f, faultf(Invalid, "an id never changes: %s is addressed, and %.80q is written; make a new %s instead", id, t.id(v), t.name)
	}
	if at, err = t.kept.Put(ctx, id, at, v); err != nil {
		return f, err
	}
	f = t.shown(v, at)
	return f, t.done(ctx, o, w, "update", id, t.form(before), t.form(v))
}

// remove takes one away, at a version (0: whatever it is).
func (t *thing[T, F]) remove(ctx context.Context, o *Office, w Who, id string, version int64) error {
	before, at, err := t.changeable(ctx, w, id, version)
	if err != nil {
		return err
	}
	if err := t.kept.Delete(ctx, id, at); err != nil {
		return err
	}
	return t.done(ctx, o, w, "remove", id, t.form(before), nil)
}

// done writes down what was done, and lets this process take it over at once.
func (t *thing[T, F]) done(ctx context.Context, o *Office, w Who, what, id string, before, after any) error {
	if err := o.note(ctx, w.Name, t.name+"."+what, id, before, after, ""); err != nil {
		return err
	}
	return o.deps.Roster.Refresh(ctx)
}

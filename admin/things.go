package admin

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"tinhub/news"
)

func (o *Office) sources() *thing[news.Source, SourceForm] {
	return &thing[news.Source, SourceForm]{
		name: "source", kept: o.deps.Sources, all: o.deps.Roster.Sources, read: o.deps.Judge.Source,
		id: func(s news.Source) string { return s.ID }, declared: func(s news.Source) string { return s.Declared },
		form: sourceForm, version: func(f *SourceForm, n int64) { f.Version = n },
		settle: func(now, before *news.Source) error {
			if before == nil {
				before = &news.Source{}
			}
			// A secret goes to the host it was meant for, and is not carried to another.
			if hostOf(now.Address()) == hostOf(before.Address()) && (now.Proxy == Hidden || now.Proxy == before.Proxy || now.Proxy == "") {
				unhide(now, *before)
			}
			if hidden(*now) {
				return faultf(Invalid, "%s stands for a secret that is stored; at a new address write the secret itself, or leave the key out", Hidden)
			}
			now.Declared = ""
			return nil
		},
	}
}

// hostOf is who gets a source's secrets; "" is nobody.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + strings.ToLower(u.Host)
}

// hidden says that a secret is still to be written.
func hidden(s news.Source) bool {
	for _, m := range []map[string]string{s.Headers, s.Cookies} {
		for _, v := range m {
			if v == Hidden {
				return true
			}
		}
	}
	return s.Proxy == Hidden || s.BasicAuth != nil && s.BasicAuth.Password == Hidden
}

func (o *Office) topics() *thing[news.Topic, TopicForm] {
	return &thing[news.Topic, TopicForm]{
		name: "topic", kept: o.deps.Topics, all: o.deps.Roster.Topics, read: o.deps.Judge.Topic,
		id: func(t news.Topic) string { return t.ID }, declared: func(t news.Topic) string { return t.Declared },
		form: topicForm, version: func(f *TopicForm, n int64) { f.Version = n },
		settle: func(now, _ *news.Topic) error { now.Declared = ""; return nil },
	}
}

func (o *Office) partners() *thing[news.Partner, PartnerForm] {
	return &thing[news.Partner, PartnerForm]{
		name: "partner", kept: o.deps.Partners, all: o.deps.Roster.Partners, read: o.deps.Judge.Partner,
		id: func(p news.Partner) string { return p.ID }, declared: func(p news.Partner) string { return p.Declared },
		form: partnerForm, version: func(f *PartnerForm, n int64) { f.Version = n },
		settle: func(now, before *news.Partner) error {
			now.Declared = ""
			if now.Key == "" && before != nil {
				now.Key = before.Key
			}
			if now.Key == "" && len(now.Origins) == 0 {
				return faultf(Invalid, "the partner %s has neither origins nor a key: it could never be recognised; write one of them", now.ID)
			}
			same := func(p news.Partner) bool { return p.ID != now.ID && p.Key != "" && p.Key == now.Key }
			if slices.ContainsFunc(o.deps.Roster.Partners(), same) {
				return faultf(Taken, "another partner has this key: give each its own")
			}
			return nil
		},
	}
}

// NewKey gives a partner another key, which is in the answer and nowhere else; the
// old one ends at once.
func (o *Office) NewKey(ctx context.Context, w Who, id string) (PartnerForm, error) {
	key := newSecret()
	f, err := o.partners().set(ctx, o, w, id, 0, func(now PartnerForm) (json.RawMessage, error) {
		now.Key = key
		return json.Marshal(now)
	})
	f.Key = key
	return f, err
}

// EndKey takes a partner's key away, at once; his pages' origins stay.
func (o *Office) EndKey(ctx context.Context, w Who, id string) (PartnerForm, error) {
	before, at, err := o.partners().changeable(ctx, w, id, 0)
	if err != nil {
		return PartnerForm{}, err
	}
	if len(before.Origins) == 0 {
		return PartnerForm{}, faultf(Taken, "without its key the partner %s could never be recognised: give it origins first, or remove it", id)
	}
	next := before
	next.Key = ""
	if at, err = o.deps.Partners.Put(ctx, id, at, next); err != nil {
		return PartnerForm{}, err
	}
	f := o.partners().shown(next, at)
	return f, o.partners().done(ctx, o, w, "key", id, partnerForm(before), partnerForm(next))
}

// Sources lists sources with what is known of their polls.
func (o *Office) Sources(ctx context.Context, w Who, after string, limit int, want func(news.Source, news.SourceState) bool) ([]SourceForm, string, error) {
	if err := w.must(Read); err != nil {
		return nil, "", err
	}
	states, err := o.deps.Polls.States(ctx)
	if err != nil {
		return nil, "", err
	}
	list, next := o.sources().list(after, limit, func(s news.Source) bool { return want == nil || want(s, states[s.ID]) })
	out := make([]SourceForm, len(list))
	for i, s := range list {
		out[i] = sourceForm(s)
		out[i].State = stateForm(states[s.ID], false)
	}
	return out, next, nil
}

// Source is one source, with the history of its polls.
func (o *Office) Source(ctx context.Context, w Who, id string) (SourceForm, error) {
	if err := w.must(Read); err != nil {
		return SourceForm{}, err
	}
	s, version, err := o.sources().find(ctx, id)
	if err != nil {
		return SourceForm{}, err
	}
	state, err := o.deps.Polls.State(ctx, s)
	f := o.sources().shown(s, version)
	f.State = stateForm(state, true)
	return f, err
}

// Poll wants a source polled now.
func (o *Office) Poll(ctx context.Context, w Who, id string) error {
	if err := w.must(Write); err != nil {
		return err
	}
	s, _, err := o.sources().find(ctx, id)
	if err != nil {
		return err
	}
	if !s.Enabled {
		return faultf(Taken, "the source %s is paused: enable it first", id)
	}
	if err := o.deps.Polls.Ask(ctx, s, o.now()); err != nil {
		return err
	}
	return o.note(ctx, w.Name, "source.poll", id, nil, nil, "")
}

// Try reads an address as a poll would, and stores nothing.
func (o *Office) Try(ctx context.Context, w Who, raw json.RawMessage) (Tried, error) {
	if err := w.must(Write); err != nil {
		return Tried{}, err
	}
	m, err := readObject(raw)
	if err != nil {
		return Tried{}, err
	}
	if m["id"] == nil {
		m["id"] = json.RawMessage(`"test"`)
	}
	clean, err := json.Marshal(m)
	if err != nil {
		return Tried{}, err
	}
	s, faults := o.deps.Judge.Source(clean)
	if len(faults) > 0 {
		return Tried{}, invalid("the source", faults)
	}
	if hidden(s) {
		return Tried{}, faultf(Invalid, "write the secrets themselves to try a source")
	}
	return o.try(ctx, s)
}

// TrySource reads a source that there is, as its next poll would, or as it would be
// with a change (nil: none), and stores nothing.
func (o *Office) TrySource(ctx context.Context, w Who, id string, change json.RawMessage) (Tried, error) {
	if err := w.must(Write); err != nil {
		return Tried{}, err
	}
	s, _, err := o.sources().find(ctx, id)
	if err != nil {
		return Tried{}, err
	}
	if change != nil {
		raw, err := patched(sourceForm(s), change)
		if err != nil {
			return Tried{}, err
		}
		if s, err = o.sources().judge(raw, &s); err != nil {
			return Tried{}, err
		}
	}
	return o.try(ctx, s)
}

// tryMost is how long somebody waits for what an address gives.
const tryMost = 45 * time.Second

func (o *Office) try(ctx context.Context, s news.Source) (Tried, error) {
	ctx, cancel := context.WithTimeout(ctx, tryMost)
	defer cancel()
	return o.deps.Polls.Try(ctx, s)
}

// Preview is what a rule would select, before it is saved; most bounds how long is
// looked (0: however long it takes).
func (o *Office) Preview(ctx context.Context, w Who, raw json.RawMessage, since, most time.Duration) (Preview, error) {
	if err := w.must(Read); err != nil {
		return Preview{}, err
	}
	if since <= 0 || since > 366*news.Day24 {
		return Preview{}, faultf(Invalid, "since is how far to look back, as in 7d, 30d or 90d")
	}
	m, err := readObject(raw)
	if err != nil {
		return Preview{}, err
	}
	clean, err := json.Marshal(m)
	if err != nil {
		return Preview{}, err
	}
	t, faults := o.deps.Judge.Topic(clean)
	if len(faults) > 0 {
		return Preview{}, invalid("the topic", faults)
	}
	return o.deps.Curator.Preview(ctx, t, o.now().Add(-since), most)
}

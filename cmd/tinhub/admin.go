package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"tinhub/admin"
	"tinhub/config"
	"tinhub/curator"
	"tinhub/fetcher"
	"tinhub/fetcher/client"
	"tinhub/news"
	"tinhub/store"
)

// keeper hands objects of one kind to the admin room.
type keeper[T any] struct{ kept *store.Kept[T] }

func keeperOf[T any](core store.Core, kind string) keeper[T] {
	return keeper[T]{store.NewKept[T](core, kind)}
}

// Get implements admin.Kept, as what follows does.
func (k keeper[T]) Get(ctx context.Context, id string) (T, int64, error) {
	v, err := k.kept.Get(ctx, id)
	return v.Value, v.Version, err
}

func (k keeper[T]) List(ctx context.Context, after string, limit int) ([]T, error) {
	list, err := k.kept.List(ctx, after, limit)
	out := make([]T, len(list))
	for i, v := range list {
		out[i] = v.Value
	}
	return out, err
}

func (k keeper[T]) Put(ctx context.Context, id string, version int64, value T) (int64, error) {
	return k.kept.Put(ctx, id, version, value)
}

func (k keeper[T]) Delete(ctx context.Context, id string, version int64) error {
	return k.kept.Delete(ctx, id, version)
}

// newOffice wires the admin room.
func newOffice(h *house, wire *store.Wire) (*admin.Office, error) {
	look, err := fetcher.New(fetcher.Deps{Client: h.client}, fetcher.Options{Location: h.settings.zone()})
	if err != nil {
		return nil, err
	}
	lists, err := newOutlines(h.roster)
	if err != nil {
		return nil, err
	}
	desk := store.NewDesk(h.core, h.settings.keep())
	lib := library{roster: h.roster, core: h.core, shelf: store.NewShelf(h.core), desk: desk}
	return admin.New(admin.Deps{
		Accounts: keeperOf[admin.Account](h.core, "account"), Tokens: keeperOf[admin.Token](h.core, "token"), Links: keeperOf[admin.Link](h.core, "link"),
		Sources: keeper[news.Source]{keptSources(h.core)}, Topics: keeper[news.Topic]{keptTopics(h.core)}, Partners: keeper[news.Partner]{keptPartners(h.core)},
		Audit: store.NewAudit(h.core, h.settings.keep()), Answers: store.NewAnswers(h.core),
		Roster: fresh{h.roster, h.core}, Judge: judgeOf{h.roster},
		Polls:   polls{h.overview, wire, look},
		Stories: desk, Desk: desk, Orders: desk, Takes: wire, Curator: lib, Sealed: lib.shelf, Hub: store.NewHub(h.core), Lists: lists, Usage: store.NewUsage(h.core),
		Alerts: keeperOf[admin.Alert](h.core, "alert"), AlertStates: keeperOf[admin.AlertState](h.core, "alertstate"),
		Cases: keeperOf[admin.Case](h.core, "case"), Mail: keeperOf[admin.MailServer](h.core, "mail"),
		Leases: store.NewLeases(h.core), Sender: sender{client: h.client.With(client.Limits{PerHost: 4, Spacing: -1})},
	}, admin.Options{
		PublicURL: h.settings.Site.PublicURL, Title: h.settings.Site.Title, Zone: h.settings.zone(),
		WithoutAgreement: h.settings.Publish.WithoutAgreement, AgreementNotice: h.settings.Publish.AgreementNotice,
		Verbatim: h.settings.terms().Verbatim, TrustedProxies: h.settings.HTTP.TrustedProxies, Log: h.log.With("room", "admin"),
	}), nil
}

// officeOver is the admin room of a command that runs beside serve: it knows of
// people and tokens only.
func officeOver(core store.Core, s settings, log *slog.Logger) *admin.Office {
	return admin.New(admin.Deps{
		Accounts: keeperOf[admin.Account](core, "account"), Tokens: keeperOf[admin.Token](core, "token"), Links: keeperOf[admin.Link](core, "link"),
		Audit: store.NewAudit(core, s.keep()),
	}, admin.Options{Log: log})
}

// operator is who calls a command: whoever may read the store's file or knows its
// password may do everything.
func operator(what string) admin.Who { return admin.Who{Name: "tinhub " + what, Level: admin.Admin} }

// invite prints, while there is no account, the link that makes the first one.
func (h *house) invite(ctx context.Context, address string) {
	secret, err := h.office.FirstLink(ctx)
	if err != nil {
		h.log.Error("no link for the first account could be made", "err", err)
		return
	}
	if secret != "" {
		h.log.Warn("there is no account yet: open this once, within a day, to make the first one", "link", strings.TrimSuffix(address, "/")+"/admin/first?key="+secret)
	}
}

// fresh is the roster that takes over at once what the office changed.
type fresh struct {
	*roster
	core store.Core
}

// Refresh implements admin.Roster.
func (f fresh) Refresh(ctx context.Context) error {
	k, err := readKept(ctx, f.core)
	if err != nil {
		return err
	}
	f.roster.keep(k)
	return nil
}

// polls is what the office asks of the fetcher's books, and its one-shot reading.
type polls struct {
	overview *overview
	wire     *store.Wire
	look     *fetcher.Fetcher
}

// States implements admin.Polls, as what follows does.
func (p polls) States(ctx context.Context) (map[string]news.SourceState, error) {
	states := p.overview.read(ctx)
	if states == nil {
		return nil, errors.New("the states of sources can't be read")
	}
	return states, nil
}

func (p polls) State(ctx context.Context, s news.Source) (news.SourceState, error) {
	return p.wire.State(ctx, news.ShardOf(s.Family()), s.ID)
}

func (p polls) Ask(ctx context.Context, s news.Source, at time.Time) error {
	return p.wire.Ask(ctx, news.ShardOf(s.Family()), s.ID, at)
}

// triedEntries is how many entries of a tried address are shown.
const triedEntries = 50

func (p polls) Try(ctx context.Context, s news.Source) (admin.Tried, error) {
	got, err := p.look.Read(ctx, s)
	if err != nil {
		return admin.Tried{}, err
	}
	d := got.Document
	t := admin.Tried{
		Address: got.Address, Health: got.Health, Detail: got.Detail, Format: d.Format, Title: d.Title, Site: got.Site, Link: d.Link, Says: saysOf(d),
		Entries: []admin.TriedEntry{}, Rejected: []string{}, Repairs: append([]news.Repair{}, d.Repairs...), Discovered: append([]string{}, got.Discovered...),
	}
	entries := d.Entries
	if t.Page = got.Page; t.Page != nil { // the list that was found on a page: what it lacks as a feed says nothing
		entries, t.Repairs, d.Rejected = got.Listed, []news.Repair{}, nil
	}
	for _, e := range entries[:min(len(entries), triedEntries)] {
		t.Entries = append(t.Entries, admin.TriedEntry{Title: e.Title, Link: e.Link, Published: e.Published.At, Summary: news.Excerpt(news.Text(e.Summary), 300), Section: e.Section})
	}
	for _, x := range d.Rejected[:min(len(d.Rejected), triedEntries)] {
		t.Rejected = append(t.Rejected, x.Reason)
	}
	return t, nil
}

// library is what the office asks of the curator's rules and the shelf.
type library struct {
	roster *roster
	core   store.Core
	shelf  *store.Shelf
	desk   *store.Desk
}

func (l library) known() (settings, curator.Known) {
	s, sources, topics, _ := l.roster.now()
	return s, curator.Known{Topics: topics, Sources: sources, Terms: s.terms(), Now: time.Now()}
}

// Find implements admin.Curator, as what follows does.
func (l library) Find(ctx context.Context, what string) (news.Article, error) {
	a, err := findArticle(ctx, l.shelf, l.desk, l.roster.Sources(), what)
	if usage, ok := errors.AsType[usageError](err); ok {
		err = fmt.Errorf("%w: %w", usage.error, news.ErrNotFound)
	}
	return a, err
}

func (l library) Explain(ctx context.Context, a news.Article) (json.RawMessage, error) {
	stories, err := l.desk.StoriesOf(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	_, k := l.known()
	if k.Members, err = membersOf(ctx, l.shelf, stories[0]); err != nil {
		return nil, err
	}
	e, _ := curator.Explain(a, stories[0], k) // rules that can't be compiled are told where they are written
	sealed := a.Sealed()
	e.Revisions, e.Held = sealed.Revisions, sealed.Held
	return json.Marshal(e)
}

func (l library) Differences(a, b news.Article) []news.Change { return curator.Differences(a, b) }

func (l library) Preview(ctx context.Context, t news.Topic, since time.Time, most time.Duration) (admin.Preview, error) {
	s, k := l.known()
	p, err := curator.NewPreview(t, k)
	if err != nil {
		return admin.Preview{}, &admin.Fault{Kind: admin.Invalid, Text: err.Error()}
	}
	reached, err := lookAt(ctx, l.core, s, p, since, most)
	if err != nil {
		return admin.Preview{}, err
	}
	p.Finish()
	out := admin.Preview{Topic: p.Topic, Since: reached, Partial: reached.After(since), Looked: p.Looked, Kept: p.Kept, Added: p.Added, Dropped: p.Dropped, Stories: []admin.Picked{}}
	for _, x := range p.Stories {
		out.Stories = append(out.Stories, admin.Picked{
			Story: x.Story, Title: x.Title, Link: x.Link, Agency: x.Agency, Published: x.Published,
			Selected: x.Selected, Today: x.Today, Score: x.Score, Reasons: x.Reasons,
		})
	}
	return out, nil
}

// judgeOf reads what was written in the pages or the API as the file is read, by
// the very same code: it is put into a file of its own, beside what it may refer to.
type judgeOf struct{ roster *roster }

// Source implements admin.Judge, as what follows does.
func (j judgeOf) Source(raw json.RawMessage) (news.Source, []string) {
	c, faults := j.read(map[string]any{"sources": []any{raw}})
	if len(c.Sources) == 0 {
		return news.Source{}, some(faults)
	}
	return c.Sources[0], faults
}

func (j judgeOf) Topic(raw json.RawMessage) (news.Topic, []string) {
	sources := []any{}
	for _, s := range j.roster.Sources() {
		stub := map[string]any{"id": s.ID, "agency": s.Publisher(), "url": "https://example.com/"}
		if s.Province != "" {
			stub["province"] = s.Province
		}
		sources = append(sources, stub)
	}
	c, faults := j.read(map[string]any{"topics": []any{raw}, "sources": sources})
	if len(c.Topics) == 0 {
		return news.Topic{}, some(faults)
	}
	t := c.Topics[0]
	for _, x := range j.roster.Topics() {
		if x.ID != t.ID && (slices.Contains(t.Formerly, x.ID) || slices.Contains(x.Formerly, t.ID)) {
			faults = append(faults, fmt.Sprintf("the topic %s and the former id of another are the same: choose another id", x.ID))
		}
	}
	return t, faults
}

func (j judgeOf) Partner(raw json.RawMessage) (news.Partner, []string) {
	topics := []any{}
	for _, t := range j.roster.Topics() {
		topics = append(topics, map[string]any{"id": t.ID, "include": map[string]any{"any": []any{"tin"}}})
	}
	var origins struct{ Key, Origins json.RawMessage }
	if err := json.Unmarshal(raw, &origins); err == nil && origins.Key == nil && origins.Origins == nil {
		// That it could never be recognised is judged by the office, which knows whether
		// a key stands there already.
		raw = json.RawMessage(strings.TrimSuffix(strings.TrimSpace(string(raw)), "}") + `,"origins":[]}`)
	}
	c, faults := j.read(map[string]any{"partners": []any{raw}, "topics": topics})
	if len(c.Partners) == 0 {
		return news.Partner{}, some(faults)
	}
	return c.Partners[0], faults
}

// some makes sure that what is not there has a reason.
func some(faults []string) []string {
	if len(faults) == 0 {
		return []string{"it can't be read"}
	}
	return faults
}

// read reads a file of what somebody wrote. Nothing in it is looked up in the
// environment: what is written over the network must not read that.
func (j judgeOf) read(file map[string]any) (settings, []string) {
	s, _, _, _ := j.roster.now()
	file["site"] = map[string]any{"language": s.Site.Language, "timezone": s.Site.Timezone}
	file["publish"] = map[string]any{"limit": s.Publish.Limit}
	text, err := json.Marshal(file)
	if err != nil {
		return settings{}, []string{err.Error()}
	}
	c, faults := judge(config.Parse("input", []byte(strings.ReplaceAll(string(text), "${", "$${")), nil))
	var out []string
	for _, f := range faults {
		out = append(out, f.Text)
	}
	return c, out
}

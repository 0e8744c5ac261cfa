package admin

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tinhub/news"
)

const (
	alarmLease = "alarm"
	alarmEvery = time.Minute        // how often is looked: at most one message an alert in this time
	alarmTTL   = 5 * alarmEvery     // of the lease
	wellAfter  = 15 * time.Minute   // how long a source is well before it counts as such: one that wavers is ill
	caseKept   = 7 * 24 * time.Hour // after its end
	sendMost   = 30 * time.Second   // for one message
	retryMost  = time.Hour          // between two tries at an alert that takes nothing
)

// A Case is an illness as it is remembered, so that it is told once.
type Case struct {
	Illness
	Noticed time.Time       `json:"noticed"`         // ill since then, as far as is known here
	Well    time.Time       `json:"well,omitzero"`   // since then it seems well
	Closed  time.Time       `json:"closed,omitzero"` // it is well
	Told    map[string]bool `json:"told,omitempty"`  // by the id of an alert: that it is ill
	Cured   map[string]bool `json:"cured,omitempty"` // and that it is well
}

// follow says what becomes of a case (nil: there is none) when a source is ill, or
// well (nil), at a time; nil: it is over and forgotten.
func follow(c *Case, now time.Time, is *Illness) *Case {
	if is != nil {
		if c == nil || !c.Closed.IsZero() || is.Ends != "" && (c.Health != is.Health || c.Ends != is.Ends) { // that an agreement has ended is told, though it was told that it would
			return &Case{Illness: *is, Noticed: now}
		}
		next := *c
		next.Well = time.Time{}
		if c.Health != is.Health {
			since := c.Since
			next.Illness = *is
			next.Since = since
		}
		return &next
	}
	if c == nil {
		return nil
	}
	next := *c
	switch {
	case !c.Closed.IsZero():
		if now.Sub(c.Closed) > caseKept {
			return nil
		}
	case c.Well.IsZero():
		next.Well = now
	case now.Sub(c.Well) >= wellAfter:
		if len(c.Told) == 0 { // nobody heard of it
			return nil
		}
		next.Closed = now
	}
	return &next
}

// A message is what an alert is told at once.
type message struct {
	ID   string
	At   time.Time
	Ill  []Illness
	Well []Illness
	Test bool
}

// due is what an alert was not told yet.
func due(a Alert, cases []Case, now time.Time) message {
	m := message{At: now}
	for _, c := range cases {
		switch {
		case !c.Closed.IsZero():
			if c.Told[a.ID] && !c.Cured[a.ID] {
				m.Well = append(m.Well, c.Illness)
			}
		case c.Well.IsZero() && !c.Told[a.ID] && (now.Sub(c.Noticed) >= a.after() || c.Ends != "") && (a.Silent || !c.Silent):
			m.Ill = append(m.Ill, c.Illness)
		}
	}
	return m
}

// An alarm is the worker that tells.
type alarm struct {
	o      *Office
	holder string
	later  map[string]time.Time     // an alert that took nothing: when to try again
	pauses map[string]time.Duration // and how long after that
}

// Run tells of sources that fall ill and of those that are well again, while this
// process holds the lease, until ctx ends.
func (o *Office) Run(ctx context.Context) error {
	a := &alarm{o: o, holder: "alarm-" + rand.Text(), later: map[string]time.Time{}, pauses: map[string]time.Duration{}}
	tick := time.NewTicker(alarmEvery)
	defer tick.Stop()
	var lease news.Lease
	for {
		var err error
		if lease.Token == 0 {
			lease, err = o.deps.Leases.Take(ctx, alarmLease, a.holder, alarmTTL)
		} else {
			lease, err = o.deps.Leases.Renew(ctx, lease, alarmTTL)
		}
		if err != nil {
			lease = news.Lease{} // another has it, or the store is away
		} else if err = a.look(ctx); err != nil && ctx.Err() == nil {
			o.log.Warn("alerts: not looked", "err", err)
		}
		select {
		case <-ctx.Done():
			if lease.Token == 0 {
				return nil
			}
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			return o.deps.Leases.Release(last, lease)
		case <-tick.C:
		}
	}
}

// look follows all cases, and tells what is due.
func (a *alarm) look(ctx context.Context) error {
	cases, err := a.follow(ctx)
	if err != nil {
		return err
	}
	alerts, err := a.o.deps.Alerts.List(ctx, "", 0)
	if err != nil {
		return err
	}
	var all error
	for _, one := range alerts {
		if one.Paused || a.o.now().Before(a.later[one.ID]) {
			continue
		}
		m := due(one, cases, a.o.now())
		if len(m.Ill)+len(m.Well) == 0 {
			continue
		}
		all = errors.Join(all, a.tell(ctx, one, m, cases))
	}
	return all
}

// follow reads the cases, follows each, and stores those that changed.
func (a *alarm) follow(ctx context.Context) ([]Case, error) {
	kept := a.o.deps.Cases
	old, err := kept.List(ctx, "", 0)
	if err != nil {
		return nil, err
	}
	states, err := a.o.deps.Polls.States(ctx)
	if err != nil {
		return nil, err
	}
	before, is, now := map[string]*Case{}, map[string]*Illness{}, a.o.now().UTC()
	ids := map[string]bool{}
	for _, c := range old {
		before[c.key()], ids[c.key()] = &c, true
	}
	for _, x := range a.o.illnesses(states) {
		is[x.key()], ids[x.key()] = &x, true
	}
	var cases []Case
	for _, id := range keysOf(ids) {
		next := follow(before[id], now, is[id])
		if next != nil {
			cases = append(cases, *next)
		}
		if err := a.store(ctx, id, before[id], next); err != nil {
			return nil, err
		}
	}
	return cases, nil
}

// store writes a case where it changed. Under the lease nobody else does; where one
// did all the same, his stands, and this one is followed again a minute later.
func (a *alarm) store(ctx context.Context, id string, before, next *Case) error {
	if before == nil && next == nil || before != nil && next != nil && same(*before, *next) {
		return nil
	}
	_, version, err := a.o.deps.Cases.Get(ctx, id)
	if err != nil && !errors.Is(err, news.ErrNotFound) {
		return err
	}
	if next == nil {
		return a.o.deps.Cases.Delete(ctx, id, version)
	}
	_, err = a.o.deps.Cases.Put(ctx, id, version, *next)
	return err
}

func same(a, b Case) bool {
	return a.Health == b.Health && a.Noticed.Equal(b.Noticed) && a.Well.Equal(b.Well) && a.Closed.Equal(b.Closed) &&
		maps.Equal(a.Told, b.Told) && maps.Equal(a.Cured, b.Cured)
}

// tell sends one message, and writes down what was told. A crash between the two
// tells again: that is better than never. The message has the same id then.
func (a *alarm) tell(ctx context.Context, one Alert, m message, cases []Case) error {
	m.ID = messageID(one.ID, m)
	err := a.o.send(ctx, one, m)
	if err := a.o.keepState(ctx, one.ID, err); err != nil {
		return err
	}
	if err != nil {
		a.pauses[one.ID] = min(max(2*a.pauses[one.ID], alarmEvery), retryMost)
		a.later[one.ID] = a.o.now().Add(a.pauses[one.ID])
		return fmt.Errorf("alert %s: %w", one.ID, err)
	}
	delete(a.pauses, one.ID)
	told := map[string]bool{}
	for _, x := range slices.Concat(m.Ill, m.Well) {
		told[x.key()] = true
	}
	for i, c := range cases {
		if !told[c.key()] {
			continue
		}
		next := c
		if c.Closed.IsZero() {
			next.Told = with(c.Told, one.ID)
		} else {
			next.Cured = with(c.Cured, one.ID)
		}
		if err := a.store(ctx, c.key(), &c, &next); err != nil {
			return err
		}
		cases[i] = next
	}
	return nil
}

func with(m map[string]bool, id string) map[string]bool {
	m = maps.Clone(m)
	if m == nil {
		m = map[string]bool{}
	}
	m[id] = true
	return m
}

// messageID names a message by what it tells.
func messageID(alert string, m message) string {
	parts := []string{"alert", alert}
	for _, x := range m.Ill {
		parts = append(parts, "ill", x.key(), x.Since.Format(time.RFC3339))
	}
	for _, x := range m.Well {
		parts = append(parts, "well", x.key(), x.Since.Format(time.RFC3339))
	}
	return string(news.KeyOf(parts...))
}

// send takes one message to where an alert goes.
func (o *Office) send(ctx context.Context, a Alert, m message) error {
	ctx, cancel := context.WithTimeout(ctx, sendMost)
	defer cancel()
	if m.ID == "" {
		m.ID = rand.Text()
	}
	if a.Kind == "mail" {
		server, _, err := o.deps.Mail.Get(ctx, mailKey)
		if errors.Is(err, news.ErrNotFound) {
			return errors.New("there is no mail server: write one on the page of alerts")
		}
		if err != nil {
			return err
		}
		return o.deps.Sender.Mail(ctx, server, Mail{To: a.To, Subject: o.subject(m), Text: o.text(m), ID: m.ID})
	}
	body, err := json.Marshal(map[string]any{
		"id": m.ID, "at": m.At.UTC(), "site": o.opt.PublicURL, "test": m.Test, "text": o.subject(m) + "\n" + o.text(m),
		"ill": append([]Illness{}, m.Ill...), "recovered": append([]Illness{}, m.Well...),
	})
	if err != nil {
		return err
	}
	header := map[string]string{"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": `"` + m.ID + `"`}
	if a.Secret != "" {
		mac := hmac.New(sha256.New, []byte(a.Secret))
		mac.Write(body)
		header["X-Tinhub-Signature"] = "sha256=" + hex.EncodeToString(mac.Sum(nil))
	}
	return o.deps.Sender.Post(ctx, a.URL, header, body)
}

// subject is a message in a line. Nothing that a feed wrote is in it.
func (o *Office) subject(m message) string {
	var parts []string
	if m.Test {
		parts = append(parts, "thử cảnh báo")
	}
	for _, p := range []struct {
		form string
		list []Illness
	}{{"%d nguồn gặp lỗi", m.of(m.Ill, false)}, {"%d thỏa thuận hết hạn hoặc sắp hết hạn", m.of(m.Ill, true)},
		{"%d nguồn đã trở lại", m.of(m.Well, false)}, {"%d thỏa thuận đã được thay", m.of(m.Well, true)}} {
		if n := len(p.list); n > 0 {
			parts = append(parts, fmt.Sprintf(p.form, n))
		}
	}
	return "[" + o.opt.Title + "] " + strings.Join(parts, ", ")
}

// of are those of a list that are agreements, or those that are not.
func (message) of(list []Illness, agreements bool) []Illness {
	return slices.DeleteFunc(slices.Clone(list), func(x Illness) bool { return (x.Ends != "") != agreements })
}

// toldMost is how many sources a message names: when the whole network is away,
// nobody reads a thousand lines.
const toldMost = 50

// text is a message in plain lines.
func (o *Office) text(m message) string {
	var b strings.Builder
	if m.Test {
		b.WriteString("Đây là thư thử: cảnh báo đến được nơi này.\n")
	}
	sources := len(o.deps.Roster.Sources())
	if n := len(m.of(m.Ill, false)); n > 5 && 2*n > sources {
		b.WriteString("Quá nửa số nguồn gặp lỗi cùng lúc: hãy xem mạng của chính máy chủ này trước.\n")
	}
	part := func(title string, list []Illness, line func(Illness) string) {
		if len(list) > 0 {
			b.WriteString("\n" + title + "\n")
		}
		for i, x := range list {
			if i == toldMost {
				fmt.Fprintf(&b, "… và %d mục nữa\n", len(list)-toldMost)
				break
			}
			b.WriteString("- " + oneLine(x.Name) + ": " + line(x) + "\n  " + o.sourcePage(x.Source) + "\n")
		}
	}
	part("Gặp lỗi:", m.of(m.Ill, false), func(x Illness) string {
		s := stateTexts[string(x.Health)] + " từ " + x.Since.In(o.opt.Zone).Format("15:04 02/01/2006")
		if x.Detail != "" {
			s += ". " + oneLine(inWords(x.Detail))
		}
		return s
	})
	part("Thỏa thuận đăng lại:", m.of(m.Ill, true), func(x Illness) string { return oneLine(inWords(x.Detail)) })
	part("Đã trở lại:", m.of(m.Well, false), func(x Illness) string { return "trước đó " + strings.ToLower(stateTexts[string(x.Health)]) })
	part("Thỏa thuận đã được gia hạn, thay hoặc bỏ:", m.of(m.Well, true), func(x Illness) string { return "trước đó đến hết ngày " + day(x.Ends) })
	b.WriteString("\n" + strings.TrimSuffix(o.opt.PublicURL, "/") + "/admin/alerts\n")
	return strings.TrimLeft(b.String(), "\n")
}

// sourcePage is where a source is shown.
func (o *Office) sourcePage(source string) string {
	return strings.TrimSuffix(o.opt.PublicURL, "/") + "/admin/sources/at/" + source
}

// oneLine keeps what a feed or a host wrote from being more than a piece of a line.
func oneLine(s string) string {
	return news.Excerpt(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029 }), " "), 300)
}

package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"log/slog"
	"time"

	"tinhub/news"
)

// Deps is what the office needs of the other rooms. All are needed.
type Deps struct {
	Accounts Kept[Account]
	Tokens   Kept[Token]
	Links    Kept[Link]
	Sources  Kept[news.Source]
	Topics   Kept[news.Topic]
	Partners Kept[news.Partner]

	Audit   Audit
	Answers Answers
	Roster  Roster
	Judge   Judge
	Polls   Polls
	Stories Stories
	Desk    Desk
	Orders  Orders
	Takes   Takedowns
	Curator Curator
	Sealed  Evidence
	Hub     Hub
	Lists   Lists
	Usage   Usage

	Alerts      Kept[Alert]
	AlertStates Kept[AlertState]
	Cases       Kept[Case]
	Mail        Kept[MailServer]
	Leases      Leases
	Sender      Sender
}

// Options has a usable zero value.
type Options struct {
	PublicURL        string         // site.public_url; "" means http://localhost:8080
	Title            string         // of the site
	Zone             *time.Location // nil is UTC+7
	WithoutAgreement news.Scope     // what may be shown of a source without an agreement: publish.without_agreement; "" is summary
	AgreementNotice  time.Duration  // how long before an agreement ends it is told: publish.agreement_notice; 0 is 30 days
	Verbatim         bool           // headlines are the papers' own: site.profile is vn-aggregator
	TrustedProxies   news.Networks  // whose X-Forwarded-For is believed
	Rate             float64        // requests a second of a token or an address, in the long run; 0 is 20
	Burst            int            // at once; 0 is 100
	Now              func() time.Time
	Log              *slog.Logger
}

// An Office does what admins and editors decide. Make it with New.
type Office struct {
	deps     Deps
	opt      Options
	log      *slog.Logger
	now      func() time.Time
	hasher   *hasher
	throttle *throttle
	limiter  *limiter

	templates map[string]*template.Template // the pages, by language
}

// New makes an office; nobody is alerted before Run.
func New(deps Deps, opt Options) *Office {
	if opt.PublicURL == "" {
		opt.PublicURL = "http://localhost:8080"
	}
	if opt.Title == "" {
		opt.Title = "tinhub"
	}
	if opt.Zone == nil {
		opt.Zone = time.FixedZone("+07", 7*60*60)
	}
	if opt.WithoutAgreement == "" {
		opt.WithoutAgreement = news.ScopeSummary
	}
	if opt.AgreementNotice == 0 {
		opt.AgreementNotice = 30 * news.Day24
	}
	if opt.Rate == 0 {
		opt.Rate = 20
	}
	if opt.Burst == 0 {
		opt.Burst = 100
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	return &Office{
		deps: deps, opt: opt, log: opt.Log, now: opt.Now,
		hasher: newHasher(), throttle: newThrottle(), limiter: newLimiter(opt.Rate, opt.Burst),
		templates: map[string]*template.Template{"vi": parse("vi", opt.Zone), "en": parse("en", opt.Zone)},
	}
}

// note writes into the audit log what was decided. before and after hold no
// secrets: they are what is shown of a thing.
func (o *Office) note(ctx context.Context, who, what, subject string, before, after any, reason string) error {
	_, err := o.writeDown(ctx, news.Decision{Who: who, What: what, Subject: subject, Reason: reason}, before, after)
	return err
}

// writeDown is note for a decision that says more, and gives its ID.
func (o *Office) writeDown(ctx context.Context, d news.Decision, before, after any) (id string, err error) {
	if d.At.IsZero() {
		d.At = o.now().UTC()
	}
	if d.Before, err = shown(before); err != nil {
		return "", err
	}
	if d.After, err = shown(after); err != nil {
		return "", err
	}
	o.log.Info("decided", "who", d.Who, "what", d.What, "subject", d.Subject)
	if err := o.deps.Audit.Add(ctx, d); err != nil {
		return "", fmt.Errorf("it was done, but could not be written down: %w", err)
	}
	return d.ID(), nil
}

func shown(v any) (json.RawMessage, error) {
	if v == nil {
		return nil, nil
	}
	return json.Marshal(v)
}

// Decisions reads the audit log, latest first.
func (o *Office) Decisions(ctx context.Context, w Who, from, to time.Time, cursor string, limit int) ([]news.Decision, string, error) {
	if err := w.must(Admin); err != nil {
		return nil, "", err
	}
	return o.deps.Audit.Between(ctx, from, to, cursor, limit)
}

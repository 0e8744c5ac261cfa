package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"strings"
	"time"

	"tinhub/news"
)

// An Alert is where it is told that a source fell ill, and that it is well again.
type Alert struct {
	ID     string   `json:"id"`
	Kind   string   `json:"kind" enum:"webhook,mail"`
	URL    string   `json:"url,omitempty"`    // of a webhook
	Secret string   `json:"secret,omitempty"` // signs its bodies; reads as Hidden
	To     []string `json:"to,omitempty"`     // of mail
	After  string   `json:"after,omitempty"`  // how long a source is ill before it is told; 30m unless given
	Silent bool     `json:"silent"`           // of silent ones, too
	Paused bool     `json:"paused"`

	Version int64       `json:"version,omitempty"` // read only
	Last    *AlertState `json:"last,omitempty"`    // read only
}

// An AlertState is what became of an alert's last message.
type AlertState struct {
	At    time.Time `json:"at"`
	Error string    `json:"error,omitempty"` // why it did not get through
}

// A MailServer takes mail.
type MailServer struct {
	Host     string `json:"host"` // "" is none
	Port     int    `json:"port,omitempty"`
	TLS      string `json:"tls" enum:"starttls,tls,none"`
	User     string `json:"user,omitempty"`
	Password string `json:"password,omitempty"` // reads as Hidden
	From     string `json:"from"`
}

// A Mail is a message in plain text.
type Mail struct {
	To      []string
	Subject string
	Text    string
	ID      string
}

const (
	alertAfter = 30 * time.Minute
	alertsMost = 50
	mailKey    = "server" // there is one
)

// after is how long a source is ill before it is told.
func (a Alert) after() time.Duration {
	d, err := news.ParseDuration(a.After)
	if err != nil || a.After == "" {
		return alertAfter
	}
	return d
}

// shown is an alert without its secret.
func (a Alert) shown() Alert {
	if a.Secret != "" {
		a.Secret = Hidden
	}
	return a
}

func (a Alert) version() int64 { return a.Version }
func (a Alert) path() string   { return "/alerts/" + a.ID }

// judgeAlert says what is wrong with one.
func (o *Office) judgeAlert(a Alert) error {
	var wrong []string
	if !idForm.MatchString(a.ID) {
		wrong = append(wrong, fmt.Sprintf("the id %.40q can't be one: write at most 64 of a-z, 0-9 and - between them", a.ID))
	}
	if d, err := news.ParseDuration(cmp.Or(a.After, "30m")); err != nil || d < time.Minute || d > 30*news.Day24 {
		wrong = append(wrong, fmt.Sprintf("after is %.40q: write how long a source is ill before it is told, from 1m to 30d", a.After))
	}
	switch a.Kind {
	case "webhook":
		if u, err := url.Parse(a.URL); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			wrong = append(wrong, fmt.Sprintf("the url %.200q is no address: write https://…", a.URL))
		} else if err := o.deps.Sender.Check(a.URL); err != nil {
			wrong = append(wrong, err.Error())
		}
		if len(a.To) > 0 {
			wrong = append(wrong, "a webhook has a url, and no to")
		}
	case "mail":
		wrong = append(wrong, judgeRecipients(a)...)
	default:
		wrong = append(wrong, fmt.Sprintf("there is no kind %.40q: there are webhook and mail", a.Kind))
	}
	if len(wrong) > 0 {
		return invalid("the alert", wrong)
	}
	return nil
}

func judgeRecipients(a Alert) (wrong []string) {
	if len(a.To) == 0 || len(a.To) > 20 {
		wrong = append(wrong, "to names from 1 to 20 mail addresses")
	}
	for _, to := range a.To {
		if !mailAddress(to) {
			wrong = append(wrong, fmt.Sprintf("%.80q is no mail address", to))
		}
	}
	if a.URL != "" || a.Secret != "" {
		wrong = append(wrong, "mail has to, and neither url nor secret")
	}
	return wrong
}

// mailAddress says whether a text is an address alone, without a name.
func mailAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && !strings.ContainsAny(s, "\r\n<>,;")
}

// Alerts lists where alerts go, with what became of their last messages.
func (o *Office) Alerts(ctx context.Context, w Who) ([]Alert, error) {
	if err := w.must(Admin); err != nil {
		return nil, err
	}
	list, err := o.deps.Alerts.List(ctx, "", 0)
	for i, a := range list {
		list[i] = o.withState(ctx, a).shown()
	}
	return list, err
}

// withState adds what became of an alert's last message.
func (o *Office) withState(ctx context.Context, a Alert) Alert {
	if st, _, err := o.deps.AlertStates.Get(ctx, a.ID); err == nil {
		a.Last = &st
	}
	return a
}

// Alert reads one.
func (o *Office) Alert(ctx context.Context, w Who, id string) (Alert, error) {
	if err := w.must(Admin); err != nil {
		return Alert{}, err
	}
	a, version, err := o.deps.Alerts.Get(ctx, id)
	a.Version = version
	return o.withState(ctx, a).shown(), err
}

// SetAlert makes an alert, or changes the one that is there; fresh refuses the
// latter. version as for things.
func (o *Office) SetAlert(ctx context.Context, w Who, a Alert, version int64, fresh bool) (Alert, error) {
	if err := w.must(Admin); err != nil {
		return a, err
	}
	before, at, err := o.deps.Alerts.Get(ctx, a.ID)
	switch {
	case err != nil && !errors.Is(err, news.ErrNotFound):
		return a, err
	case fresh && err == nil:
		return a, faultf(Taken, "there is an alert %s already", a.ID)
	case !fresh && err != nil:
		return a, faultf(Missing, "there is no alert %.80q", a.ID)
	case version != 0 && version != at:
		return a, faultf(Stale, "the alert %s was changed in the meantime: it is at version %d now", a.ID, at)
	}
	if a.Secret == Hidden {
		if a.Secret = before.Secret; hostOf(a.URL) != hostOf(before.URL) {
			return a, faultf(Invalid, "%s stands for a secret that is stored; at a new address write the secret itself, or leave the key out", Hidden)
		}
	}
	if err := o.judgeAlert(a); err != nil {
		return a, err
	}
	if fresh {
		if all, err := o.deps.Alerts.List(ctx, "", 0); err != nil || len(all) >= alertsMost {
			return a, errors.Join(err, faultf(Taken, "there are %d alerts already: remove one first", len(all)))
		}
	}
	a.Version, a.Last = 0, nil
	if a.Version, err = o.deps.Alerts.Put(ctx, a.ID, at, a); err != nil {
		return a, err
	}
	if fresh {
		return a.shown(), o.note(ctx, w.Name, "alert.add", a.ID, nil, a.shown(), "")
	}
	return a.shown(), o.note(ctx, w.Name, "alert.update", a.ID, before.shown(), a.shown(), "")
}

// RemoveAlert ends one.
func (o *Office) RemoveAlert(ctx context.Context, w Who, id string) error {
	if err := w.must(Admin); err != nil {
		return err
	}
	a, version, err := o.deps.Alerts.Get(ctx, id)
	if err != nil {
		return err
	}
	if err := o.deps.Alerts.Delete(ctx, id, version); err != nil {
		return err
	}
	return o.note(ctx, w.Name, "alert.remove", id, a.shown(), nil, "")
}

// TestAlert sends what an alert would, now, as a test; a refusal says why it did
// not get through.
func (o *Office) TestAlert(ctx context.Context, w Who, id string) error {
	if err := w.must(Admin); err != nil {
		return err
	}
	a, _, err := o.deps.Alerts.Get(ctx, id)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 40*time.Second)
	defer cancel()
	err = o.send(ctx, a, message{At: o.now(), Test: true})
	if err := errors.Join(o.keepState(ctx, a.ID, err), o.note(ctx, w.Name, "alert.test", id, nil, nil, "")); err != nil {
		return err
	}
	if err != nil {
		return faultf(Taken, "it did not get through: %v", err)
	}
	return nil
}

// keepState remembers what became of an alert's last message.
func (o *Office) keepState(ctx context.Context, id string, sent error) error {
	st := AlertState{At: o.now().UTC()}
	if sent != nil {
		st.Error = news.Excerpt(sent.Error(), 500)
	}
	_, version, err := o.deps.AlertStates.Get(ctx, id)
	if err != nil && !errors.Is(err, news.ErrNotFound) {
		return err
	}
	if _, err = o.deps.AlertStates.Put(ctx, id, version, st); errors.Is(err, news.ErrConflict) {
		return nil // another wrote it at the same moment
	}
	return err
}

// MailServer is where mail goes, without its password.
func (o *Office) MailServer(ctx context.Context, w Who) (MailServer, error) {
	if err := w.must(Admin); err != nil {
		return MailServer{}, err
	}
	s, _, err := o.deps.Mail.Get(ctx, mailKey)
	if errors.Is(err, news.ErrNotFound) {
		return MailServer{TLS: "starttls", Port: 587}, nil
	}
	return s.shown(), err
}

func (s MailServer) shown() MailServer {
	if s.Password != "" {
		s.Password = Hidden
	}
	return s
}

// SetMailServer says where mail goes.
func (o *Office) SetMailServer(ctx context.Context, w Who, s MailServer) (MailServer, error) {
	if err := w.must(Admin); err != nil {
		return s, err
	}
	before, at, err := o.deps.Mail.Get(ctx, mailKey)
	if err != nil && !errors.Is(err, news.ErrNotFound) {
		return s, err
	}
	if s.Password == Hidden {
		if s.Password = before.Password; s.Host != before.Host || s.Port != before.Port || s.TLS != before.TLS {
			return s, faultf(Invalid, "%s stands for a password that is stored; for another server write the password itself, or leave it out", Hidden)
		}
	}
	if err := s.judge(); err != nil {
		return s, err
	}
	if _, err := o.deps.Mail.Put(ctx, mailKey, at, s); err != nil {
		return s, err
	}
	return s.shown(), o.note(ctx, w.Name, "mail.update", "", before.shown(), s.shown(), "")
}

func (s MailServer) judge() error {
	var wrong []string
	if u, err := url.Parse("//" + s.Host); err != nil || u.Host != s.Host || u.Port() != "" || s.Host == "" {
		wrong = append(wrong, fmt.Sprintf("the host %.80q is no name of a server", s.Host))
	}
	if s.Port < 1 || s.Port > 65535 {
		wrong = append(wrong, "the port is a number from 1 to 65535: mostly 587 (starttls) or 465 (tls)")
	}
	if s.TLS != "starttls" && s.TLS != "tls" && s.TLS != "none" {
		wrong = append(wrong, fmt.Sprintf("tls is %.40q: write starttls, tls or none", s.TLS))
	}
	if s.TLS == "none" && s.Password != "" {
		wrong = append(wrong, "a password is not sent in the clear: use starttls or tls")
	}
	if !mailAddress(s.From) {
		wrong = append(wrong, fmt.Sprintf("from is %.80q: write a mail address", s.From))
	}
	if len(wrong) > 0 {
		return invalid("the mail server", wrong)
	}
	return nil
}

// into reads what the API takes of an alert.
func readAlert(raw json.RawMessage) (Alert, error) {
	m, err := readObject(raw)
	if err != nil {
		return Alert{}, err
	}
	delete(m, "last")
	clean, err := json.Marshal(m)
	if err != nil {
		return Alert{}, err
	}
	return into[Alert](clean)
}

package admin

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"tinhub/news"
)

// What the API gives and takes of sources, topics and partners has the keys of
// the configuration file, so that there is one language for each thing; beside
// them stands what can only be read.

// A SourceForm is a source as it is written.
type SourceForm struct {
	news.Source
	Agreement *AgreementForm  `json:"agreement,omitempty"`
	BasicAuth *news.BasicAuth `json:"basic_auth,omitempty"` // its password reads as Hidden

	Version int64        `json:"version,omitempty"` // of what lives in the store; read only
	State   *SourceState `json:"state,omitempty"`   // read only
}

// An AgreementForm is an agreement as it is written.
type AgreementForm struct {
	Number string     `json:"number,omitempty"`
	Scope  news.Scope `json:"scope" enum:"link,summary,full"`
	From   string     `json:"from,omitempty"` // a day, 2026-01-31
	To     string     `json:"to,omitempty"`   // the last day
}

// A SourceState is what is shown of a source's polls.
type SourceState struct {
	Health   news.Health       `json:"health"` // "" was never polled
	Detail   string            `json:"detail,omitempty"`
	Last     time.Time         `json:"last,omitzero"`
	Next     time.Time         `json:"next,omitzero"`
	LastOK   time.Time         `json:"last_ok,omitzero"`
	LastNew  time.Time         `json:"last_new,omitzero"`
	Interval string            `json:"interval,omitempty"`
	Failures int               `json:"failures,omitempty"`
	Format   string            `json:"format,omitempty"`
	Title    string            `json:"title,omitempty"`
	MovedTo  string            `json:"moved_to,omitempty"`
	Hub      string            `json:"hub,omitempty"`
	Push     news.Pushing      `json:"push,omitzero"` // the subscription at Hub
	Repairs  []news.Repair     `json:"repairs,omitempty"`
	Daily    []news.DayCount   `json:"daily,omitempty"`   // days on which something was new, oldest first
	History  []news.PollRecord `json:"history,omitempty"` // one source alone, latest first
}

// word is the source's state in one word.
func (f SourceForm) word() string {
	if f.State == nil {
		return stateOf(f.Source, "")
	}
	return stateOf(f.Source, f.State.Health)
}

// Hidden stands where a secret is. Written back it means: as it was.
const Hidden = "********"

func sourceForm(s news.Source) SourceForm {
	f := SourceForm{Source: s}
	if a := s.Agreement; a != nil {
		f.Agreement = &AgreementForm{Number: a.Number, Scope: a.Scope, From: dayOf(a.From), To: dayOf(a.To)}
	}
	if b := s.BasicAuth; b != nil {
		f.BasicAuth = &news.BasicAuth{User: b.User, Password: Hidden}
	}
	f.Headers, f.Cookies = hide(s.Headers), hide(s.Cookies)
	if s.Proxy != "" {
		f.Proxy = Hidden // it may hold a password
	}
	return f
}

func dayOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// hide keeps the names of headers and cookies: their values are often secrets.
func hide(m map[string]string) map[string]string {
	if m == nil {
		return nil
	}
	out := make(map[string]string, len(m))
	for k := range m {
		out[k] = Hidden
	}
	return out
}

// unhide puts the secrets of what was before where they were not rewritten.
func unhide(s *news.Source, before news.Source) {
	restore := func(m, old map[string]string) {
		for k, v := range m {
			if v == Hidden {
				m[k] = old[k]
			}
		}
	}
	restore(s.Headers, before.Headers)
	restore(s.Cookies, before.Cookies)
	if s.BasicAuth != nil && s.BasicAuth.Password == Hidden {
		s.BasicAuth.Password = ""
		if before.BasicAuth != nil {
			s.BasicAuth.Password = before.BasicAuth.Password
		}
	}
	if s.Proxy == Hidden {
		s.Proxy = before.Proxy
	}
}

func stateForm(s news.SourceState, history bool) *SourceState {
	f := &SourceState{
		Health: s.Health, Detail: s.Detail, Last: s.Last, Next: s.Next, LastOK: s.LastOK, LastNew: s.LastNew,
		Failures: s.Failures, Format: s.Format, Title: s.Title, MovedTo: s.MovedTo, Hub: s.Hub, Push: s.Push, Repairs: s.Repair, Daily: s.Daily,
	}
	if s.Interval > 0 {
		f.Interval = s.Interval.Round(time.Second).String()
	}
	if history {
		f.History = slices.Clone(s.History)
		slices.SortStableFunc(f.History, func(a, b news.PollRecord) int { return b.At.Compare(a.At) })
	}
	return f
}

// A TopicForm is a topic as it is written.
type TopicForm struct {
	news.Topic
	Include RuleForm `json:"include,omitzero"`
	Exclude RuleForm `json:"exclude,omitzero"`
	MaxAge  string   `json:"max_age,omitempty"` // "30d"
	Version int64    `json:"version,omitempty"` // read only
}

// A RuleForm is a rule as it is written.
type RuleForm struct {
	Any       []PhraseForm `json:"any,omitempty"`
	All       []PhraseForm `json:"all,omitempty"`
	Sections  []string     `json:"sections,omitempty"`
	Sources   []string     `json:"sources,omitempty"`
	Provinces []string     `json:"provinces,omitempty"`
	Authors   []string     `json:"authors,omitempty"`
	Tags      []string     `json:"tags,omitempty"`
}

// A PhraseForm is a phrase: a text, or {"text": weight}.
type PhraseForm news.Phrase

// MarshalJSON writes the weight only where there is one.
func (p PhraseForm) MarshalJSON() ([]byte, error) {
	if p.Weight == 1 {
		return json.Marshal(p.Text)
	}
	return json.Marshal(map[string]float64{p.Text: p.Weight})
}

func topicForm(t news.Topic) TopicForm {
	f := TopicForm{Topic: t, Include: ruleForm(t.Include), Exclude: ruleForm(t.Exclude)}
	if t.MaxAge > 0 {
		f.MaxAge = longDuration(t.MaxAge)
	}
	return f
}

func ruleForm(r news.Rule) RuleForm {
	return RuleForm{phraseForms(r.Any), phraseForms(r.All), r.Sections, r.Sources, r.Provinces, r.Authors, r.Tags}
}

func phraseForms(list []news.Phrase) []PhraseForm {
	var out []PhraseForm
	for _, p := range list {
		out = append(out, PhraseForm(p))
	}
	return out
}

// longDuration is a duration as the file writes it.
func longDuration(d time.Duration) string {
	if d > 0 && d%news.Day24 == 0 {
		return strconv.Itoa(int(d/news.Day24)) + "d"
	}
	return d.String()
}

// A PartnerForm is a partner as it is written. The key is shown once, when it is
// made.
type PartnerForm struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Origins  []string `json:"origins,omitempty"`
	Topics   []string `json:"topics,omitempty"`
	Key      string   `json:"key,omitempty"`
	HasKey   bool     `json:"has_key"`
	Declared string   `json:"declared,omitempty"`
	Version  int64    `json:"version,omitempty"`
}

func partnerForm(p news.Partner) PartnerForm {
	return PartnerForm{ID: p.ID, Name: p.Name, Origins: p.Origins, Topics: p.Topics, HasKey: p.Key != "", Declared: p.Declared}
}

// readOnly are keys that are given and not taken: what was read may be written
// back as it is.
var readOnly = []string{"declared", "version", "state", "has_key"}

// An object is JSON whose keys are known and whose values are not looked at.
type object map[string]json.RawMessage

func readObject(raw json.RawMessage) (object, error) {
	var m object
	d := json.NewDecoder(bytes.NewReader(raw))
	if err := d.Decode(&m); err != nil || m == nil {
		return nil, faultf(Invalid, "a JSON object is wanted, as {\"id\": …}")
	}
	for _, k := range readOnly {
		delete(m, k)
	}
	return m, nil
}

// merge is RFC 7396: null removes, objects merge, everything else replaces.
func merge(target, patch any) any {
	p, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	t, ok := target.(map[string]any)
	if !ok {
		t = map[string]any{}
	}
	for k, v := range p {
		if v == nil {
			delete(t, k)
		} else {
			t[k] = merge(t[k], v)
		}
	}
	return t
}

// patched is what a form becomes by a merge patch.
func patched(form any, patch json.RawMessage) (json.RawMessage, error) {
	before, err := json.Marshal(form)
	if err != nil {
		return nil, err
	}
	var t, p any
	if err := json.Unmarshal(before, &t); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(patch, &p); err != nil {
		return nil, faultf(Invalid, "the patch is no JSON: %v", err)
	}
	if _, ok := p.(map[string]any); !ok {
		return nil, faultf(Invalid, "a patch is a JSON object with what is to change")
	}
	return json.Marshal(merge(t, p))
}

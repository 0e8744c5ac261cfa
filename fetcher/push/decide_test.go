package push

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // see signature.go
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

const base = "https://tin.example.vn/push/"

// sub is a subscription at a hub, changed.
func sub(id, hub string, change ...func(*news.Push)) news.Push {
	p := news.Push{ID: id, Source: "bao", Address: "a", Hub: hub, Topic: "t", Callback: base + id, Since: noon.Add(-24 * time.Hour), Asked: noon.Add(-time.Hour)}
	for _, c := range change {
		c(&p)
	}
	return p
}

func due(d time.Duration) func(*news.Push) { return func(p *news.Push) { p.Due = noon.Add(d) } }
func until(d time.Duration) func(*news.Push) {
	return func(p *news.Push) { p.Verified, p.Until = noon.Add(-time.Hour), noon.Add(d) }
}
func failed(p *news.Push)     { p.Detail, p.Tries = "no", 1 }
func turnedDown(p *news.Push) { p.Denied, p.Detail = true, "the hub denies it" }
func fresh(p *news.Push)      { p.Since = noon.Add(-time.Minute) }
func topic(s string) func(*news.Push) {
	return func(p *news.Push) { p.Topic = s }
}
func leaving(d time.Duration) func(*news.Push) {
	return func(p *news.Push) { p.Leaving = noon.Add(-d) }
}

func TestPlan(t *testing.T) {
	want := news.Advertised{Source: "bao", Address: "a", Topic: "t", Hubs: []string{"https://1/", "https://2/"}}
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		want news.Advertised
		have []news.Push
		do   string // "act id@hub", in order
	}{
		"nothing is advertised":                    {news.Advertised{Source: "bao", Address: "a"}, nil, ""},
		"the first time":                           {want, nil, "subscribe @https://1/"},
		"it is about to confirm":                   {want, []news.Push{sub("1", "https://1/", due(time.Minute))}, ""},
		"it accepted and did not confirm":          {want, []news.Push{sub("1", "https://1/", due(0))}, "subscribe 1@https://1/"},
		"the first failed":                         {want, []news.Push{sub("1", "https://1/", failed, due(time.Hour))}, "subscribe @https://2/"},
		"both failed":                              {want, []news.Push{sub("1", "https://1/", failed, due(time.Hour)), sub("2", "https://2/", failed, due(time.Hour))}, ""},
		"both failed, and the first is due again":  {want, []news.Push{sub("1", "https://1/", failed, due(0)), sub("2", "https://2/", failed, due(0))}, "subscribe 1@https://1/"},
		"the first denied":                         {want, []news.Push{sub("1", "https://1/", turnedDown, due(day))}, "subscribe @https://2/"},
		"alive":                                    {want, []news.Push{sub("1", "https://1/", until(day), due(time.Hour))}, ""},
		"alive, at half of its life":               {want, []news.Push{sub("1", "https://1/", until(day), due(0))}, "subscribe 1@https://1/"},
		"the second is alive, the first failed":    {want, []news.Push{sub("1", "https://1/", failed, due(0)), sub("2", "https://2/", until(day), due(time.Hour))}, ""},
		"both are alive":                           {want, []news.Push{sub("2", "https://2/", until(day), due(time.Hour)), sub("1", "https://1/", until(day), due(time.Hour))}, "unsubscribe 2@https://2/"},
		"it ran out":                               {want, []news.Push{sub("1", "https://1/", until(-time.Second), due(-time.Hour))}, "subscribe 1@https://1/"},
		"it ran out, and asking failed":            {want, []news.Push{sub("1", "https://1/", until(-time.Second), failed, due(time.Hour))}, "subscribe @https://2/"},
		"another hub, while the old one is alive":  {want, []news.Push{sub("9", "https://9/", until(day), due(time.Hour))}, "subscribe @https://1/"},
		"another hub, confirmed":                   {want, []news.Push{sub("9", "https://9/", until(day), due(time.Hour)), sub("1", "https://1/", until(day), due(time.Hour))}, "unsubscribe 9@https://9/"},
		"another topic":                            {want, []news.Push{sub("1", "https://1/", topic("old"), until(day), due(0))}, "subscribe @https://1/"},
		"another hub a moment after the last":      {want, []news.Push{sub("9", "https://9/", fresh, due(time.Hour))}, ""},
		"another hub, and the old one never was":   {want, []news.Push{sub("9", "https://9/", failed, due(0))}, "forget 9@https://9/, subscribe @https://1/"},
		"we have another address":                  {want, []news.Push{sub("1", "https://1/", until(day), due(time.Hour), fresh, func(p *news.Push) { p.Callback = "http://localhost:8080/push/1" })}, "subscribe @https://1/"},
		"no hub is named any more: it runs out":    {news.Advertised{Source: "bao", Address: "a"}, []news.Push{sub("1", "https://1/", until(day), due(0))}, ""},
		"no hub is named any more, and it ran out": {news.Advertised{Source: "bao", Address: "a"}, []news.Push{sub("1", "https://1/", until(-day), due(0))}, "forget 1@https://1/"},
		"the source is gone":                       {news.Advertised{}, []news.Push{sub("1", "https://1/", until(day), due(time.Hour)), sub("2", "https://2/", failed)}, "unsubscribe 1@https://1/, forget 2@https://2/"},
		"the source has another address":           {news.Advertised{Source: "bao", Address: "b"}, []news.Push{sub("1", "https://1/", until(day), due(time.Hour))}, "unsubscribe 1@https://1/"},
		"leaving, the hub is about to ask":         {want, []news.Push{sub("9", "https://9/", leaving(time.Minute), until(day), due(time.Minute)), sub("1", "https://1/", until(day), due(time.Hour))}, ""},
		"leaving, the hub did not ask":             {news.Advertised{}, []news.Push{sub("9", "https://9/", leaving(time.Hour), until(day), due(0), failed)}, "unsubscribe 9@https://9/"},
		"leaving, and nobody listens":              {news.Advertised{}, []news.Push{sub("9", "https://9/", leaving(time.Hour), until(day), due(0), func(p *news.Push) { p.Tries = leaveMost })}, "forget 9@https://9/"},
		"left a moment ago: the hub may ask again": {news.Advertised{}, []news.Push{sub("9", "https://9/", leaving(time.Hour), until(0), due(0), func(p *news.Push) { p.Left = true })}, ""},
		"left": {news.Advertised{}, []news.Push{sub("9", "https://9/", leaving(25*time.Hour), until(0), due(0), func(p *news.Push) { p.Left = true })}, "forget 9@https://9/"},
		"disabled and enabled: the one that leaves goes": {want, []news.Push{sub("9", "https://1/", leaving(time.Minute), until(day), due(time.Minute))}, "subscribe @https://1/"},
	} {
		var did []string
		for _, d := range plan(c.want, c.have, base, noon) {
			did = append(did, fmt.Sprintf("%s %s@%s", d.act, d.ID, d.Hub))
			if d.act == unsubscribe && d.Leaving.IsZero() {
				t.Errorf("%s: it leaves without saying so", name)
			}
		}
		if got := strings.Join(did, ", "); got != c.do {
			t.Errorf("%s: %s; want %s", name, got, c.do)
		}
	}
}

func TestCandidates(t *testing.T) {
	got := candidates([]string{"http://a.example/hub", "https://a.example/hub", "http://b.example:8080/", "https://c.example/", "http://d.example:80/"})
	want := []string{"https://a.example/hub", "http://a.example/hub", "http://b.example:8080/", "https://c.example/", "http://d.example:80/"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestJudged: how long a hub is left alone after what it said, by how often it
// said so.
func TestJudged(t *testing.T) {
	status := func(s int, retry string) Answer { return Answer{Status: s, RetryAfter: retry} }
	hour := time.Hour
	for name, c := range map[string]struct {
		answer Answer
		err    error
		tries  int
		lives  time.Duration // of the lease
		wait   time.Duration
		detail string
	}{
		"accepted":                       {status(202, ""), nil, 1, 0, 10 * time.Minute, ""},
		"accepted as older hubs do":      {status(204, ""), nil, 1, 0, 10 * time.Minute, ""},
		"accepted again and again":       {status(202, ""), nil, 7, 0, 64 * time.Minute, ""},
		"busy":                           {Answer{}, ErrBusy, 1, 0, 10 * time.Second, ""},
		"503":                            {status(503, ""), nil, 1, 0, time.Minute, "the hub answered 503"},
		"503 the fourth time":            {status(503, ""), nil, 4, 0, 8 * time.Minute, "the hub answered 503"},
		"503 for days":                   {status(503, ""), nil, 40, 0, 12 * hour, "the hub answered 503"},
		"Retry-After":                    {status(429, "7200"), nil, 1, 0, 2 * hour, "the hub answered 429"},
		"Retry-After, a date":            {status(503, noon.Add(3*hour).Format(http.TimeFormat)), nil, 1, 0, 3 * hour, "the hub answered 503"},
		"Retry-After, absurd":            {status(503, "99999999999999999999"), nil, 1, 0, 168 * hour, "the hub answered 503"},
		"Retry-After, soon":              {status(503, "soon"), nil, 1, 0, time.Minute, "the hub answered 503"},
		"410":                            {status(410, ""), nil, 1, 0, 24 * hour, "the hub answered 410"},
		"400, with its reason":           {Answer{Status: 400, Body: []byte("no such\x00 topic\n")}, nil, 1, 0, 24 * hour, "the hub answered 400: no such topic"},
		"404 the third time":             {status(404, ""), nil, 3, 0, 96 * hour, "the hub answered 404"},
		"404 for ever":                   {status(404, ""), nil, 60, 0, 168 * hour, "the hub answered 404"},
		"501":                            {status(501, ""), nil, 1, 0, 24 * hour, "the hub answered 501"},
		"a redirect to nowhere":          {status(303, ""), nil, 1, 0, 24 * hour, "the hub answered 303"},
		"no connection":                  {Answer{}, errors.New("hub.example refuses connections"), 1, 0, time.Minute, "hub.example refuses connections"},
		"a private address":              {Answer{}, &Hopeless{errors.New("10.0.0.1 is private")}, 1, 0, 24 * hour, "10.0.0.1 is private"},
		"404, a lease still lives":       {status(404, ""), nil, 1, 8 * hour, 4 * hour, "the hub answered 404"},
		"503, a lease is about to end":   {status(503, "3600"), nil, 1, 90 * time.Second, time.Minute, "the hub answered 503"},
		"accepted, a lease lives longer": {status(202, ""), nil, 1, 24 * hour, 10 * time.Minute, ""},
	} {
		p := sub("1", "https://1/", until(c.lives))
		p.Tries = c.tries
		got := judged(p, c.answer, c.err, 0, noon)
		if got.Due.Sub(noon) != c.wait || got.Detail != c.detail {
			t.Errorf("%s: again in %v, %q; want %v, %q", name, got.Due.Sub(noon), got.Detail, c.wait, c.detail)
		}
		if late := judged(p, c.answer, c.err, 1, noon).Due; late.Before(got.Due) || late.Sub(noon) > 2*c.wait {
			t.Errorf("%s: with bad luck again in %v", name, late.Sub(noon))
		}
		if c.err == ErrBusy && got.Tries != c.tries-1 {
			t.Errorf("%s: what was not asked counts", name)
		}
	}
}

func TestAsked(t *testing.T) {
	p := asked(news.Push{}, noon)
	if p.Tries != 1 || p.Detail != "" || !p.Due.Equal(noon.Add(time.Minute)) {
		t.Errorf("the first time: %+v", p)
	}
	if p = asked(p, noon); !strings.Contains(p.Detail, "never confirmed") {
		t.Errorf("the second time: %q", p.Detail)
	}
}

func TestAnswer(t *testing.T) {
	question := func(pairs ...string) url.Values {
		q := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {"t"}, "hub.challenge": {"c"}, "hub.lease_seconds": {"3600"}}
		for i := 0; i < len(pairs); i += 2 {
			q.Set(pairs[i], pairs[i+1])
		}
		return q
	}
	now, gone := sub("1", "h"), sub("1", "h", leaving(time.Minute), until(time.Hour))
	for name, c := range map[string]struct {
		have news.Push
		q    url.Values
		yes  bool
		then string // the state
		left time.Duration
	}{
		"subscribe":                     {now, question(), true, news.PushActive, time.Hour},
		"subscribe, while leaving":      {gone, question(), false, news.PushLeaving, time.Hour},
		"unsubscribe":                   {now, question("hub.mode", "unsubscribe"), false, news.PushAsked, 0},
		"unsubscribe, while leaving":    {gone, question("hub.mode", "unsubscribe"), true, news.PushLeaving, 0},
		"another topic":                 {now, question("hub.topic", "T"), false, news.PushAsked, 0},
		"denied":                        {sub("1", "h", until(time.Hour)), question("hub.mode", "denied"), true, news.PushDenied, 0},
		"denied, while leaving":         {gone, question("hub.mode", "denied"), true, news.PushLeaving, 0},
		"confirmed after a denial":      {sub("1", "h", turnedDown), question(), true, news.PushActive, time.Hour},
		"confirmed after failures":      {sub("1", "h", failed), question(), true, news.PushActive, time.Hour},
		"a lease of nothing":            {now, question("hub.lease_seconds", "0"), true, news.PushActive, 24 * time.Hour},
		"a lease before now":            {now, question("hub.lease_seconds", "-5"), true, news.PushActive, 24 * time.Hour},
		"a lease of ten days, in words": {now, question("hub.lease_seconds", "ten days"), true, news.PushActive, 24 * time.Hour},
		"no challenge":                  {now, question("hub.challenge", ""), false, news.PushAsked, 0},
	} {
		next, echo, yes := answer(c.have, c.q, noon)
		if yes != c.yes || next.State(noon) != c.then || max(next.Until.Sub(noon), 0) != c.left {
			t.Errorf("%s: %v, %s for %v", name, yes, next.State(noon), next.Until.Sub(noon))
		}
		if !yes && (echo != "" || cmp.Diff(c.have, next) != "") {
			t.Errorf("%s: echoes %q, or changes something", name, echo)
		}
	}
	now.Since = noon
	one, _, _ := answer(now, question("hub.lease_seconds", "1"), noon)
	if again := one.Due.Sub(noon); again != renewLeast {
		t.Errorf("a lease of a second is renewed in %v", again)
	}
	// A hub that grants a second each time is asked once a minute before long.
	asked := 0
	for at := noon; at.Before(noon.Add(time.Hour)); asked++ {
		one, _, _ = answer(one, question("hub.lease_seconds", "1"), at)
		at = one.Due
	}
	if asked > 90 || one.Due.Sub(one.Verified) != renewSoon {
		t.Errorf("within an hour it was renewed %d times, then after %v", asked, one.Due.Sub(one.Verified))
	}
	if twenty, _, _ := answer(one, question("hub.lease_seconds", "1200"), noon.Add(time.Hour)); twenty.Due.Sub(twenty.Verified) != 10*time.Minute {
		t.Errorf("a lease of 20 minutes is renewed in %v", twenty.Due.Sub(twenty.Verified))
	}
}

func TestBelieve(t *testing.T) {
	body := []byte("tin mới")
	mac := hmac.New(sha256.New, []byte("mật"))
	mac.Write(body)
	good := hex.EncodeToString(mac.Sum(nil))
	weak1 := hmac.New(sha1.New, []byte("mật"))
	weak1.Write(body)
	for header, want := range map[string]trust{
		"sha256=" + good:                               whole,
		"SHA256=" + strings.ToUpper(good):              whole,
		" sha256=" + good + " ":                        whole,
		"sha1=" + hex.EncodeToString(weak1.Sum(nil)):   weak,
		"sha256=" + hex.EncodeToString(weak1.Sum(nil)): none,
		"sha256=" + good[:62]:                          none,
		"sha256=" + good + "00":                        none,
		"sha384=" + good:                               none,
		"sha512=" + good:                               none,
		"md5=" + good[:32]:                             none,
		"=" + good:                                     none,
		good:                                           none,
		"sha256":                                       none,
		"":                                             none,
		"sha256=" + strings.Repeat("g", 64):            none,
	} {
		if got := believe(header, "mật", body); got != want {
			t.Errorf("%q: %v, want %v", header, got, want)
		}
		if got := believe(header, "", body); got != none {
			t.Errorf("%q without a secret: %v", header, got)
		}
	}
}

func TestAnother(t *testing.T) {
	for location, want := range map[string]string{
		"/hub2": "https://hub.example/hub2", "https://other.example/": "https://other.example/", "//other.example/x#y": "https://other.example/x",
		"http://hub.example/": "", "ftp://hub.example/": "", "javascript:alert(1)": "", "https://u:p@other.example/": "https://other.example/", "https:///": "", "%zz": "",
	} {
		if got, err := another("https://hub.example/hub", location); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", location, got, err)
		}
	}
}

func TestPushing(t *testing.T) {
	active := sub("1", "h", until(time.Hour))
	for name, c := range map[string]struct {
		list []news.Push
		want news.Pushing
	}{
		"none":              {nil, news.Pushing{}},
		"leaving":           {[]news.Push{sub("1", "h", leaving(0), until(time.Hour))}, news.Pushing{}},
		"one failed":        {[]news.Push{sub("1", "h", failed)}, news.Pushing{State: news.PushFailing, Detail: "no"}},
		"one of two":        {[]news.Push{sub("1", "h", failed), active}, news.Pushing{State: news.PushActive, Until: active.Until}},
		"the one that runs": {[]news.Push{active, sub("1", "h", failed)}, news.Pushing{State: news.PushActive, Until: active.Until}},
	} {
		if diff := cmp.Diff(c.want, pushing(c.list, noon)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

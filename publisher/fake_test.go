package publisher

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"tinhub/news"
)

// A desk is the publisher's doors in memory. Everything can be made to fail, as
// a store that is down does.
type desk struct {
	mu       sync.Mutex // guards all below
	down     bool
	torn     string // a channel whose record cannot be read
	epoch    string
	stories  map[string]news.Story
	articles map[string]news.Article
	gone     map[string]string
	log      []news.StoryChange
	place    news.Place
	outputs  map[string][]news.Output
	saves    []news.Output // every revision that was stored
	holder   string
	token    int64
	watchers []chan struct{}
	out      []chan string
}

var errDown = errors.New("the store is down")

func newDesk() *desk {
	return &desk{epoch: "one", stories: map[string]news.Story{}, articles: map[string]news.Article{},
		gone: map[string]string{}, outputs: map[string][]news.Output{}}
}

func (d *desk) deps() Deps {
	return Deps{Leases: d, Hints: d, Stories: d, Fronts: d, Changes: d, Outputs: d}
}

// lock is how every door begins.
func (d *desk) lock() (func(), error) {
	d.mu.Lock()
	if d.down {
		d.mu.Unlock()
		return func() {}, errDown
	}
	return d.mu.Unlock, nil
}

func (d *desk) setDown(down bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.down = down
}

// file puts a story on the desk, as the curator would.
func (d *desk) file(s news.Story, articles ...news.Article) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range articles {
		d.articles[a.ID] = a
	}
	var channels []string
	for _, f := range append(d.stories[s.ID].Filings, s.Filings...) {
		if !slices.Contains(channels, f.Channel) {
			channels = append(channels, f.Channel)
		}
	}
	d.stories[s.ID] = s
	d.log = append(d.log, news.StoryChange{Place: news.Place(fmt.Sprintf("%08d", len(d.log)+1)), Story: s.ID, Channels: channels, At: s.Updated})
	for _, w := range d.watchers {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

// Front is how a channel begins, with what was withdrawn from it.
func (d *desk) Front(ctx context.Context, channel string, most news.FrontLimits) (news.Front, error) {
	var f news.Front
	var errs [3]error
	f.Pinned, _, errs[0] = d.Page(ctx, news.PinChannel(channel), "", most.Pinned)
	f.Stories, f.Next, errs[1] = d.Page(ctx, channel, "", most.Stories)
	f.Fixed, _, errs[2] = d.Page(ctx, news.FixChannel(channel), "", most.Fixed)
	if err := errors.Join(errs[:]...); err != nil {
		return f, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.stories {
		if slices.Contains(s.Traces, channel) {
			f.Gone = append(f.Gone, s)
		}
	}
	slices.SortFunc(f.Gone, func(a, b news.Story) int { return b.Withdrawn.Compare(a.Withdrawn) })
	f.Gone = f.Gone[:min(most.Gone, len(f.Gone))]
	return f, nil
}

// empty is what a restore to nothing leaves.
func (d *desk) empty(epoch string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.epoch, d.place = epoch, ""
	d.stories, d.articles, d.outputs = map[string]news.Story{}, map[string]news.Article{}, map[string][]news.Output{}
	d.log = nil
}

func (d *desk) Take(_ context.Context, name, holder string, ttl time.Duration) (news.Lease, error) {
	unlock, err := d.lock()
	if err != nil {
		return news.Lease{}, err
	}
	defer unlock()
	if d.holder != "" && d.holder != holder {
		return news.Lease{}, news.ErrHeld
	}
	d.holder = holder
	d.token++
	return news.Lease{Name: name, Holder: holder, Token: d.token, Until: time.Now().Add(ttl)}, nil
}

func (d *desk) Renew(_ context.Context, l news.Lease, _ time.Duration) (news.Lease, error) {
	unlock, err := d.lock()
	if err != nil {
		return l, err
	}
	defer unlock()
	if d.holder != l.Holder || d.token != l.Token {
		return l, news.ErrHeld
	}
	return l, nil
}

func (d *desk) Release(_ context.Context, l news.Lease) error {
	unlock, err := d.lock()
	defer unlock()
	if err == nil && d.holder == l.Holder && d.token == l.Token {
		d.holder = ""
	}
	return err
}

func (d *desk) DeskHints(ctx context.Context) (<-chan struct{}, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := make(chan struct{}, 1)
	d.watchers = append(d.watchers, c)
	return c, nil
}

func (d *desk) OutputHints(ctx context.Context) (<-chan string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := make(chan string, 1000)
	d.out = append(d.out, c)
	return c, nil
}

func (d *desk) Page(_ context.Context, channel, cursor string, limit int) ([]news.Story, string, error) {
	unlock, err := d.lock()
	if err != nil {
		return nil, "", err
	}
	defer unlock()
	var all []news.Story
	pins := map[string]string{} // by story
	for _, s := range d.stories {
		if slices.ContainsFunc(s.Filings, func(f news.Filing) bool {
			if f.Pin != "" && news.PinChannel(f.Channel) == channel {
				pins[s.ID] = f.Pin
				return f.In
			}
			return f.Channel == channel && f.In
		}) {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b news.Story) int { return cmp.Or(cmp.Compare(pins[b.ID], pins[a.ID]), newestFirst(a, b)) })
	from, _ := strconv.Atoi(cursor)
	all = all[min(from, len(all)):]
	if len(all) > limit {
		return all[:limit], strconv.Itoa(from + limit), nil
	}
	return all, "", nil
}

func newestFirst(a, b news.Story) int {
	return cmp.Or(b.Published.Compare(a.Published), cmp.Compare(a.ID, b.ID))
}

func (d *desk) Find(_ context.Context, ids ...string) ([]news.Story, error) {
	unlock, err := d.lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	out := make([]news.Story, len(ids))
	for i, id := range ids {
		out[i] = d.stories[first(d.gone[id], id)]
	}
	return out, nil
}

func (d *desk) Articles(_ context.Context, ids ...string) ([]news.Article, error) {
	unlock, err := d.lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	out := make([]news.Article, len(ids))
	for i, id := range ids {
		out[i] = d.articles[id]
	}
	return out, nil
}

func (d *desk) Stories(_ context.Context, after string, _ time.Time, limit int) ([]news.Story, error) {
	unlock, err := d.lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	var all []news.Story
	for _, s := range d.stories {
		all = append(all, s)
	}
	slices.SortFunc(all, newestFirst)
	if after != "" {
		all = all[1+slices.IndexFunc(all, func(s news.Story) bool { return s.ID == after }):]
	}
	return all[:min(limit, len(all))], nil
}

func (d *desk) Changes(ctx context.Context, limit int) ([]news.StoryChange, error) {
	d.mu.Lock()
	place := d.place
	d.mu.Unlock()
	return d.Since(ctx, place, limit)
}

func (d *desk) Since(_ context.Context, after news.Place, limit int) ([]news.StoryChange, error) {
	unlock, err := d.lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	if n := len(d.log); n == 0 || after > d.log[n-1].Place {
		after = ""
	}
	var out []news.StoryChange
	for _, c := range d.log {
		if c.Place > after && len(out) < limit {
			out = append(out, c)
		}
	}
	return out, nil
}

func (d *desk) Rendered(_ context.Context, l news.Lease, upTo news.Place) error {
	unlock, err := d.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if l.Token != d.token {
		return news.ErrFenced
	}
	d.place = upTo
	return nil
}

func (d *desk) Epoch(context.Context) (string, error) {
	unlock, err := d.lock()
	defer unlock()
	return d.epoch, err
}

func (d *desk) Channels(context.Context) (map[string]int64, error) {
	unlock, err := d.lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	out := map[string]int64{}
	for id, all := range d.outputs {
		for _, o := range all {
			out[id] = max(out[id], o.Revision)
		}
	}
	return out, nil
}

func (d *desk) Load(_ context.Context, channel string) ([]news.Output, error) {
	unlock, err := d.lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	if channel == d.torn {
		return nil, errors.New("the record cannot be read")
	}
	return slices.Clone(d.outputs[channel]), nil
}

func (d *desk) Save(_ context.Context, l news.Lease, outputs []news.Output) error {
	unlock, err := d.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if l.Token != d.token {
		return news.ErrFenced
	}
	for _, o := range outputs {
		have := d.outputs[o.Channel]
		i := slices.IndexFunc(have, func(h news.Output) bool { return h.Format == o.Format })
		if i >= 0 && have[i].Revision >= o.Revision {
			continue
		}
		if i >= 0 {
			have = slices.Delete(slices.Clone(have), i, i+1)
		}
		d.outputs[o.Channel] = append(have, o)
		d.saves = append(d.saves, o)
		for _, c := range d.out {
			select {
			case c <- o.Channel:
			default:
			}
		}
	}
	return nil
}

func (d *desk) Drop(_ context.Context, _ news.Lease, channel string) error {
	unlock, err := d.lock()
	defer unlock()
	if err == nil {
		delete(d.outputs, channel)
		if d.torn == channel {
			d.torn = ""
		}
	}
	return err
}

// Samples.

var t0 = time.Date(2026, 11, 3, 9, 0, 0, 0, time.FixedZone("+07", 7*3600))

// id makes an id of 32 hex digits.
func id(n int) string { return fmt.Sprintf("%032x", n+1) }

// aStory is the nth story of a paper, filed under everything and other channels.
func aStory(n int, channels ...string) (news.Story, news.Article) {
	at := t0.Add(time.Duration(n) * time.Minute)
	link := fmt.Sprintf("https://bao-%d.example/tin-%d.html", n%3, n)
	m := news.Member{Article: id(n), Source: fmt.Sprintf("bao-%d", n%3), Agency: fmt.Sprintf("Báo số %d", n%3), Link: link,
		Title: fmt.Sprintf("Tin thử số %d về nông thôn mới", n), Published: at}
	s := news.Story{ID: id(n), Members: []news.Member{m}, Speaker: m.Article, Published: at, Updated: at, FirstSeen: at,
		Title: m.Title, Lede: "Xã làm đường, trồng hoa, kéo điện."}
	for _, c := range append(channels, news.Everything) {
		s.Filings = append(s.Filings, news.Filing{Channel: c, In: true})
	}
	a := news.Article{ID: m.Article, Entry: news.Entry{Source: m.Source, Link: link, Title: m.Title,
		Summary: "<p>Xã làm đường, trồng hoa, kéo điện.</p>", Content: "<p>Xã làm đường, trồng hoa, kéo điện. Cả xã cùng làm trong nhiều tháng.</p>",
		Published: news.Moment{At: at, Precision: news.Minute}}, FirstSeen: at}
	return s, a
}

func settings() Settings {
	return Settings{
		Topics: []news.Topic{
			{ID: "nong-thon-moi", Title: "Nông thôn mới", Description: "Xây dựng nông thôn mới", Public: true, Formerly: []string{"ntm"}},
			{ID: "noi-bo", Title: "Nội bộ"},
		},
		Sources: []news.Source{
			{ID: "bao-0", Name: "Báo số 0", Homepage: "https://bao-0.example/", URL: "https://bao-0.example/rss", Enabled: true,
				Agreement: &news.Agreement{Number: "1", Scope: news.ScopeFull}},
			{ID: "bao-1", Name: "Báo số 1", Homepage: "https://bao-1.example/", Enabled: true, Agreement: &news.Agreement{Scope: news.ScopeLink}},
		},
		Partners: []news.Partner{{ID: "cong", Origins: []string{"https://cong.example"}, Topics: []string{"noi-bo"}, Key: "chia-khoa"}},
	}
}

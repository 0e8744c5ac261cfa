package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"tinhub/fetcher"
	"tinhub/fetcher/feed"
	"tinhub/news"
)

type sourceCmd struct {
	Test sourceTestCmd `cmd:"" help:"Fetch or read feeds and show their entries and every repair made."`
}

type sourceTestCmd struct {
	configFlag
	JSON        bool     `help:"Print one JSON object a line, one for each argument."`
	Base        string   `placeholder:"URL" help:"The address that a file was at."`
	ContentType string   `placeholder:"TYPE" help:"The Content-Type header that a file came with."`
	Inputs      []string `arg:"" name:"url|file" help:"Addresses or files; - is standard input."`
}

func (sourceTestCmd) Help() string {
	return `Nothing is stored. A page that is no feed itself is searched for the feeds that it names. With any
argument that is not a readable feed the exit code is 1, after all were tried.

Example:
  tinhub source test https://baoquangninh.vn/rss/home.rss
  tinhub source test --json --base https://baocamau.vn/rss/home.rss saved.xml`
}

// maxFile is how much of a file is read: what a poll would.
const maxFile = 64 << 20

// A sourceResult is what the contract says of one argument.
type sourceResult struct {
	Input      string         `json:"input"`
	Format     string         `json:"format,omitempty"`
	Charset    string         `json:"charset,omitempty"`
	State      news.Health    `json:"state"`
	Title      string         `json:"title,omitempty"`
	Link       string         `json:"link,omitempty"`
	Language   string         `json:"language,omitempty"`
	Updated    *time.Time     `json:"updated,omitempty"`
	Entries    []sourceEntry  `json:"entries"`
	Rejected   []sourceReject `json:"rejected"`
	Repairs    []news.Repair  `json:"repairs"`
	Discovered []string       `json:"discovered"`
	About      feed.About     `json:"about,omitzero"`
	Hubs       []string       `json:"hubs,omitempty"`
	TTL        int            `json:"ttl,omitempty"`  // minutes
	ETag       string         `json:"etag,omitempty"` // of the answer, as the next
	Modified   string         `json:"last_modified,omitempty"`
	Page       *sourceRule    `json:"page,omitempty"` // selectors that would read the page, guessed; Entries are what they give
	Error      string         `json:"error,omitempty"`
}

// A sourceRule is what to write under page: in the configuration.
type sourceRule struct {
	URL   string `json:"url"`
	Item  string `json:"item"`
	Link  string `json:"link,omitempty"`
	Title string `json:"title,omitempty"`
	Date  string `json:"date,omitempty"`
}

type sourceReject struct {
	Reason string `json:"reason"`
	Title  string `json:"title,omitempty"`
	Link   string `json:"link,omitempty"`
}

type sourceEntry struct {
	ID         string            `json:"id,omitempty"`
	Title      string            `json:"title"`
	Link       string            `json:"link,omitempty"`
	Authors    []sourcePerson    `json:"authors"`
	Published  *time.Time        `json:"published,omitempty"`
	Updated    *time.Time        `json:"updated,omitempty"`
	Summary    string            `json:"summary,omitempty"`
	Content    string            `json:"content,omitempty"`
	Categories []string          `json:"categories"`
	Enclosures []sourceEnclosure `json:"enclosures"`
	Image      string            `json:"image,omitempty"`
	Language   string            `json:"language,omitempty"`
	Source     string            `json:"source,omitempty"` // the feed that it says it is from
	Details    feed.Details      `json:"details,omitzero"`
}

type sourcePerson struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
	URL   string `json:"url,omitempty"`
}

type sourceEnclosure struct {
	URL    string `json:"url"`
	Type   string `json:"type,omitempty"`
	Length int64  `json:"length,omitempty"`
}

func (c *sourceTestCmd) Run(p *program) error {
	s, err := c.load(p)
	if err != nil {
		return err
	}
	if err := checkBase(c.Base); err != nil {
		return err
	}
	out := newClient(s)
	defer out.Close()
	look, err := fetcher.New(fetcher.Deps{Client: out}, fetcher.Options{Location: s.zone()})
	if err != nil {
		return err
	}
	return eachInput(p, c.Inputs, c.JSON, func(input string) (sourceResult, bool) {
		r := c.try(p, s, look, input)
		return r, r.Error == ""
	}, func(r sourceResult) error { return printSource(p.out, r, s.zone()) })
}

// checkBase judges the address that a file is given.
func checkBase(base string) error {
	if base == "" {
		return nil
	}
	if u, err := url.Parse(base); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return usagef("--base %q: want an address that begins with http:// or https://", base)
	}
	return nil
}

// eachInput tries every argument, whatever is wrong with one, and shows what
// came of it. errSaid: one was bad, and its result says so.
func eachInput[R any](p *program, inputs []string, json bool, try func(string) (R, bool), show func(R) error) error {
	bad := false
	for _, input := range inputs {
		if err := p.ctx.Err(); err != nil {
			return err
		}
		r, ok := try(input)
		bad = bad || !ok
		var err error
		if json {
			err = p.json(r)
		} else {
			err = show(r)
		}
		if err != nil {
			return err
		}
	}
	if bad {
		return errSaid
	}
	return nil
}

// try reads one argument. Whatever is wrong with it is in the result.
func (c *sourceTestCmd) try(p *program, s settings, look *fetcher.Fetcher, input string) (r sourceResult) {
	r = sourceResult{Input: input, Entries: []sourceEntry{}, Rejected: []sourceReject{}, Repairs: []news.Repair{}, Discovered: []string{}}
	defer func() {
		if v := recover(); v != nil { // one document must not end the others' test
			r.State, r.Error = news.Failing, fmt.Sprintf("reading it failed in tinhub itself, please report it: %v", v)
		}
	}()
	if strings.HasPrefix(input, "http://") || strings.HasPrefix(input, "https://") {
		c.look(p.ctx, s, look, input, &r)
		return r
	}
	body, err := readSource(p, input)
	if err != nil {
		r.State, r.Error = news.Failing, err.Error()
		return r
	}
	now := time.Now()
	d, err := feed.Parse(body, feed.Options{
		Source: news.Source{ID: "test", URL: c.Base}, URL: c.Base, ContentType: c.ContentType, Bare: true, About: true, Now: now, Location: s.zone(),
	})
	r.fill(d)
	r.State, r.Error = fetcher.Judge(d, err, now)
	if r.State == news.Stale { // how old a saved file is says nothing of its source
		r.State = news.OK
	}
	if err != nil {
		r.Error = err.Error()
	}
	return r
}

// look reads an address as a poll would.
func (c *sourceTestCmd) look(ctx context.Context, s settings, look *fetcher.Fetcher, address string, r *sourceResult) {
	got, err := look.Read(ctx, news.Source{ID: "test", URL: address, Enabled: true})
	if err != nil {
		r.State, r.Error = news.Failing, err.Error()
		return
	}
	r.fill(got.Document)
	r.State, r.Discovered = got.Health, append([]string{}, got.Discovered...)
	r.ETag, r.Modified = got.ETag, got.LastModified
	if !reachable(got.Health) {
		r.Error = cmp.Or(got.Detail, string(got.Health))
	}
	if got.Page != nil {
		r.guessed(*got.Page, got.Listed)
	}
}

// guessed shows the list that was found on a page which is no feed.
func (r *sourceResult) guessed(rule news.PageRule, listed []news.Entry) {
	r.Page = &sourceRule{rule.URL, rule.Item, rule.Link, rule.Title, rule.Date}
	for _, e := range listed {
		r.Entries = append(r.Entries, entryOf(e))
	}
}

// readSource reads a file, or standard input.
func readSource(p *program, name string) ([]byte, error) {
	in, err := p.open(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	b, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err == nil && len(b) > maxFile {
		err = fmt.Errorf("%s is larger than %d MB", name, maxFile>>20)
	}
	return b, err
}

// fill takes over what was read.
func (r *sourceResult) fill(d feed.Document) {
	r.Format, r.Charset, r.Title, r.Link, r.Language, r.Updated = d.Format, d.Charset, d.Title, d.Link, d.Language, moment(d.Updated)
	r.About, r.Hubs, r.TTL = d.About, d.Hubs, int(d.Pace.TTL.Minutes())
	r.Repairs, r.Discovered = append(r.Repairs, d.Repairs...), append(r.Discovered, d.Discovered...)
	for _, x := range d.Rejected {
		r.Rejected = append(r.Rejected, sourceReject{x.Reason, x.Title, x.Link})
	}
	for i, e := range d.Entries {
		entry := entryOf(e)
		if i < len(d.Details) {
			entry.Details = d.Details[i]
		}
		r.Entries = append(r.Entries, entry)
	}
}

func entryOf(e news.Entry) sourceEntry {
	out := sourceEntry{
		ID: e.GUID, Title: e.Title, Link: e.Link, Published: moment(e.Published), Updated: moment(e.Updated), Summary: e.Summary, Content: e.Content,
		Language: e.Language, Authors: []sourcePerson{}, Categories: []string{}, Enclosures: []sourceEnclosure{},
	}
	for _, a := range e.Authors {
		out.Authors = append(out.Authors, sourcePerson(a))
	}
	for _, c := range e.Categories {
		out.Categories = append(out.Categories, c.Term)
	}
	for _, x := range e.Enclosures {
		out.Enclosures = append(out.Enclosures, sourceEnclosure{x.URL, x.Type, x.Length})
	}
	if e.Image != nil {
		out.Image = e.Image.URL
	}
	if e.Via != nil {
		out.Source = cmp.Or(e.Via.Title, e.Via.URL)
	}
	return out
}

func moment(m news.Moment) *time.Time {
	if m.IsZero() {
		return nil
	}
	return &m.At
}

func oneLine(fragment string) string { return strings.ReplaceAll(news.Text(fragment), "\n", " ") }

// printSource shows a result to a person.
func printSource(out io.Writer, r sourceResult, zone *time.Location) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s\n  state\t%s\n", r.Input, r.State)
	for _, line := range [][2]string{{"error", r.Error}, {"format", r.Format}, {"charset", r.Charset}, {"title", r.Title}, {"link", r.Link}, {"language", r.Language}} {
		printLine(w, line[0], line[1])
	}
	printAbout(w, r)
	for _, x := range r.Repairs {
		fmt.Fprintf(w, "  repaired\t%s (%d)\n", x.What, x.Count)
	}
	for _, d := range r.Discovered {
		fmt.Fprintf(w, "  names the feed\t%s\n", d)
	}
	if p := r.Page; p != nil {
		fmt.Fprintf(w, "  could be read by\tpage: { url: %q, item: %q, link: %q, date: %q }\n", p.URL, p.Item, p.Link, p.Date)
	}
	for _, x := range r.Rejected {
		fmt.Fprintf(w, "  set aside\t%s\n", strings.TrimSpace(x.Reason+" "+news.Excerpt(x.Title, 60)))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, e := range r.Entries {
		when := "no date         "
		if e.Published != nil {
			when = e.Published.In(zone).Format("2006-01-02 15:04")
		}
		if _, err := fmt.Fprintf(out, "  %s  %s\n                    %s\n", when, news.Excerpt(e.Title, 100), e.Link); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(out, "  %s, %d set aside\n", count(len(r.Entries), "entry", "entries"), len(r.Rejected))
	return err
}

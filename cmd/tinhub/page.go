package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"tinhub/fetcher"
	"tinhub/fetcher/client"
	"tinhub/fetcher/page"
	"tinhub/news"
)

type pageCmd struct {
	Test pageTestCmd `cmd:"" help:"Show what is taken from article pages."`
}

type pageTestCmd struct {
	configFlag
	JSON        bool     `help:"Print one JSON object a line, one for each argument."`
	Base        string   `placeholder:"URL" help:"The address that a file was at."`
	ContentType string   `placeholder:"TYPE" help:"The Content-Type header that a file came with."`
	Inputs      []string `arg:"" name:"url|file" help:"Addresses or files; - is standard input."`
}

func (pageTestCmd) Help() string {
	return `Nothing is stored. The selectors, section and time zone of the source that a page's host belongs to are
used. Addresses are asked as the fetcher would: robots.txt first, and what refuses is left alone. With any
argument that gives no article the exit code is 1, after all were tried.

Example:
  tinhub page test https://baocamau.vn/khanh-thanh-cau-a12345.html
  tinhub page test --json --base https://baocamau.vn/a12345.html saved.html`
}

// A pageResult is what the contract says of one argument.
type pageResult struct {
	Input     string         `json:"input"`
	Title     string         `json:"title,omitempty"`
	Section   string         `json:"section,omitempty"`
	Published *time.Time     `json:"published,omitempty"`
	Updated   *time.Time     `json:"updated,omitempty"`
	Authors   []sourcePerson `json:"authors"`
	Origin    string         `json:"origin,omitempty"`
	Lede      string         `json:"lede,omitempty"`
	Text      string         `json:"text,omitempty"`
	HTML      string         `json:"html,omitempty"`
	Image     string         `json:"image,omitempty"`
	Caption   string         `json:"caption,omitempty"`
	Canonical string         `json:"canonical,omitempty"`
	Error     string         `json:"error,omitempty"`
}

func (c *pageTestCmd) Run(p *program) error {
	s, err := c.load(p)
	if err != nil {
		return err
	}
	if err := checkBase(c.Base); err != nil {
		return err
	}
	out := newClient(s)
	defer out.Close()
	look, err := fetcher.New(fetcher.Deps{Client: out, Robots: client.NewRobots(out)}, fetcher.Options{Location: s.zone()})
	if err != nil {
		return err
	}
	return eachInput(p, c.Inputs, c.JSON, func(input string) (pageResult, bool) {
		r := c.try(p, s, look, input)
		return r, r.Error == ""
	}, func(r pageResult) error { return printPage(p.out, r, s.zone()) })
}

// try reads one argument. Whatever is wrong with it is in the result.
func (c *pageTestCmd) try(p *program, s settings, look *fetcher.Fetcher, input string) (r pageResult) {
	r = pageResult{Input: input, Authors: []sourcePerson{}}
	defer func() {
		if v := recover(); v != nil { // one page must not end the others' test
			r.Error = fmt.Sprintf("reading it failed in tinhub itself, please report it: %v", v)
		}
	}()
	if strings.HasPrefix(input, "http://") || strings.HasPrefix(input, "https://") {
		r.look(p.ctx, look, paperOf(s.Sources, input), input)
		return r
	}
	body, err := readSource(p, input)
	if err != nil {
		r.Error = err.Error()
		return r
	}
	src := paperOf(s.Sources, c.Base)
	zone := s.zone()
	if z, err := news.LoadZone(src.Timezone); src.Timezone != "" && err == nil {
		zone = z
	}
	a, err := page.Read(body, page.Options{Source: src, URL: c.Base, ContentType: c.ContentType, Now: time.Now(), Location: zone})
	r.fill(a)
	if err != nil {
		r.Error = err.Error()
	}
	return r
}

// look reads an address as the fetcher would.
func (r *pageResult) look(ctx context.Context, look *fetcher.Fetcher, src news.Source, address string) {
	got, err := look.Page(ctx, src, address)
	if err != nil {
		r.Error = err.Error()
		return
	}
	r.fill(got.Article)
	if got.State != news.PageRead {
		r.Error = cmp.Or(got.Detail, string(got.State))
	}
}

// paperOf is what is known of the paper that an address belongs to: the source
// that has selectors, else any of its sources. The section is the source's own
// only where the paper has one source.
func paperOf(sources []news.Source, address string) news.Source {
	found, n := news.Source{ID: "test", Homepage: address}, 0
	family := news.FamilyOf(address)
	for _, s := range sources {
		for _, f := range s.Families() {
			if family == "" || f != family {
				continue
			}
			if n++; n == 1 || found.Selectors == nil && s.Selectors != nil {
				found = s
			}
			break
		}
	}
	if n > 1 {
		found.Section = ""
	}
	return found
}

// fill takes over what was read.
func (r *pageResult) fill(a page.Article) {
	r.Title, r.Section, r.Published, r.Updated, r.Origin = a.Title, a.Section, moment(a.Published), moment(a.Updated), a.Origin
	r.Lede, r.Text, r.HTML, r.Canonical = a.Lede, a.Text, a.HTML, a.Canonical
	for _, x := range a.Authors {
		r.Authors = append(r.Authors, sourcePerson(x))
	}
	if a.Image != nil {
		r.Image, r.Caption = a.Image.URL, a.Image.Caption
	}
}

// printPage shows a result to a person.
func printPage(out io.Writer, r pageResult, zone *time.Location) error {
	var names []string
	for _, a := range r.Authors {
		names = append(names, a.Name)
	}
	at := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.In(zone).Format("2006-01-02 15:04")
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, r.Input)
	for _, line := range [][2]string{
		{"error", r.Error}, {"title", r.Title}, {"section", r.Section}, {"published", at(r.Published)}, {"updated", at(r.Updated)},
		{"authors", strings.Join(names, ", ")}, {"origin", r.Origin}, {"image", r.Image}, {"caption", r.Caption}, {"canonical", r.Canonical},
	} {
		if line[1] != "" {
			fmt.Fprintf(w, "  %s\t%s\n", line[0], line[1])
		}
	}
	if err := w.Flush(); err != nil || r.Text == "" {
		return err
	}
	_, err := fmt.Fprintf(out, "\n%s\n\n", r.Text)
	return err
}

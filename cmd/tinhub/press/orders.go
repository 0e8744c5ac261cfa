package press

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// What a test orders the newsrooms to do, where Step would leave it to them. All
// of it is kept in the ledger as well.

// A Draft is an article that a paper is told to print.
type Draft struct {
	Title   string
	Text    []string // paragraphs; the first is the lede
	Section string
	Author  string
	Origin  string // whom it credits, by a line at its end
}

// Print puts an article on top of a paper's feed.
func (p *Press) Print(paper string, d Draft) Item {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.paper(paper)
	it := p.item(r, template{Section: d.Section}, told{d.Title, slices.Clone(d.Text)}, Story, p.now())
	it.Words, it.Author, it.Origin = fmt.Sprintf("text-%d", it.Number), d.Author, d.Origin
	if d.Origin != "" {
		it.Kind, it.Author = Wire, "Theo "+d.Origin
		it.Text = append(it.Text, "Theo "+d.Origin)
	}
	return it.line()
}

// PrintAny puts another of the press's own stories on top of a paper's feed.
func (p *Press) PrintAny(paper string) Item {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.items[p.publish(p.paper(paper), p.next(), Story, p.now())-1].line()
}

// Copy has papers reprint an article and credit whom they have it from, each with
// the small edits that papers make.
func (p *Press) Copy(number int, credit string, papers ...string) []Item {
	p.mu.Lock()
	defer p.mu.Unlock()
	was := p.items[number-1]
	var all []Item
	for i, paper := range papers {
		it := p.item(p.paper(paper), template{Section: was.Section}, edited(told{was.Title, slices.Clone(was.Text)}, credit, i), Wire, p.now())
		it.Words, it.Origin, it.Author = was.Words, credit, "Theo "+credit
		all = append(all, it.line())
	}
	return all
}

// Reword replaces words of an article: also in its feed, or silently, on its page
// alone.
func (p *Press) Reword(number int, was, is string, silently bool) Item {
	p.mu.Lock()
	defer p.mu.Unlock()
	it := p.items[number-1]
	if silently && it.fed == nil {
		it.fed = slices.Clone(it.Text)
	}
	for i := range it.Text {
		it.Text[i] = strings.ReplaceAll(it.Text[i], was, is)
	}
	if !silently {
		it.fed, it.Updated = nil, p.now().Truncate(time.Second)
	}
	it.Revision++
	return it.line()
}

// Correct prints a notice that an article had a wrong figure. It may quote an
// article that is printed later.
func (p *Press) Correct(paper, title, was, is string, corrects int) Item {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.paper(paper)
	notice := told{Title: "Thông tin cải chính, xin lỗi", Text: []string{
		fmt.Sprintf("Trong bài “%s” đăng ngày %s, do sơ suất, %s có một con số chưa chính xác.", title, p.now().In(vietnam).Format("02/01/2006"), r.Name),
		fmt.Sprintf("Con số đã đăng là %s, con số đúng là %s.", was, is),
		r.Name + " thành thật xin lỗi bạn đọc.",
	}}
	it := p.item(r, template{Section: "Bạn đọc"}, notice, Correction, p.now())
	it.Words, it.Corrects, it.Author = fmt.Sprintf("text-%d", it.Number), corrects, ""
	return it.line()
}

// An Absence is how a paper's server answers for an article that is not there, or
// as if it were not.
type Absence string

// The absences. The first four are meant; the others say nothing of the article.
const (
	NotFound    Absence = "404"
	Deleted     Absence = "410"
	SoftMissing Absence = "200, and says that there is no such article"
	ToFront     Absence = "a redirect to the front page"

	Forbidden Absence = "403"
	Broken    Absence = "500"
	Silent    Absence = "no answer"
	Present   Absence = "" // it is there
)

// Answer has a paper's server answer for an article's page so from now on. One
// that is meant to be gone leaves its feed, too.
func (p *Press) Answer(number int, how Absence) {
	p.mu.Lock()
	defer p.mu.Unlock()
	it := p.items[number-1]
	it.absence = how
	switch how {
	case NotFound, Deleted, SoftMissing, ToFront:
		it.Withdrawn = p.now()
		it.drop()
	case Present:
		it.Withdrawn = time.Time{}
	}
}

// Drop lets an article roll off its feed; its page stays.
func (p *Press) Drop(numbers ...int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, n := range numbers {
		p.items[n-1].drop()
	}
}

// Return puts articles into their feeds again, on top.
func (p *Press) Return(numbers ...int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, n := range numbers {
		it := p.items[n-1]
		it.drop()
		it.paper.shown = slices.Insert(it.paper.shown, 0, it)
	}
}

// Restless has an article's lede in the feed differ from poll to poll: vary gets
// the lede and the number of the poll.
func (p *Press) Restless(number int, vary func(lede string, poll int) string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.items[number-1].vary = vary
}

// A Move is what changes when a paper's technicians are at work.
type Move string

// The moves.
const (
	NewGUIDs     Move = "all guids"
	NewAddresses Move = "another CMS: all guids and addresses"
	Secure       Move = "https in all addresses"
)

// Move changes how a paper names what it has. After a move to another CMS the old
// addresses lead nowhere. A paper that moved to https answers under http still, as
// far as a test can see.
func (p *Press) Move(paper string, m Move) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.paper(paper)
	p.remember(r)
	switch m {
	case NewGUIDs:
		r.guids++
	case NewAddresses:
		r.guids++
		r.cms++
	case Secure:
		r.Quirks |= Secured
	}
}

// Rename gives a paper another host. The old one leads to it.
func (p *Press) Rename(ctx context.Context, paper string) (Address, error) {
	l, err := listen(ctx, len(p.papers)+20)
	if err != nil {
		return Address{}, fmt.Errorf("rename %s: %w", paper, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.paper(paper)
	p.remember(r)
	old := r.server
	r.base = "http://" + l.Addr().String()
	r.server = &http.Server{Handler: old.Handler, ReadHeaderTimeout: old.ReadHeaderTimeout, BaseContext: old.BaseContext}
	go p.serve(r, r.server, l)
	return r.address(), nil
}

// Flood prints so many articles at once as no newsroom writes.
func (p *Press) Flood(paper string, n int) []Item {
	var all []Item
	for i := range n {
		what := strings.Repeat(string(rune('a'+i%26)), 3+i/26)
		all = append(all, p.Print(paper, Draft{Title: fmt.Sprintf("Hàng %s giảm giá số %d", what, 1000+i*7), Section: "Rao vặt",
			Text: []string{fmt.Sprintf("Cửa hàng %s bán món %s số %d, gọi ngay hôm nay để được %s.", what, what, 1000+i*13, what)}}))
	}
	return all
}

// paper finds one by its id. One that there is not is the test's fault.
func (p *Press) paper(id string) *running {
	i := slices.IndexFunc(p.papers, func(r *running) bool { return r.ID == id })
	if i < 0 {
		panic("there is no paper " + id)
	}
	return p.papers[i]
}

// remember notes the addresses that a paper's articles have now.
func (p *Press) remember(r *running) {
	for _, it := range p.items {
		if it.paper == r {
			if it.links == nil {
				it.links = map[string]bool{}
			}
			it.links[it.link()] = true
		}
	}
}

// drop takes an article out of its feed.
func (it *item) drop() {
	it.paper.shown = slices.DeleteFunc(it.paper.shown, func(o *item) bool { return o == it })
}

// formerly are the addresses that an article had.
func (it *item) formerly() []string { return slices.Sorted(maps.Keys(it.links)) }

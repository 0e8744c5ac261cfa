package press

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kind is how an item came about.
type Kind string

// The kinds.
const (
	Story      Kind = "story"
	Wire       Kind = "wire"     // a copy of an agency's text
	Bulletin   Kind = "bulletin" // the same form with other figures
	Correction Kind = "correction"
)

// item is one article of one paper.
type item struct {
	Number    int // unique in the press, from 1
	paper     *running
	Kind      Kind
	Words     string // what it tells: copies of one text share it
	Topic     string
	Section   string
	Title     string
	First     string // title that the link was made of
	Text      []string
	Author    string
	Origin    string
	Published time.Time
	Updated   time.Time // zero: never edited
	Revision  int       // from 1
	Corrects  int
	Withdrawn time.Time
	served    int // how many feeds showed it

	fed     []string                           // what the feed says where that is not Text
	vary    func(lede string, poll int) string // nil: the feed says the same at each poll
	absence Absence                            // how its page is answered for
	links   map[string]bool                    // that it had before its paper moved
}

// A Deed is what the editors did in one step.
type Deed struct {
	Did   string // "published", "copied", "edited", "corrected", "took down"
	Items []int  // numbers of the items concerned
}

// firstEdition gives each healthy paper its first stories, spread over the last
// hours, one text that several have from the agency, and one bulletin.
func (p *Press) firstEdition() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.o.Initial < 0 {
		return
	}
	healthy := p.healthy()
	for n := p.o.Initial; n > 0; n-- {
		for i, r := range healthy {
			p.publish(r, p.next(), Story, p.now().Add(-time.Duration(n)*37*time.Minute-time.Duration(i)*4*time.Minute))
		}
	}
	p.copyWire(p.now().Add(-20 * time.Minute))
	if len(healthy) > 0 {
		p.bulletin(p.now().Add(-10 * time.Minute))
	}
}

// healthy are the papers that anybody can read.
func (p *Press) healthy() []*running {
	return slices.DeleteFunc(slices.Clone(p.papers), func(r *running) bool { return r.Sick != "" })
}

// Step lets the editors do the next thing: mostly a new story, and by turns a
// wire text in several papers, a bulletin, an edit, a correction, a taking down.
func (p *Press) Step() Deed {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.steps++
	healthy := p.healthy()
	if len(healthy) == 0 {
		return Deed{}
	}
	now := p.now()
	switch p.steps % 10 {
	case 2:
		return p.copyWire(now)
	case 4:
		return p.bulletin(now)
	case 5:
		return p.edit(now)
	case 7:
		return p.correct(now)
	case 9:
		return p.takeDown(now)
	}
	r := healthy[p.steps%len(healthy)]
	return Deed{Did: "published", Items: []int{p.publish(r, p.next(), Story, now)}}
}

// next is the story told least often so far; among equals chance decides.
func (p *Press) next() template {
	least := slices.MinFunc(p.templates.stories, func(a, b template) int { return p.used[a.Title] - p.used[b.Title] })
	var fresh []template
	for _, t := range p.templates.stories {
		if p.used[t.Title] == p.used[least.Title] {
			fresh = append(fresh, t)
		}
	}
	t := fresh[p.rng.IntN(len(fresh))]
	p.used[t.Title]++
	return t
}

// publish puts a new item on top of a paper's feed.
func (p *Press) publish(r *running, t template, kind Kind, at time.Time) int {
	it := p.item(r, t, p.templates.tell(t, r.Place, p.rng), kind, at)
	it.Words = fmt.Sprintf("text-%d", it.Number)
	return it.Number
}

// item makes an item of what is told, and shows it.
func (p *Press) item(r *running, t template, what told, kind Kind, at time.Time) *item {
	authors := p.templates.words["tac-gia"]
	section := t.Section
	if r.Section != "" {
		section = r.Section
	}
	it := &item{
		Number: len(p.items) + 1, paper: r, Kind: kind, Topic: t.Topic, Section: section,
		Title: what.Title, First: what.Title, Text: what.Text, Author: authors[p.rng.IntN(len(authors))],
		Published: at.Truncate(time.Minute), Revision: 1,
	}
	p.items = append(p.items, it)
	r.shown = slices.Insert(r.shown, 0, it)
	return it
}

// copyWire puts one agency text into three or four papers, each with the small
// edits that papers make.
func (p *Press) copyWire(at time.Time) Deed {
	t := p.templates.wire[p.used["wire"]%len(p.templates.wire)]
	p.used["wire"]++
	what := p.templates.tell(t, "", p.rng)
	words := fmt.Sprintf("wire-%d", p.used["wire"])
	healthy := p.healthy()
	d := Deed{Did: "copied"}
	for i := range min(len(healthy), 3+p.rng.IntN(2)) {
		r := healthy[(p.used["wire"]+i)%len(healthy)]
		it := p.item(r, t, edited(what, t.Origin, i), Wire, at)
		it.Words, it.Origin, it.Author = words, t.Origin, "Theo "+t.Origin
		d.Items = append(d.Items, it.Number)
	}
	return d
}

// edited is a wire text as the i-th paper prints it: with the agency's name in
// front or at the end, the last paragraph cut, the tone marks placed the old way.
func edited(w told, origin string, i int) told {
	out := told{Title: w.Title, Text: slices.Clone(w.Text)}
	switch i % 4 {
	case 0:
		out.Text[0] = "(" + origin + ") - " + out.Text[0]
	case 1:
		if len(out.Text) > 3 {
			out.Text = out.Text[:len(out.Text)-1]
		}
	case 2:
		for j, s := range out.Text {
			out.Text[j] = strings.NewReplacer("hòa", "hoà", "Hòa", "Hoà", "hóa", "hoá", "khỏe", "khoẻ", "thủy", "thuỷ").Replace(s)
		}
	case 3:
		out.Title = strings.TrimSuffix(out.Title, ".")
		out.Text[len(out.Text)-1] += "/."
	}
	out.Text = append(out.Text, "Theo "+origin)
	return out
}

// bulletin prints today's prices in the form of yesterday's.
func (p *Press) bulletin(at time.Time) Deed {
	healthy := p.healthy()
	n := p.used["bulletin"]
	p.used["bulletin"]++
	t := p.templates.bulletins[n%len(p.templates.bulletins)]
	return Deed{Did: "published", Items: []int{p.publish(healthy[n%min(2, len(healthy))], t, Bulletin, at)}}
}

var figure = regexp.MustCompile(`\d+`)

// edit changes a figure of a story that is still shown, silently.
func (p *Press) edit(at time.Time) Deed {
	it := p.pick(Story)
	if it == nil {
		return Deed{Did: "edited"}
	}
	it.Text[0] = changeFigure(it.Text[0]) + " Số liệu được cập nhật đến cuối buổi chiều."
	it.Updated, it.Revision = at.Truncate(time.Second), it.Revision+1
	return Deed{Did: "edited", Items: []int{it.Number}}
}

// correct prints a notice of correction, and mends what it corrects.
func (p *Press) correct(at time.Time) Deed {
	it := p.pick(Story)
	if it == nil {
		return Deed{Did: "corrected"}
	}
	before := it.Text[0]
	it.Text[0] = changeFigure(before)
	it.Updated, it.Revision = at.Truncate(time.Second), it.Revision+1
	notice := told{Title: "Thông tin cải chính, xin lỗi: “" + it.Title + "”", Text: []string{
		fmt.Sprintf("Trong bài “%s” đăng ngày %s, do sơ suất, %s có một con số chưa chính xác.", it.Title, it.Published.Format("02/01/2006"), it.paper.Name),
		"Nội dung đã đăng: “" + before + "”",
		"Nội dung đúng là: “" + it.Text[0] + "”",
		it.paper.Name + " thành thật xin lỗi bạn đọc và các nhân vật trong bài.",
	}}
	c := p.item(it.paper, template{Topic: "ban-doc", Section: "Bạn đọc"}, notice, Correction, at)
	c.Words, c.Corrects, c.Author = fmt.Sprintf("text-%d", c.Number), it.Number, ""
	return Deed{Did: "corrected", Items: []int{it.Number, c.Number}}
}

// changeFigure adds one to the first number.
func changeFigure(s string) string {
	first := figure.FindStringIndex(s)
	if first == nil {
		return s
	}
	n, _ := strconv.Atoi(s[first[0]:first[1]])
	return s[:first[0]] + strconv.Itoa(n+1) + s[first[1]:]
}

// takeDown removes a story from its feed and its page.
func (p *Press) takeDown(at time.Time) Deed {
	it := p.pick(Story)
	if it == nil {
		return Deed{Did: "took down"}
	}
	it.Withdrawn = at
	it.paper.shown = slices.DeleteFunc(it.paper.shown, func(o *item) bool { return o == it })
	return Deed{Did: "took down", Items: []int{it.Number}}
}

// pick chooses an item that is shown and was neither edited nor corrected yet.
func (p *Press) pick(k Kind) *item {
	var list []*item
	for _, it := range p.items {
		if it.Kind == k && it.Withdrawn.IsZero() && it.Revision == 1 && slices.Contains(it.paper.window(p.o.Window), it) {
			list = append(list, it)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list[p.rng.IntN(len(list))]
}

// window is what the paper's feed shows.
func (r *running) window(n int) []*item {
	return r.shown[:min(n, len(r.shown))]
}

package feed

import (
	"time"

	"tinhub/news"
)

// A Channel is what one document says: a topic, a province, everything, or the
// answer to a search.
type Channel struct {
	ID          string // of the Atom feed, a URL or URN; Links.Page when empty
	Title       string
	Description string // text; Title when empty
	Language    string // BCP 47
	Site        Site
	Links       Links // where each format of it lives
	Prev, Next  Links // the archives before and after it (RFC 5005), empty when there are none
	Current     Links // of an archive: the living document that it belongs to
	Hub         string
	Zone        *time.Location // that times are written in; nil is UTC
	Floor       time.Time      // Updated is at least this: a document that lost its newest story does not go back
	Items       []Item
	Gone        []Tombstone // what it called back, latest first; Atom alone can say it
	Parts       []*Part     // of Items, from a Memo of documents in this zone; none: every item is written anew
}

// Links are the absolute addresses of one channel, one a format.
type Links struct {
	Page, RSS, Atom, JSON string
}

// Site is who publishes: the legal footer of every channel and page.
type Site struct {
	Title, URL              string
	Owner, Contact, Licence string
}

// Footer is the legal footer in one line, "" when nothing of it was declared.
func (s Site) Footer() string {
	var line string
	for _, part := range []struct{ label, text string }{
		{"", s.Owner}, {"Liên hệ: ", s.Contact}, {"", s.Licence},
	} {
		if part.text == "" {
			continue
		}
		if line != "" {
			line += " · "
		}
		line += part.label + news.Clean(part.text)
	}
	return line
}

// publisher is the name that a document gives as its author.
func (s Site) publisher() string {
	for _, name := range []string{s.Owner, s.Title} {
		if name = news.Clean(name); name != "" {
			return name
		}
	}
	return "tinhub"
}

// An Item is a story as it is shown. HTML in it is safe and within the scope
// that its source agreed to.
type Item struct {
	ID    string // see StoryID
	Title string // text
	Link  string // the speaking article
	Page  string // the story's own page with us

	Summary string // HTML, "" under the scope link
	Content string // HTML, "" unless the scope is full

	Authors    []news.Person
	Published  time.Time
	Updated    time.Time
	Agency     Agency // who is quoted
	Origin     string // whom the agency itself credits: "TTXVN"
	Also       []Copy // the other agencies that tell it
	Note       string // the editors' own, text; it is shown apart from what the agency wrote
	Corrects   string // page of the story that this one corrects
	Corrected  string // page of the story that corrects this one
	Categories []news.Category
	Image      *news.Image
	Enclosures []news.Enclosure
	Language   string // "" is the channel's
}

// An Agency is a paper as it is named beside what it wrote.
type Agency struct {
	Name string
	Home string // its front page
	Feed string // the feed that the article came from; Home when it has none
}

// name is never empty: an author without one is an error in Atom.
func (a Agency) name() string {
	if name := news.Clean(a.Name); name != "" {
		return name
	}
	return "Không rõ nguồn"
}

// A Copy is the same story in another paper.
type Copy struct {
	Agency, Title, Link string
}

// Updated is when the channel last changed: the latest of its stories' times
// and the floor. A channel without any has a fixed time, since Atom wants one
// and validators find 1970 implausible.
func (c Channel) Updated() time.Time {
	t := c.Floor
	for _, it := range c.Items {
		if u := it.changed(); u.After(t) {
			t = u
		}
	}
	for _, g := range c.Gone {
		if g.When.After(t) {
			t = g.When
		}
	}
	if t.IsZero() {
		return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return t
}

// changed is when the item last changed, which is never before it appeared.
func (it Item) changed() time.Time {
	if it.Updated.Before(it.Published) {
		return it.Published
	}
	return it.Updated
}

func (c Channel) in(t time.Time) time.Time {
	if c.Zone == nil {
		return t.UTC()
	}
	return t.In(c.Zone)
}

// authors are the people who wrote an item, or else the agency that answers for it.
func (it Item) authors() []news.Person {
	people := make([]news.Person, 0, len(it.Authors)+1)
	for _, p := range it.Authors {
		if p.Name = news.Clean(p.Name); p.Name != "" {
			people = append(people, news.Person{Name: p.Name, URL: URL(p.URL)})
		}
	}
	if len(people) == 0 {
		people = append(people, news.Person{Name: it.Agency.name(), URL: URL(it.Agency.Home)})
	}
	return people
}

// link is where the item leads: its article, or its page where the article's
// address cannot be used.
func (it Item) link() string {
	if u := URL(it.Link); u != "" {
		return u
	}
	return URL(it.Page)
}

// labels are an item's categories as terms, each once, in order.
func (it Item) labels() []string {
	var terms []string
	seen := map[string]bool{}
	for _, c := range it.Categories {
		term := news.Clean(c.Label)
		if term == "" {
			term = news.Clean(c.Term)
		}
		if term != "" && !seen[term] {
			seen[term] = true
			terms = append(terms, term)
		}
	}
	return terms
}

package feed

import (
	"strings"

	"github.com/mmcdole/gofeed/atom"
	"github.com/mmcdole/gofeed/rss"

	"tinhub/fetcher/markup"
	"tinhub/news"
)

// An About is what a document says of itself as a whole, besides what an entry
// or a poll needs: for whoever decides whether to take the source.
type About struct {
	ID          string          `json:"id,omitempty"`
	Description string          `json:"description,omitempty"` // sanitised HTML
	Rights      string          `json:"rights,omitempty"`      // sanitised HTML: what its publisher allows
	Authors     []news.Person   `json:"authors,omitempty"`
	Categories  []news.Category `json:"categories,omitempty"`
	Image       *news.Image     `json:"image,omitempty"`
	Published   news.Moment     `json:"published,omitzero"`
}

func (rd *reader) aboutRSS(f *rss.Feed, x extensions) About {
	a := About{
		ID: x.text("atom", "id"),
		Description: or(f.Description, x.text("atom", "subtitle"), x.text("dc", "description"), x.text("itunes", "summary"),
			x.text("itunes", "subtitle")),
		Rights:    or(f.Copyright, x.text("dc", "rights"), x.text("atom", "rights"), x.text("media", "copyright")),
		Authors:   x.authors(or(f.ManagingEditor, f.WebMaster)),
		Published: rd.moment([]string{x.last("dcterms", "issued"), f.PubDate, x.last("dcterms", "created")}),
	}
	for _, c := range f.Categories {
		a.Categories = append(a.Categories, news.Category{Term: c.Value, Scheme: c.Domain})
	}
	a.Categories = append(a.Categories, x.labels()...)
	switch image := first(x["itunes"]["image"]); {
	case f.Image != nil:
		a.Image = &news.Image{URL: f.Image.URL, Caption: f.Image.Title, Width: number(f.Image.Width), Height: number(f.Image.Height)}
	default:
		a.Image = &news.Image{URL: or(image.Attrs["href"], image.Attrs["url"], image.Value, x.text("atom", "logo"), x.text("atom", "icon"))}
	}
	return a
}

func (rd *reader) aboutAtom(f *atom.Feed, x extensions) About {
	a := About{
		ID: f.ID, Rights: or(f.Rights, x.text("dc", "rights")),
		Description: or(f.Subtitle, x.text("dc", "description"), x.text("itunes", "summary"), x.text("itunes", "subtitle")),
		Authors:     append(atomPeople(f.Authors), x.authors("")...),
		Image:       &news.Image{URL: or(f.Logo, f.Icon, first(x["itunes"]["image"]).Attrs["href"])},
	}
	for _, c := range f.Categories {
		a.Categories = append(a.Categories, news.Category{Term: c.Term, Scheme: c.Scheme, Label: c.Label})
	}
	a.Categories = append(a.Categories, x.labels()...)
	return a
}

// identity is the id of a document as it stands; one that is no address of its own
// is made one (RFC 4287 section 4.2.6).
func (rd *reader) identity(id string) string {
	if id = strings.TrimSpace(id); strings.HasPrefix(id, "/") {
		id = markup.Resolve(rd.base, id)
	}
	return clipGUID(id)
}

// cleaned is what was gathered, as clean and absolute as an entry's parts.
func (rd *reader) cleaned(a About) About {
	html := func(s string) string { return readable(markup.Sanitise(rd.kept(s), rd.base)) }
	a.ID, a.Description, a.Rights = rd.identity(a.ID), html(a.Description), html(a.Rights)
	a.Authors, a.Categories = people(a.Authors), categories(a.Categories)
	if a.Image != nil {
		if a.Image.URL = markup.Picture(rd.base, a.Image.URL); a.Image.URL == "" {
			a.Image = nil
		} else {
			a.Image.Caption = clip(plainTitle(rd.kept(a.Image.Caption), false), maxTitle)
		}
	}
	return a
}

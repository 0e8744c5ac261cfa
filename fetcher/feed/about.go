package feed

import (
	"time"

	"tinhub/news"
)

// What a document and its entries state beyond what a poll has a use for, for
// whoever looks at a source before taking it: whose it is and what they allow,
// by which program it was made, where else it is to be had. It is made only
// where Options.About asks for it.

// A Text is a piece of text as it was stated.
type Text struct {
	Value    string `json:"value,omitempty"` // sanitised HTML; of a title, text
	Type     string `json:"type,omitempty"`  // text/plain, text/html, application/xhtml+xml, or what else is named
	Language string `json:"language,omitempty"`
	Base     string `json:"base,omitempty"` // of the relative addresses that were in it
	Src      string `json:"src,omitempty"`  // where it is instead (RFC 4287 section 4.1.3.2)
}

// A Link is one with all that is said of it (RFC 4287 section 4.2.7). RSS's link
// and enclosure are among them.
type Link struct {
	URL      string `json:"url"`
	Rel      string `json:"rel"`
	Type     string `json:"type,omitempty"`
	Title    string `json:"title,omitempty"`
	Language string `json:"language,omitempty"`
	Length   int64  `json:"length,omitempty"` // bytes
}

// A Licence is what others may do, by its address or its name.
type Licence struct {
	URL  string `json:"url,omitempty"`
	Name string `json:"name,omitempty"`
	Type string `json:"type,omitempty"`
}

// An Element is one that has no field of its own here, as it stands.
type Element struct {
	Name  string            `json:"name"` // with the prefix that it was written with, in lower case
	Text  string            `json:"text,omitempty"`
	Attrs map[string]string `json:"attrs,omitempty"`
}

// Stated is what documents, entries, and the feeds that entries were taken from
// may all state.
type Stated struct {
	Title        Text          `json:"title,omitzero"`
	Subtitle     Text          `json:"subtitle,omitzero"`
	Rights       Text          `json:"rights,omitzero"` // what its publisher allows
	Licences     []Licence     `json:"licences,omitempty"`
	Links        []Link        `json:"links,omitempty"`
	Contributors []news.Person `json:"contributors,omitempty"`
	Publisher    *news.Person  `json:"publisher,omitempty"` // webMaster, dc:publisher, itunes:owner
	ValidFrom    news.Moment   `json:"valid_from,omitzero"` // dcterms:valid
	ValidUntil   news.Moment   `json:"valid_until,omitzero"`
	Explicit     *bool         `json:"explicit,omitempty"` // iTunes: not for children
	Blocked      bool          `json:"blocked,omitempty"`  // iTunes: not for directories
	Other        []Element     `json:"other,omitempty"`
}

// An About is what a document says of itself as a whole.
type About struct {
	Stated
	ID         string          `json:"id,omitempty"`
	Info       Text            `json:"info,omitzero"` // to people who open it in a browser
	Authors    []news.Person   `json:"authors,omitempty"`
	Categories []news.Category `json:"categories,omitempty"`
	Published  news.Moment     `json:"published,omitzero"`
	Updated    news.Moment     `json:"updated,omitzero"`
	Generator  Generator       `json:"generator,omitzero"`
	Image      *Image          `json:"image,omitempty"`
	Icon       string          `json:"icon,omitempty"`
	Logo       string          `json:"logo,omitempty"`
	Docs       string          `json:"docs,omitempty"` // where its format is described
	Moved      string          `json:"moved,omitempty"`
	Cloud      *Cloud          `json:"cloud,omitempty"`
	TextInput  *TextInput      `json:"text_input,omitempty"`
}

// A Generator is the program that made a document.
type Generator struct {
	Name    string `json:"name,omitempty"`
	URL     string `json:"url,omitempty"`
	Version string `json:"version,omitempty"`
}

// An Image is a document's picture, and where it leads.
type Image struct {
	news.Image
	Link        string `json:"link,omitempty"`
	Description string `json:"description,omitempty"`
}

// A Cloud tells by rssCloud what is new (RSS 2.0).
type Cloud struct {
	Domain    string `json:"domain,omitempty"`
	Port      string `json:"port,omitempty"`
	Path      string `json:"path,omitempty"`
	Procedure string `json:"procedure,omitempty"`
	Protocol  string `json:"protocol,omitempty"`
}

// A TextInput is a form beside a document (RSS 0.91).
type TextInput struct {
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	Name        string `json:"name,omitempty"`
	Link        string `json:"link,omitempty"`
}

// Details are what an entry states besides what news.Entry keeps. Of its title
// and texts only the kind is told: what they say stands in the entry.
type Details struct {
	Stated
	Summary  Text        `json:"summary,omitzero"`
	Content  []Text      `json:"content,omitempty"`
	Comments string      `json:"comments,omitempty"` // where readers' are
	Expires  news.Moment `json:"expires,omitzero"`
	Credits  []Credit    `json:"credits,omitempty"`
	Source   *About      `json:"source,omitempty"` // the feed that it was taken from
	Chapters *Chapters   `json:"chapters,omitempty"`
	Where    *Where      `json:"where,omitempty"`
}

// A Credit is who had what part in a picture or a recording (Media RSS).
type Credit struct {
	Name string `json:"name"`
	Role string `json:"role,omitempty"` // photographer, anchor …
}

// Chapters are the parts of a recording (podlove.org/simple-chapters).
type Chapters struct {
	Version string    `json:"version,omitempty"`
	List    []Chapter `json:"list"`
}

// A Chapter is one of them.
type Chapter struct {
	Start time.Duration `json:"start"`
	Title string        `json:"title,omitempty"`
	URL   string        `json:"url,omitempty"`
	Image string        `json:"image,omitempty"`
}

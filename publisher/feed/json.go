package feed

import (
	"bytes"
	"encoding/json"

	"github.com/gorilla/feeds"

	"tinhub/news"
)

// jsonFeed shadows what gorilla/feeds leaves out when it is empty but version
// 1.1 requires, and adds what a channel's law requires.
type jsonFeed struct {
	feeds.JSONFeed
	Items  []json.RawMessage `json:"items"`
	Tinhub *jsonChannelExtra `json:"_tinhub,omitempty"`
}

// jsonChannelExtra is our extension of a channel (JSON Feed 1.1, Extensions).
type jsonChannelExtra struct {
	Legal string `json:"legal,omitempty"`
	Prev  string `json:"prev_archive,omitempty"`
	Next  string `json:"next_archive,omitempty"`
}

type jsonItem struct {
	feeds.JSONItem
	Authors     []*feeds.JSONAuthor `json:"authors,omitempty"`
	Attachments []jsonAttachment    `json:"attachments,omitempty"`
	Language    string              `json:"language,omitempty"`
	Published   string              `json:"date_published,omitempty"`
	Modified    string              `json:"date_modified,omitempty"`
	Tinhub      jsonItemExtra       `json:"_tinhub"`
}

// jsonAttachment has a size that fits any file: gorilla's ends at 2 GB.
type jsonAttachment struct {
	URL   string `json:"url"`
	Type  string `json:"mime_type"`
	Title string `json:"title,omitempty"`
	Size  int64  `json:"size_in_bytes,omitempty"`
}

// jsonItemExtra says what the format has no word for: whose text it is, and who
// else carries it.
type jsonItemExtra struct {
	Source jsonSource `json:"source"`
	Origin string     `json:"origin,omitempty"`
	Story  string     `json:"story,omitempty"`
	Also   []jsonCopy `json:"also,omitempty"`
	Note   string     `json:"note,omitempty"` // the editors'
}

type jsonSource struct {
	Name string `json:"name"`
	URL  string `json:"url,omitempty"`
	Feed string `json:"feed_url,omitempty"`
}

type jsonCopy struct {
	Name  string `json:"name"`
	Title string `json:"title,omitempty"`
	URL   string `json:"url"`
}

// JSON writes the channel as JSON Feed 1.1.
func JSON(c Channel) []byte {
	f := jsonFeed{JSONFeed: *(&feeds.JSON{Feed: c.base()}).JSONFeed(), Items: []json.RawMessage{}}
	f.Language = language(c.Language)
	f.FeedUrl = URL(c.Links.JSON)
	f.Authors = []*feeds.JSONAuthor{{Name: c.Site.publisher(), Url: URL(c.Site.URL)}}
	if hub := URL(c.Hub); hub != "" {
		f.Hubs = []*feeds.JSONHub{{Type: "WebSub", Url: hub}}
	}
	extra := jsonChannelExtra{Legal: c.Site.Footer(), Prev: URL(c.Prev.JSON), Next: URL(c.Next.JSON)}
	if extra != (jsonChannelExtra{}) {
		f.Tinhub = &extra
	}
	items := c.written("json", jsonItemText)
	// Spliced in, for encoding/json would read them all again. In a string its
	// quotes are escaped, so that this stands in the document once.
	const place = `"items":[`
	head, tail, _ := bytes.Cut(marshal(f), []byte(place+"]"))
	return bytes.Join([][]byte{head, []byte(place), bytes.Join(items, []byte(",")), []byte("]"), tail, []byte("\n")}, nil)
}

// jsonItemText writes one item; it depends on the channel only for the zone.
func jsonItemText(c Channel, it Item) []byte {
	body := it.content()
	if body == "" {
		body = it.summary()
	}
	const rfc3339 = "2006-01-02T15:04:05Z07:00"
	j := jsonItem{
		JSONItem:  feeds.JSONItem{Id: it.ID, Url: it.link(), Title: news.Clean(it.Title), ContentHTML: body, Tags: it.labels()},
		Language:  language(it.Language),
		Published: c.in(it.Published).Format(rfc3339),
		Modified:  c.in(it.changed()).Format(rfc3339),
		Tinhub: jsonItemExtra{
			Source: jsonSource{Name: it.Agency.name(), URL: URL(it.Agency.Home), Feed: URL(it.Agency.Feed)},
			Origin: news.Clean(it.Origin), Story: URL(it.Page), Note: news.Clean(it.Note),
		},
	}
	if it.Image != nil {
		j.Image = URL(it.Image.URL)
	}
	for _, p := range it.authors() {
		j.Authors = append(j.Authors, &feeds.JSONAuthor{Name: p.Name, Url: p.URL})
	}
	for _, e := range it.Enclosures {
		if href, kind := URL(e.URL), mediaType(e.Type, e.URL); href != "" && kind != "" {
			j.Attachments = append(j.Attachments, jsonAttachment{URL: href, Type: kind, Title: news.Clean(e.Title),
				Size: max(e.Length, 0)})
		}
	}
	for _, a := range it.Also {
		if href := URL(a.Link); href != "" {
			j.Tinhub.Also = append(j.Tinhub.Also, jsonCopy{Name: news.Clean(a.Agency), Title: news.Clean(a.Title), URL: href})
		}
	}
	return marshal(j)
}

// marshal writes JSON without HTML's escapes: the media type is no HTML, and
// content_html would grow by a fifth.
func marshal(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("feed: " + err.Error())
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

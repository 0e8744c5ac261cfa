package feed

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"strconv"
	"strings"

	"tinhub/fetcher/markup"
	"tinhub/news"
)

// json reads a JSON Feed, 1.0 or 1.1 (jsonfeed.org/version/1.1). It is read here
// and not by gofeed, which knows no hubs and gives up the whole feed for one
// value of the wrong type. Items are taken one by one, so that a document that
// ends early keeps the complete ones.
func (rd *reader) json(text string) error {
	dec := json.NewDecoder(strings.NewReader(text))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("%w: this is JSON, but no object; a JSON Feed is one", ErrNotAFeed)
	}
	top := object{repairs: rd.repairs}
	var items []json.RawMessage
	var itemsSeen bool
	var err error
	for err == nil && dec.More() {
		var key string
		if key, err = keyToken(dec); err != nil {
			break
		}
		if key == "items" {
			itemsSeen = true
			items, err = rd.items(dec, items)
			continue
		}
		var raw json.RawMessage
		if err = dec.Decode(&raw); err == nil && len(raw) <= maxText {
			top.set(key, raw)
		}
	}
	if err == nil {
		_, err = dec.Token()
	}
	version := top.text("version")
	if !strings.Contains(version, "jsonfeed.org/version/") && (!itemsSeen || top.text("title", "home_page_url", "feed_url") == "") {
		return fmt.Errorf("%w: this is JSON, but has neither the version of a JSON Feed nor items", ErrNotAFeed)
	}
	if err != nil {
		rd.doc.Truncated = errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
		if rd.doc.Truncated || len(items) > 0 {
			rd.repairs.add(endedEarly)
			rd.doc.Truncated = true
		} else {
			return fmt.Errorf("%w: the JSON is broken: %v", ErrNotAFeed, err)
		}
	}
	rd.jsonHead(top, version)
	for _, raw := range items {
		rd.jsonItem(raw, top)
	}
	return nil
}

func keyToken(dec *json.Decoder) (string, error) {
	t, err := dec.Token()
	if err != nil {
		return "", err
	}
	key, _ := t.(string)
	return key, nil
}

// items reads the array of items as far as it goes, up to the limit.
func (rd *reader) items(dec *json.Decoder, items []json.RawMessage) ([]json.RawMessage, error) {
	if t, err := dec.Token(); err != nil || t != json.Delim('[') {
		if err == nil {
			rd.repairs.add(wrongType)
			if d, ok := t.(json.Delim); ok && d == '{' {
				err = errors.New("items is no array")
			}
		}
		return items, err
	}
	dropped := 0
	defer func() { rd.repairs.addN(itemsDropped, dropped) }()
	for dec.More() {
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return items, err
		}
		if len(items) >= maxItems {
			dropped++
			continue
		}
		items = append(items, raw)
	}
	_, err := dec.Token()
	return items, err
}

func (rd *reader) jsonHead(top object, version string) {
	doc := rd.doc
	doc.Format = "json1.0"
	if strings.Contains(version, "1.1") {
		doc.Format = "json1.1"
	}
	doc.Title, doc.Link, doc.Self = top.text("title"), top.text("home_page_url"), top.text("feed_url")
	doc.Language = or(top.text("language"), rd.o.Language)
	for _, h := range top.objects("hubs") {
		if strings.EqualFold(h.text("type"), "rssCloud") {
			continue // another protocol
		}
		doc.Hubs = append(doc.Hubs, h.text("url"))
	}
	rd.head()
	if rd.o.About {
		doc.About = rd.jsonAbout(top)
	}
}

// jsonAbout is what a JSON Feed says of itself.
func (rd *reader) jsonAbout(top object) About {
	plain := func(name string) Text {
		if s := top.text(name); s != "" {
			return Text{Value: markup.Sanitise(textAsHTML(s), rd.base), Type: "text/plain", Language: rd.lang}
		}
		return Text{}
	}
	a := About{
		Info: plain("user_comment"), Authors: people(rd.base, append(top.people("authors"), top.people("author")...)),
		Icon: markup.Picture(rd.base, or(top.text("icon"), top.text("favicon"))),
	}
	a.Title, a.Subtitle = Text{Value: rd.doc.Title, Type: "text/plain", Language: rd.lang}, plain("description")
	for _, l := range []Link{{URL: rd.doc.Link, Rel: "alternate", Type: "text/html"}, {URL: rd.doc.Self, Rel: "self", Type: "application/feed+json"},
		{URL: markup.Address(rd.base, top.text("next_url")), Rel: "next"}} {
		if l.URL != "" {
			a.Links = append(a.Links, l)
		}
	}
	if a.Icon != "" {
		a.Image = &Image{Image: news.Image{URL: a.Icon}}
	}
	return a
}

func (rd *reader) jsonItem(raw json.RawMessage, top object) {
	key := news.KeyOf(rd.salt(), rd.base, rd.doc.Language, string(raw))
	if rd.o.Known != nil && rd.o.Known(key) {
		rd.doc.Unchanged = append(rd.doc.Unchanged, key)
		return
	}
	it := object{repairs: rd.repairs}
	if !it.read(raw) {
		rd.doc.Rejected = append(rd.doc.Rejected, news.Rejected{Reason: "an item that is no JSON object", At: rd.o.Now})
		return
	}
	d := draft{
		guid: it.text("id"), title: html.EscapeString(it.text("title")), typed: true, lang: it.text("language"), raw: key,
		links:     []string{it.text("url"), it.text("external_url")},
		summary:   html.EscapeString(it.text("summary")),
		content:   or(it.text("content_html"), textAsHTML(it.text("content_text"))),
		published: []string{it.text("date_published")},
		updated:   []string{it.text("date_modified")},
		authors:   append(it.people("authors"), it.people("author")...),
	}
	d.permalink = strings.HasPrefix(d.guid, "http")
	if len(d.authors) == 0 {
		d.authors = append(top.people("authors"), top.people("author")...)
	}
	for _, tag := range it.list("tags") {
		d.labels = append(d.labels, news.Category{Term: tag})
	}
	for _, name := range []string{"image", "banner_image"} {
		if address := it.text(name); address != "" {
			d.images = append(d.images, news.Image{URL: address})
		}
	}
	for _, a := range it.objects("attachments") {
		d.files = append(d.files, enclosure(a.text("url"), a.text("mime_type"), a.text("size_in_bytes"), a.text("title")))
	}
	rd.take(d)
}

// textAsHTML keeps the lines of a plain text.
func textAsHTML(s string) string {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
	return strings.ReplaceAll(html.EscapeString(s), "\n", "<br>")
}

// An object is a JSON object whose values may be of another type than they should.
type object struct {
	values  map[string]json.RawMessage
	repairs *repairs
}

func (o *object) set(key string, raw json.RawMessage) {
	if o.values == nil {
		o.values = map[string]json.RawMessage{}
	}
	if len(o.values) < 256 {
		o.values[key] = raw
	}
}

func (o *object) read(raw json.RawMessage) bool {
	return json.Unmarshal(raw, &o.values) == nil && o.values != nil
}

// text is the first value of these names as a string; numbers and booleans are
// made one, as the specification asks of ids.
func (o *object) text(names ...string) string {
	for _, name := range names {
		raw := o.values[name]
		var s string
		if len(raw) == 0 || string(raw) == "null" {
			continue
		}
		if raw[0] == '"' {
			if json.Unmarshal(raw, &s) == nil && s != "" {
				return s
			}
			continue
		}
		if raw[0] == '{' || raw[0] == '[' {
			o.repairs.add(wrongType)
			continue
		}
		if name != "size_in_bytes" {
			o.repairs.add(wrongType)
		} else if f, err := strconv.ParseFloat(string(raw), 64); err == nil && f >= 0 && f < 1<<53 {
			return strconv.FormatInt(int64(f), 10)
		}
		if len(raw) <= 64 {
			return string(raw)
		}
	}
	return ""
}

// elements are the values of an array, or the one value that stands for it.
func (o *object) elements(name string) []json.RawMessage {
	raw := o.values[name]
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	var list []json.RawMessage
	if raw[0] == '[' {
		if json.Unmarshal(raw, &list) != nil {
			return nil
		}
		return list[:min(len(list), maxCategories)]
	}
	return []json.RawMessage{raw}
}

func (o *object) objects(name string) []object {
	var list []object
	for _, raw := range o.elements(name) {
		sub := object{repairs: o.repairs}
		if sub.read(raw) {
			list = append(list, sub)
		}
	}
	return list
}

func (o *object) list(name string) []string {
	var list []string
	for _, raw := range o.elements(name) {
		one := object{values: map[string]json.RawMessage{"": raw}, repairs: o.repairs}
		if s := one.text(""); s != "" {
			list = append(list, s)
		}
	}
	return list
}

// people reads authors: objects with name and url, or only names.
func (o *object) people(name string) []news.Person {
	var list []news.Person
	for _, raw := range o.elements(name) {
		sub := object{repairs: o.repairs}
		if sub.read(raw) {
			list = append(list, news.Person{Name: html.EscapeString(sub.text("name")), URL: sub.text("url")})
			continue
		}
		one := object{values: map[string]json.RawMessage{"": raw}, repairs: o.repairs}
		list = append(list, person(one.text("")))
	}
	return list
}

package feed

import (
	"path"
	"strconv"
	"strings"

	"tinhub/fetcher/markup"
	"tinhub/news"

	ext "github.com/mmcdole/gofeed/extensions"
)

func (rd *reader) enclosures(files []news.Enclosure, base string) []news.Enclosure {
	var kept []news.Enclosure
	seen := map[string]bool{}
	for _, f := range files {
		f.URL = markup.Link(base, f.URL)
		if f.URL == "" || seen[f.URL] || len(kept) >= maxLinks {
			continue
		}
		seen[f.URL] = true
		f.Type, f.Title = news.Clean(strings.ToLower(f.Type)), clip(plainTitle(rd.kept(f.Title), false), maxTitle)
		f.Length = max(f.Length, 0)
		kept = append(kept, f)
	}
	return kept
}

// image is the lead image: what the feed names as one, else an enclosed image,
// else the first in the text.
func (rd *reader) image(d draft, e news.Entry, base string) *news.Image {
	candidates := d.images
	for _, f := range e.Enclosures {
		if pictureType(f.Type, f.URL) {
			candidates = append(candidates, news.Image{URL: f.URL, Caption: f.Title})
		}
	}
	for _, c := range candidates {
		c.URL = markup.Picture(base, c.URL)
		if c.URL == "" || c.Width > 0 && c.Width <= 2 {
			continue
		}
		c.Caption = clip(plainTitle(rd.kept(c.Caption), false), maxTitle)
		return &c
	}
	for _, fragment := range []string{e.Content, e.Summary} {
		if src, alt, width, height := markup.FirstImage(fragment); src != "" {
			return &news.Image{URL: src, Caption: clip(news.Clean(alt), maxTitle), Width: width, Height: height}
		}
	}
	return nil
}

// kept is a text that may have been kept aside.
func (rd *reader) kept(s string) string {
	if rd.text == nil {
		return s
	}
	return rd.text(s)
}

func pictureType(kind, address string) bool {
	if strings.HasPrefix(kind, "image") {
		return true
	}
	if kind != "" && kind != "application/octet-stream" {
		return false
	}
	address, _, _ = strings.Cut(address, "?")
	switch strings.ToLower(path.Ext(address)) {
	case ".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif":
		return true
	}
	return false
}

// media reads Media RSS: content and thumbnails, in groups or not. The largest
// picture comes first; what is no picture is an enclosure.
func media(m map[string][]ext.Extension) (images []news.Image, files []news.Enclosure) {
	var thumbs []news.Image
	var walk func(m map[string][]ext.Extension)
	walk = func(m map[string][]ext.Extension) {
		for _, c := range m["content"] {
			img := news.Image{URL: c.Attrs["url"], Caption: mediaText(c, m), Width: number(c.Attrs["width"]), Height: number(c.Attrs["height"])}
			if c.Attrs["medium"] == "image" || c.Attrs["medium"] == "" && pictureType(strings.ToLower(c.Attrs["type"]), img.URL) {
				if len(images) > 0 && img.Width > images[0].Width {
					images = append([]news.Image{img}, images...)
				} else {
					images = append(images, img)
				}
			} else if img.URL != "" {
				files = append(files, news.Enclosure{URL: img.URL, Type: c.Attrs["type"], Length: int64(number(c.Attrs["filesize"])), Title: img.Caption})
			}
			walk(c.Children)
		}
		for _, t := range m["thumbnail"] {
			address := t.Attrs["url"]
			if address == "" {
				address = t.Value
			}
			thumbs = append(thumbs, news.Image{URL: address, Width: number(t.Attrs["width"]), Height: number(t.Attrs["height"])})
		}
		for _, g := range m["group"] {
			walk(g.Children)
		}
	}
	walk(m)
	return append(images, thumbs...), files
}

func mediaText(c ext.Extension, around map[string][]ext.Extension) string {
	for _, m := range []map[string][]ext.Extension{c.Children, around} {
		for _, name := range []string{"title", "description"} {
			if t := firstText(m, name); t != "" {
				return t
			}
		}
	}
	return ""
}

func firstText(m map[string][]ext.Extension, name string) string {
	if list := m[name]; len(list) > 0 {
		return list[0].Value
	}
	return ""
}

func number(s string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(s), "px"))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

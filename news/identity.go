package news

import (
	"strconv"
	"strings"
)

// EntryKey is what an entry is called within its source: by its guid, else by
// where its link leads, else by title and date. A guid that is an address is
// named as an address, so that a paper's move to https makes nothing new.
func EntryKey(e Entry) Key {
	switch guid := strings.TrimSpace(e.GUID); {
	case guid != "" && isWebAddress(guid) && !strings.Contains(guid, "#"):
		return URLKey(guid)
	case guid != "":
		return KeyOf("guid", guid)
	case strings.TrimSpace(e.Link) != "":
		return URLKey(e.Link)
	}
	return KeyOf("title", Fold(e.Title), momentText(e.Published))
}

func isWebAddress(s string) bool {
	_, err := parseURL(s)
	return err == nil
}

// EntryHash is of what an entry says: two polls that give the same hash give
// nothing new. A relative date ("26 phút trước") is read anew at every poll and
// therefore is no part of it, nor is when the entry was seen.
func EntryHash(e Entry) Key {
	parts := []string{e.GUID, e.Link, e.Title, e.Summary, e.Content,
		momentText(e.Published), momentText(e.Updated), e.Section, e.Language, e.Origin}
	list := func(n int) { parts = append(parts, strconv.Itoa(n)) }
	list(len(e.Authors))
	for _, a := range e.Authors {
		parts = append(parts, a.Name, a.Email, a.URL)
	}
	list(len(e.Categories))
	for _, c := range e.Categories {
		parts = append(parts, c.Term, c.Scheme, c.Label)
	}
	list(len(e.Enclosures))
	for _, x := range e.Enclosures {
		parts = append(parts, x.URL, x.Type, strconv.FormatInt(x.Length, 10), x.Title)
	}
	if i := e.Image; i != nil {
		parts = append(parts, "image", i.URL, i.Caption, strconv.Itoa(i.Width), strconv.Itoa(i.Height))
	}
	if v := e.Via; v != nil {
		parts = append(parts, "via", v.Title, v.URL)
	}
	return KeyOf(parts...)
}

func momentText(m Moment) string {
	if m.IsZero() || m.Precision == Relative {
		return ""
	}
	return strconv.FormatInt(m.At.Unix(), 10) + " " + string(m.Precision)
}

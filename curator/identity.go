package curator

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"tinhub/news"
)

// A Kind is what an identity key is made of. All keys count within one paper
// only: what two papers share is a story, never an article.
type Kind string

// The kinds, from the surest.
const (
	ByURL    Kind = "url"    // the canonical address
	ByGUID   Kind = "guid"   // what the feed calls it
	ByNumber Kind = "number" // the trailing number of the address: slug and host may change around it
	ByText   Kind = "text"   // title and text: all names may change at once
)

// An Identity is one key that an article may be known by.
type Identity struct {
	Kind Kind
	Key  news.Key
}

// Identities are the keys that an entry of a paper may be known by, surest
// first. Two keys of a kind are never given.
func Identities(e news.Entry, family string) []Identity {
	ids := addressIdentities(e.Link, family)
	if e.GUID != "" {
		ids = slices.Insert(ids, min(1, len(ids)), Identity{ByGUID, news.KeyOf("guid", family, guidName(e.GUID))})
	}
	return append(ids, Identity{ByText, news.KeyOf("text", family, news.Fold(e.Title), news.Fold(telling(e)))})
}

// addressIdentities are the keys that an address alone gives: what `explain`
// finds an article by.
func addressIdentities(link, family string) []Identity {
	if link == "" {
		return nil
	}
	ids := []Identity{{ByURL, news.KeyOf("url", family, string(news.URLKey(link)))}}
	if n := news.ArticleNumber(link); n != "" {
		ids = append(ids, Identity{ByNumber, news.KeyOf("number", family, n)})
	}
	return ids
}

// AddressKeys are the keys that an article of a paper may be found by, given
// only its address.
func AddressKeys(link, family string) []news.Key { return keysOf(addressIdentities(link, family)) }

func keysOf(ids []Identity) []news.Key {
	keys := make([]news.Key, len(ids))
	for i, id := range ids {
		keys[i] = id.Key
	}
	return keys
}

// guidName makes guids that are addresses indifferent to scheme and tracking.
func guidName(guid string) string {
	if strings.HasPrefix(guid, "http://") || strings.HasPrefix(guid, "https://") {
		return string(news.URLKey(guid))
	}
	return guid
}

// maxTelling is how much of a text identifies it, in bytes.
const maxTelling = 4 << 10

// telling is the part of an entry's text that identifies it: the summary, which
// a paper's feeds share even where only some carry the whole text.
func telling(e news.Entry) string {
	if e.Summary != "" {
		return clip(news.Text(e.Summary), maxTelling)
	}
	return clip(news.Text(clip(e.Content, 4*maxTelling)), maxTelling)
}

// A Candidate is an article that one of an entry's keys leads to.
type Candidate struct {
	Kind    Kind
	Article news.Article
}

// A Decision says which article an entry belongs to, and why.
type Decision struct {
	Article string   // "" founds a new one
	Kind    Kind     // the key that led to it
	Reason  string   // a sentence
	Refused []string // for each candidate that it is not: why not
}

// Recognise decides which of the candidates an entry is, given surest first.
//
// A key is a claim, not a proof: papers use one guid for everything, one
// address for every item, and small numbers (…-ky-2.html) again and again. So
// each kind asks for as much agreement of title, text, date or another key as
// it takes to believe it. In doubt there are two articles: a duplicate is seen
// and mended, a lost article is not.
func Recognise(e news.Entry, candidates []Candidate) Decision {
	var d Decision
	for _, c := range candidates {
		yes, reason := agree(c.Kind, compare(e, c.Article))
		if yes {
			d.Article, d.Kind, d.Reason = c.Article.ID, c.Kind, reason
			return d
		}
		d.Refused = append(d.Refused, "not "+c.Article.ID+": "+reason)
	}
	d.Reason = "a new article: nothing known has its address, guid, number or text"
	if len(d.Refused) > 0 {
		d.Reason = "a new article: what shares a key with it differs in all else"
	}
	return d
}

// A likeness is what an entry and an article have in common.
type likeness struct {
	url, guid, title bool
	number, site     bool // a number long enough to be unique; the same registered domain
	numbersDiffer    bool // both addresses carry such a number, and not the same
	linkless         bool // one of them has no address
	instant          bool // published in the same minute
	day              bool // or on the same day, where no more is known
	undated          bool // one of them has no date
	titles           float64
	texts            float64 // containment of the shorter text in the longer
	length           int     // syllables of the shorter text
}

func compare(e news.Entry, a news.Article) likeness {
	l := likeness{
		linkless: e.Link == "" || a.Link == "",
		guid:     e.GUID != "" && guidName(e.GUID) == guidName(a.GUID) && guidName(e.GUID) != string(news.URLKey(e.Link)),
		titles:   containment(e.Title, a.Title, 1),
		undated:  e.Published.IsZero() || a.Published.IsZero(),
	}
	if !l.linkless {
		n, m := news.ArticleNumber(e.Link), news.ArticleNumber(a.Link)
		l.url = news.URLKey(e.Link) == news.URLKey(a.Link)
		l.number = n == m && telltale(n)
		l.numbersDiffer = n != m && telltale(n) && telltale(m)
		l.site = news.FamilyOf(e.Link) == news.FamilyOf(a.Link)
	}
	l.instant, l.day = sameTime(e.Published, a.Published)
	folded := news.Fold(e.Title)
	l.title = folded != "" && folded == news.Fold(a.Title)
	for _, r := range a.Revisions {
		l.title = l.title || folded != "" && r.Title != "" && folded == news.Fold(r.Title)
	}
	mine, theirs := telling(e), telling(a.Entry)
	l.texts = containment(mine, theirs, 3)
	l.length = min(len(news.Syllables(nil, mine)), len(news.Syllables(nil, theirs)))
	return l
}

// What it takes for texts to be alike, and to identify an article.
const (
	alike        = 0.8 // containment of shingles of 3 syllables
	somewhat     = 0.5
	sharedTitle  = 0.5 // of the shorter title's syllables
	textOfAWord  = 8   // syllables: fewer are a caption
	textOfItsOwn = 25  // syllables: more are not written twice
)

// agree says whether a likeness is enough for a key of a kind, in a sentence.
func agree(k Kind, l likeness) (bool, string) {
	similar := l.texts >= alike && l.length >= textOfAWord
	switch k {
	case ByURL:
		switch {
		case l.number:
			return true, "the same address, which carries the article's number"
		case l.title:
			return true, "the same address and title"
		case l.texts >= somewhat && l.length >= textOfAWord:
			return true, "the same address and a similar text"
		case l.guid:
			return true, "the same address and guid"
		case l.instant && l.titles >= sharedTitle:
			return true, "the same address and time of publication, and a similar title"
		}
		return false, "the same address, but another title, text and time: the address is used again"
	case ByGUID:
		switch {
		case l.url && l.guid:
			return true, "the same guid and address"
		case l.title && (!l.numbersDiffer || l.instant || similar):
			return true, "the same guid and title"
		case similar && !l.numbersDiffer:
			return true, "the same guid and text"
		case l.linkless && l.instant:
			return true, "the same guid and time of publication"
		}
		return false, "the same guid, but another address and another title: the guid is used again"
	case ByNumber:
		switch {
		case l.title:
			return true, "the same article number and title"
		case l.number && l.site && l.instant:
			return true, "the same article number and time of publication"
		case l.number && l.site && similar:
			return true, "the same article number and a similar text"
		case l.instant && l.titles >= sharedTitle:
			return true, "the same article number and time of publication, and a similar title"
		}
		return false, "the same number in the address, but another title"
	default:
		return agreeByText(l)
	}
}

// agreeByText believes equal words, unless they could be a formula that the
// paper uses every day (a timetable, a weather box) under a new number.
func agreeByText(l likeness) (bool, string) {
	switch {
	case l.instant && (l.length >= textOfAWord || !l.numbersDiffer):
		return true, "the same title, text and time of publication"
	case l.day && l.length >= textOfAWord:
		return true, "the same title, text and day"
	case l.undated && (l.length >= textOfAWord && !l.numbersDiffer || l.linkless):
		return true, "the same title and text"
	case l.length >= textOfItsOwn && !l.numbersDiffer:
		return true, "the same title and text, though dated otherwise"
	}
	return false, "the same title and text, but another date and address: a formula used again"
}

// dateLike are numbers that a date can be written as: 2023, 202306, 20230616.
var dateLike = regexp.MustCompile(`^(19|20)\d\d((0[1-9]|1[0-2])([0-2]\d|3[01])?)?$`)

// telltale says whether an article number (a86112, itemid=86112) is long enough
// to be the article's own, and is no date.
func telltale(number string) bool {
	if _, value, ok := strings.Cut(number, "="); ok {
		number = value
	}
	number = strings.TrimLeft(number, "abcdefghijklmnopqrstuvwxyz-")
	return len(number) >= 5 && !dateLike.MatchString(number)
}

// sameTime compares two times as far as both are known. A midnight is a day
// whose hour nobody filled in.
func sameTime(a, b news.Moment) (instant, day bool) {
	if a.IsZero() || b.IsZero() {
		return false, false
	}
	if exact(a) && exact(b) {
		same := a.At.Truncate(time.Minute).Equal(b.At.Truncate(time.Minute))
		return same, same
	}
	gap := a.At.Sub(b.At).Abs()
	return false, gap < 24*time.Hour
}

func exact(m news.Moment) bool {
	if m.Precision == news.Day || m.Precision == news.Relative {
		return false
	}
	h, min, s := m.At.Clock()
	return h+min+s > 0
}

// containment is how much of the shorter text's shingles, of n syllables each,
// stand in the longer one: 0 to 1; 0 where one has none.
func containment(a, b string, n int) float64 {
	x, y := shingles(a, n), shingles(b, n)
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(x) == 0 {
		return 0
	}
	var both int
	for s := range x {
		if y[s] {
			both++
		}
	}
	return float64(both) / float64(len(x))
}

func shingles(text string, n int) map[string]bool {
	ys := news.Syllables(nil, text)
	set := make(map[string]bool, len(ys))
	for i := 0; i+n <= len(ys); i++ {
		s := ys[i].Key
		for _, y := range ys[i+1 : i+n] {
			s += " " + y.Key
		}
		set[s] = true
	}
	return set
}

package fetcher

import (
	"fmt"
	"strings"
	"time"

	"tinhub/fetcher/client"
	"tinhub/news"
)

// What is decided about published addresses: when each is looked at again, and
// what makes a withdrawal of what was found there.

// Rechecking is how published addresses are looked at again.
type Rechecking struct {
	First   time.Duration // the first interval; it stretches with the article's age
	Confirm time.Duration // between a look that misses an article and the one that confirms it
}

// interval is how long after a look the next one is: the first interval for its
// eightfold, four of it for a day, a day for a month, then a week. With 15 minutes
// that is every quarter of an hour for two hours, hourly for a day, daily for a
// month.
func (r Rechecking) interval(age time.Duration) time.Duration {
	switch {
	case age < 8*r.First:
		return r.First
	case age < 96*r.First:
		return 4 * r.First
	case age < 30*96*r.First:
		return 96 * r.First
	default:
		return 7 * 96 * r.First
	}
}

// least is how far two looks at a host that is ill are apart at least.
const least = 10 * time.Minute

// A Relook is what a look at a published address means.
type Relook struct {
	Next   news.Recheck
	Gone   bool   // it is confirmed that the article was withdrawn
	Edited bool   // it is confirmed that its page reads otherwise
	Reason string // what was found
}

// Relooked decides what a look means. Only a page that is missing (404, 410, a
// redirect to the front page, a page that says so itself) can make a withdrawal,
// and only where a second look confirms it: what refuses us, fails or is slow says
// nothing of the article.
func Relooked(p news.Recheck, l PageLook, seen, now time.Time, o Rechecking) Relook {
	p.Last = now
	p.Looks++
	due := now.Add(o.interval(now.Sub(seen)))
	switch {
	case l.State == news.PageMissing && !p.Missing.IsZero() && now.Sub(p.Missing) >= o.Confirm:
		p.Detail = l.Detail
		took := now.Sub(p.Missing).Round(time.Second)
		return Relook{Next: p, Gone: true, Reason: fmt.Sprintf("its source took it down: %s; confirmed after %s", l.Detail, took)}
	case l.State == news.PageMissing:
		if p.Missing.IsZero() {
			p.Missing = now
		}
		p.Detail, due = l.Detail, p.Missing.Add(o.Confirm)
	case l.State == news.PageBlocked, l.State == news.PageFailing:
		p.Detail = l.Detail
		if due = now.Add(min(max(o.Confirm, time.Second), least)); p.Missing.IsZero() {
			due = now.Add(max(o.interval(now.Sub(seen)), min(least, 4*o.First)))
		}
		if wait := now.Add(l.RetryAfter); wait.After(due) {
			due = wait
		}
	default:
		p.Missing, p.Detail = time.Time{}, ""
	}
	p.Due = due
	return Relook{Next: p}
}

// Reread decides what the text of a page means that was found there. known is the
// hash of what its article is known to say, "" where that is not known; says that
// of what the page says now, "" where it was not read.
func (r Relook) Reread(known, says news.Key, l PageLook, o Rechecking) Relook {
	p := &r.Next
	was := p.Says
	switch {
	case says == "":
		return r
	case known == "":
		p.Said, p.Says = says, ""
	case says == known:
		p.Says = ""
	case says == was:
		r.Edited, p.Says = true, ""
	default:
		p.Says = says
		if due := p.Last.Add(o.Confirm); was == "" && due.Before(p.Due) {
			p.Due = due
		}
	}
	if p.ETag, p.LastModified = "", ""; known == "" || says == known {
		p.ETag, p.LastModified = l.ETag, l.LastModified
	}
	return r
}

// conditional asks for a page with the validators of the one that is known. A
// server may say "not modified" for ever: now and then it is asked without.
func conditional(q client.Request, p news.Recheck) client.Request {
	if p.Looks%4 != 3 {
		validate(q.Header, p.ETag, p.LastModified)
	}
	return q
}

// rereads says whether an article's page is read for edits that no feed tells of:
// where all of it may be shown, or what is shown was taken from it.
func rereads(src news.Source, a news.Article, scope news.Scope) bool {
	return src.FullText != news.FullTextNever && ownPage(src, a.Link) && (scope == news.ScopeFull || readBefore(a))
}

func readBefore(a news.Article) bool { return a.Full != nil && a.Full.Text != "" }

// knownText is the hash of what an article's page is known to say.
func knownText(p news.Recheck, a news.Article) news.Key {
	if readBefore(a) {
		return textKey(a.Full.HTML)
	}
	return p.Said
}

// textKey names a text, whatever its markup.
func textKey(html string) news.Key {
	words := strings.Fields(news.Text(html))
	if len(words) == 0 {
		return ""
	}
	return news.KeyOf(words...)
}

// A standing is what the last looks at a paper's pages found, oldest first.
type standing struct {
	missed []bool
	edited []bool
}

// Looks that are remembered of a paper, and how many of them may have missed, or
// found an edit, before it looks like the paper's own doing.
const (
	lastLooks = 20
	fewLooks  = 16
	fewEdits  = 6
)

func (s *standing) note(missed, edited bool) {
	s.missed, s.edited = latest(s.missed, missed), latest(s.edited, edited)
}

func latest(list []bool, one bool) []bool {
	list = append(list, one)
	return list[max(0, len(list)-lastLooks):]
}

func count(list []bool) (n int) {
	for _, yes := range list {
		if yes {
			n++
		}
	}
	return n
}

// redesigned says that so many of a paper's pages read otherwise at once as no
// newsroom edits: what stands around the articles did, or how we read them.
func (s *standing) redesigned() bool {
	n := count(s.edited)
	return n >= fewEdits && n*10 >= len(s.edited)*3
}

// moving says that nearly all pages of a paper are missing at once: a move to
// another system or a fault, and no withdrawals. They are waited for.
func (s *standing) moving() bool {
	n := count(s.missed)
	return n >= fewLooks && n*5 >= len(s.missed)*4
}

// movingWait is how long a paper whose pages are all missing is given to show
// them elsewhere; what is missing then is gone.
const movingWait = 3 * 24 * time.Hour

// postponed holds a withdrawal back where the whole paper seems to move.
func postponed(r Relook, s *standing, now time.Time) Relook {
	if !r.Gone || !s.moving() || now.Sub(r.Next.Missing) >= movingWait {
		return r
	}
	r.Gone = false
	r.Next.Detail = "nearly all pages of the paper are missing at once: it moves, or is ill; waited for until " + r.Next.Missing.Add(movingWait).UTC().Format(time.RFC3339)
	r.Next.Due = now.Add(time.Hour)
	return r
}

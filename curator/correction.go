package curator

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tinhub/news"
)

// A paper that corrects itself prints a notice, by law under the title "Thông tin
// cải chính, xin lỗi" and with the name of what it corrects. Whoever showed that
// shows the notice with it, for a week at least.

// fixFor is how long a notice is shown wherever what it corrects is, whatever the
// limits of the place.
const fixFor = 7 * 24 * time.Hour

// noticeTitle begins the folded title of a notice, noticeText stands in its text.
var (
	noticeTitle = regexp.MustCompile(`^(?:thông tin |tin |lơi2 |thư )?(?:cai3 chinh1|đinh1 chinh1|xin lôi4)(?: |$)`)
	noticeText  = []string{"xin lỗi", "bài viết", "bài báo", "có đăng", "đã đăng", "đăng bài", "đăng tải", "tòa soạn", "tòa báo", "sơ suất"}
	quoted      = regexp.MustCompile(`“([^“”\n]{8,300})”|"([^"\n]{8,300})"|«\s*([^«»\n]{8,300}?)\s*»`)
	webAddress  = regexp.MustCompile(`https?://[^\s"'<>()“”]+`)
	dayNamed    = regexp.MustCompile(`(?i)ngày\s+(\d{1,2})\s*[/.-]\s*(\d{1,2})(?:\s*[/.-]\s*(20\d\d))?`)
	href        = regexp.MustCompile(`(?i)href="([^"]+)"`)
)

// A Notice is what an article says of another one that it corrects.
type Notice struct {
	Titles []string    // that it quotes, in the order of the text
	Links  []string    // that it gives
	Days   []time.Time // that it may have been published on: their first moments
}

// NoticeOf says whether an article is a paper's correction of itself, and what it
// may be of. "Công ty X đính chính" is news of somebody else's.
func NoticeOf(a news.Article) (Notice, bool) {
	title := news.Fold(a.Title)
	if !noticeTitle.MatchString(title) {
		return Notice{}, false
	}
	lede, body := ledeAndBody(a)
	text := lede + "\n" + body
	folded := " " + news.Fold(text) + " "
	speaks := slices.ContainsFunc(noticeText, func(w string) bool { return strings.Contains(folded, " "+news.Fold(w)+" ") })
	if !speaks {
		return Notice{}, false
	}
	var n Notice
	for _, m := range quoted.FindAllStringSubmatch(a.Title+"\n"+text, 16) {
		n.Titles = append(n.Titles, strings.TrimSpace(m[1]+m[2]+m[3]))
	}
	html := a.Summary + " " + a.Content
	if a.Full != nil {
		html += " " + a.Full.HTML
	}
	for _, m := range href.FindAllStringSubmatch(html, 16) {
		n.Links = append(n.Links, strings.ReplaceAll(m[1], "&amp;", "&"))
	}
	n.Links = append(n.Links, webAddress.FindAllString(text, 16)...)
	n.Days = daysOf(a.Title+"\n"+text, Date(a).At)
	return n, true
}

// vietnam is the papers' zone; it has known no summer time since 1975.
var vietnam = time.FixedZone("+07", 7*60*60)

// daysOf are the days that a notice names, as "ngày 2/3/2026" or "ngày 2-3": of
// those without a year the last one before the notice.
func daysOf(text string, notice time.Time) []time.Time {
	var out []time.Time
	for _, m := range dayNamed.FindAllStringSubmatch(text, 8) {
		day, _ := strconv.Atoi(m[1])
		month, _ := strconv.Atoi(m[2])
		year, _ := strconv.Atoi(m[3])
		if m[3] == "" {
			year = notice.In(vietnam).Year()
		}
		t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, vietnam)
		if m[3] == "" && t.After(notice) {
			t = t.AddDate(-1, 0, 0)
		}
		if t.Day() == day && !t.After(notice) && !slices.ContainsFunc(out, t.Equal) {
			out = append(out, t)
		}
	}
	return out
}

// A quoter finds articles by what notices say of them, and the notices that came
// before what they correct. A Grouper may be one.
type quoter interface {
	// Titled finds a paper's article by a title that somebody quotes, "" where there is none.
	Titled(family, title string) (article string)
	// Awaiting gives the notices that quote an article's title or address.
	Awaiting(a news.Article) (notices []string)
}

// tie finds the story that a notice corrects and ties the two: by an address that
// the notice gives, else by a title that it quotes. One that cannot be tied is
// shown like any other story, an editor is told, and it waits for what it
// corrects. A notice that was withdrawn is tied to nothing.
func (w *work) tie(ctx context.Context, a news.Article) error {
	n, ok := NoticeOf(a)
	notice := w.is[w.of[a.ID]]
	if !ok || notice.ID == "" {
		return nil
	}
	if !a.Withdrawn.IsZero() {
		return w.untie(ctx, notice)
	}
	if notice.Corrects != "" || notice.Tied != "" {
		return nil
	}
	target, err := w.corrected(ctx, a, n)
	if err != nil {
		return err
	}
	if target.ID == "" || target.ID == notice.ID {
		notice.Untied = true
		w.is[notice.ID] = notice
		return nil
	}
	w.bind(notice, target, a.FirstSeen.UTC())
	return nil
}

// bind ties a notice to what it corrects, which is shown anew since then.
func (w *work) bind(notice, target news.Story, since time.Time) {
	target = w.add(target)
	notice.Corrects, notice.Untied = target.ID, false
	w.is[notice.ID] = notice
	if !slices.Contains(target.Corrected, notice.ID) {
		target.Corrected = append(slices.Clip(target.Corrected), notice.ID)
		target.Updated = later(target.Updated, since)
		w.is[target.ID] = target
	}
}

// tieByHand says what a story corrects, whatever the machine finds: it is bound by
// that until somebody leaves it to the machine again.
func (w *work) tieByHand(ctx context.Context, o news.Instruction) (fault, err error) {
	if len(o.Stories) != 1 || o.Tie == nil {
		return errors.New("it must name the one story that corrects, and what"), nil
	}
	notice, err := w.story(ctx, o.Stories[0])
	if err != nil {
		return nil, err
	}
	target := news.Story{}
	if o.Tie.Corrects != "" {
		if target, err = w.story(ctx, o.Tie.Corrects); err != nil {
			return nil, err
		}
	}
	switch {
	case notice.ID == "" || o.Tie.Corrects != "" && target.ID == "":
		return errors.New("one of the two stories is not there any more"), nil
	case target.ID == notice.ID || target.Corrects == notice.ID:
		return errors.New("no story corrects itself"), nil
	}
	notice = w.add(notice)
	if notice.Corrects != target.ID {
		if err := w.untie(ctx, notice); err != nil {
			return nil, err
		}
		notice = w.is[notice.ID]
		notice.Fixes = nil
	}
	notice.Untied, notice.Tied = o.Tie.Untied, o.Tie.Tied
	w.is[notice.ID] = notice
	if target.ID != "" {
		w.bind(notice, target, o.At.UTC())
	}
	return nil, nil
}

// untie parts a notice from what it corrects: nothing leads to what was withdrawn.
func (w *work) untie(ctx context.Context, notice news.Story) error {
	if notice.Corrects == "" {
		return nil
	}
	found, err := w.storiesOf(ctx, notice.Corrects)
	if err != nil {
		return err
	}
	if target := found[0]; target.ID != "" {
		target = w.add(target)
		target.Corrected = slices.DeleteFunc(slices.Clone(target.Corrected), func(id string) bool { return id == notice.ID })
		w.is[target.ID] = target
	}
	notice.Corrects, notice.Untied = "", notice.Tied != "" // what a hand tied, a hand ties again
	w.is[notice.ID] = notice
	return nil
}

// retie ties the notices that came before an article that they correct.
func (w *work) retie(ctx context.Context, a news.Article) error {
	g, ok := w.t.o.Grouper.(quoter)
	if !ok {
		return nil
	}
	ids := g.Awaiting(a)
	notices, err := w.readAll(ctx, ids...)
	if err != nil {
		return err
	}
	stories, err := w.storiesOf(ctx, ids...)
	if err != nil {
		return err
	}
	for i, s := range stories {
		if s.ID == "" || !s.Untied {
			continue
		}
		w.add(s)
		if err := w.tie(ctx, notices[i]); err != nil {
			return err
		}
	}
	return nil
}

// corrected is the story that a notice is of.
func (w *work) corrected(ctx context.Context, a news.Article, n Notice) (news.Story, error) {
	ids, err := w.addressed(ctx, a, n.Links)
	if err != nil {
		return news.Story{}, err
	}
	if g, ok := w.t.o.Grouper.(quoter); ok {
		for _, title := range n.Titles {
			ids = append(ids, g.Titled(a.Family, title))
		}
	}
	for _, id := range ids {
		if id == "" || id == a.ID {
			continue
		}
		s, err := w.storiesOf(ctx, id)
		if err != nil || s[0].ID != "" {
			return s[0], err
		}
	}
	return w.dated(ctx, a, n)
}

// addressed are the articles of a notice's paper that stand, or stood under a
// former host of it, at addresses.
func (w *work) addressed(ctx context.Context, a news.Article, links []string) ([]string, error) {
	var ids []string
	for _, f := range append([]string{a.Family}, w.lens.former[a.Source]...) {
		var keys []news.Key
		for _, l := range links {
			if news.URLKey(l) != news.URLKey(a.Link) {
				keys = append(keys, AddressKeys(l, f)...)
			}
		}
		if len(keys) == 0 {
			continue
		}
		found, err := w.t.deps.Shelf.Find(ctx, news.ShardOf(f), keys)
		if err != nil {
			return nil, fmt.Errorf("look up what %s corrects: %w", a.ID, err)
		}
		ids = append(ids, found...)
	}
	return ids, nil
}

// How far around a date a notice's article is looked for, and among how many
// stories at most: a printed issue is of the day after its article.
const (
	aroundDate = 24 * time.Hour
	mostDated  = 1000
)

// dated finds what a notice corrects by the title and the date that it gives,
// however long ago that was: among the stories of the paper's province, or all.
func (w *work) dated(ctx context.Context, a news.Article, n Notice) (news.Story, error) {
	channel := news.Everything
	if p := w.lens.sources[a.Source].Province; p != "" {
		channel = news.ProvinceChannel(p)
	}
	for _, day := range n.Days {
		if len(n.Titles) == 0 {
			break
		}
		stories, err := w.t.deps.Archive.Between(ctx, channel, news.Newest, day.Add(-aroundDate), day.Add(2*aroundDate), 0, mostDated)
		if err != nil {
			return news.Story{}, fmt.Errorf("look for what %s corrects: %w", a.ID, err)
		}
		for _, s := range stories {
			for _, m := range s.Members {
				own := w.lens.families[m.Source] == a.Family && m.Article != a.ID
				if own && slices.ContainsFunc(n.Titles, func(t string) bool { return quotes(t, m.Title) }) {
					found, err := w.storiesOf(ctx, m.Article)
					return found[0], err
				}
			}
		}
	}
	return news.Story{}, nil
}

// quotes says that a quoted title is an article's, whole or up to its colon.
func quotes(quoted, title string) bool {
	folded := news.Fold(quoted)
	return folded != "" && slices.ContainsFunc(quotable(title), func(t string) bool { return news.Fold(t) == folded })
}

// bringNotices has the notices of what is filed here filed with it: they are shown
// wherever that is.
func (w *work) bringNotices(ctx context.Context) error {
	var ids []string
	for _, id := range w.order {
		ids = append(ids, w.is[id].Corrected...)
	}
	notices, err := w.storiesOf(ctx, ids...)
	if err != nil {
		return err
	}
	for _, n := range notices {
		if n.ID != "" {
			w.add(n)
		}
	}
	slices.SortStableFunc(w.order, func(a, b string) int { // what they correct is decided first
		return compareBool(w.is[a].Corrects != "", w.is[b].Corrects != "")
	})
	return nil
}

// spread tells the notices of a story in which channels it stands or stood.
func (w *work) spread(s news.Story) {
	for _, id := range s.Corrected {
		n, ok := w.is[w.of[id]] // by its first article: it may have become part of another
		if !ok || n.ID == s.ID {
			continue
		}
		n.Corrects = s.ID
		n.Fixes = union(slices.Clone(n.Fixes), s.Traces)
		for _, f := range s.Filings {
			n.Fixes = union(n.Fixes, []string{f.Channel})
		}
		slices.Sort(n.Fixes)
		w.is[n.ID] = n
	}
}

// fix has a notice shown wherever what it corrects stands or stood, until its week
// is over: no rule, age or limit keeps it out.
func fix(s news.Story, plain news.Filing) news.Story {
	if s.Corrects == "" {
		return s
	}
	until := later(later(s.Published, s.FirstSeen), plain.From).Add(fixFor).UTC()
	for _, c := range s.Fixes {
		i := slices.IndexFunc(s.Filings, func(f news.Filing) bool { return f.Channel == c })
		if i < 0 {
			f := plain
			f.Channel, f.Until, f.Reasons = c, until, append(slices.Clone(f.Reasons), "it corrects a story that stands here")
			s.Filings = append(s.Filings, f)
			i = len(s.Filings) - 1
		}
		f := &s.Filings[i]
		f.Fix = until
		if !f.Until.IsZero() {
			f.Until = later(f.Until, until)
		}
	}
	return s
}

package curator

import (
	"context"
	"fmt"
	"regexp"
	"slices"
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
	href        = regexp.MustCompile(`(?i)href="([^"]+)"`)
)

// A Notice is what an article says of another one that it corrects.
type Notice struct {
	Titles []string // that it quotes, in the order of the text
	Links  []string // that it gives
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
	return n, true
}

// titled finds a paper's article by a title that somebody quotes. A Grouper may be
// one.
type titled interface {
	Titled(family, title string) (article string)
}

// tie finds the story that a notice corrects and ties the two: by an address that
// the notice gives, else by a title that it quotes. One that cannot be tied is
// shown like any other story, and an editor is told.
func (w *work) tie(ctx context.Context, a news.Article) error {
	n, ok := NoticeOf(a)
	notice := w.is[w.of[a.ID]]
	if !ok || notice.Corrects != "" || notice.ID == "" {
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
	target = w.add(target)
	notice.Corrects, notice.Untied = target.ID, false
	notice.Fixes = slices.Clone(target.Traces)
	for _, f := range target.Filings {
		if f.In {
			notice.Fixes = append(notice.Fixes, f.Channel)
		}
	}
	slices.Sort(notice.Fixes)
	notice.Fixes = slices.Compact(notice.Fixes)
	w.is[notice.ID] = notice
	if !slices.Contains(target.Corrected, notice.ID) {
		target.Corrected = append(slices.Clip(target.Corrected), notice.ID)
		target.Updated = later(target.Updated, a.FirstSeen.UTC())
		w.is[target.ID] = target
	}
	return nil
}

// corrected is the story that a notice is of.
func (w *work) corrected(ctx context.Context, a news.Article, n Notice) (news.Story, error) {
	shard, ok := news.Shard(a.ID)
	var ids []string
	if ok {
		var keys []news.Key
		for _, l := range n.Links {
			if news.URLKey(l) != news.URLKey(a.Link) {
				keys = append(keys, AddressKeys(l, a.Family)...)
			}
		}
		found, err := w.t.deps.Shelf.Find(ctx, shard, keys)
		if err != nil {
			return news.Story{}, fmt.Errorf("look up what %s corrects: %w", a.ID, err)
		}
		ids = found
	}
	if g, ok := w.t.o.Grouper.(titled); ok {
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
	return news.Story{}, nil
}

// fix has a notice shown wherever what it corrects stands or stood, until its week
// is over: no rule, age or limit keeps it out.
func fix(s news.Story, plain news.Filing) news.Story {
	if s.Corrects == "" {
		return s
	}
	until := later(s.Published, s.FirstSeen).Add(fixFor)
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

package admin

import (
	"encoding/json"
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"tinhub/news"
)

// funcs are what the pages call; times are shown in zone.
func funcs(language string, zone *time.Location) template.FuncMap {
	t := func(vi string) string { return translate(language, vi) }
	return template.FuncMap{
		"t":       t,
		"say":     func(s string) template.HTML { return say(language, s, true) },
		"within":  func(s string) template.HTML { return say(language, s, false) },
		"state":   func(s string) string { return t(stateTexts[s]) },
		"tone":    func(s string) string { return tones[s] },
		"what":    func(s string) string { return whatText(language, s) },
		"states":  func() map[string]string { return stateTexts },
		"stateof": SourceForm.word,
		"when": func(at time.Time) string {
			if at.IsZero() {
				return "–"
			}
			return at.In(zone).Format("15:04 · 02/01/2006")
		},
		"day":     day,
		"machine": func(at time.Time) string { return at.UTC().Format(time.RFC3339) },
		"ago":     func(at time.Time) string { return ago(language, at, time.Now()) },
		"span":    func(s string) string { return span(language, s) },
		"format": func(s string) string {
			if s == "page" { // the others are names
				return t("trang web")
			}
			return s
		},
		"lines": func(list []string) string { return strings.Join(list, "\n") },
		"join":  func(list []string) string { return strings.Join(list, ", ") },
		"has": func(list []string, s string) bool {
			for _, x := range list {
				if x == s {
					return true
				}
			}
			return false
		},
		"short": func(s string) string { return news.Excerpt(s, 160) },
		"web": func(s string) string { // only what a browser may open
			if strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") {
				return s
			}
			return ""
		},
		"number":  func(n int64) string { return grouped(n) },
		"bytes":   func(n int64) string { return size(n) },
		"periods": func() []string { return []string{"7", "30", "90", "365"} },
		"dict": func(pairs ...any) map[string]any {
			m := map[string]any{}
			for i := 0; i+1 < len(pairs); i += 2 {
				m[pairs[i].(string)] = pairs[i+1]
			}
			return m
		},
		"days": func() []string { return []string{"7", "30", "90"} },
		"feeds": func(base, id string) []string {
			at := base + "/topics/" + id
			return []string{at, at + ".rss", at + ".atom", at + ".json"}
		},
		"waiting": func(list string) string { return t(waitingTexts[list]) },
		"text":    func(raw json.RawMessage) string { return string(raw) },
		"undo":    func(d *decidedRow, next string) map[string]any { return map[string]any{"Undo": d, "Next": next} },
		"word":    func(r decidedRow) string { return r.Word(language) },
		"deskrow": func(r deskRow, d deskList, may bool) map[string]any {
			return map[string]any{"Row": r, "Topic": d.Topic, "May": may}
		},
		"decided": func(items []decidedRow, may bool, next string) map[string]any {
			return map[string]any{"Items": items, "May": may, "Next": next}
		},
		"score": func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) },
	}
}

// day is a day as the forms write it, in the order of Vietnam.
func day(s string) string {
	at, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return "–"
	}
	return at.Format("02/01/2006")
}

// ago is how far a time lies from now, in the coarsest unit that says something.
func ago(language string, at, now time.Time) string {
	if at.IsZero() {
		return translate(language, "chưa có")
	}
	d := now.Sub(at)
	form := "%s trước"
	if d < 0 {
		d, form = -d, "sau %s"
	}
	n, unit := 0, ""
	switch {
	case d < time.Minute:
		return translate(language, "vừa xong")
	case d < time.Hour:
		n, unit = int(d/time.Minute), "phút"
	case d < 48*time.Hour:
		n, unit = int(d/time.Hour), "giờ"
	default:
		n, unit = int(d/(24*time.Hour)), "ngày"
	}
	return fmt.Sprintf(translate(language, form), strconv.Itoa(n)+" "+translate(language, unit))
}

// span is a length of time, written as Go does, in the coarsest units that say it whole
// to the minute: "1 giờ 30 phút".
func span(language, s string) string {
	d, err := time.ParseDuration(s)
	if err != nil {
		return "–"
	}
	if d < time.Minute {
		return strconv.Itoa(int(d/time.Second)) + " " + translate(language, "giây")
	}
	var parts []string
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{24 * time.Hour, "ngày"}, {time.Hour, "giờ"}, {time.Minute, "phút"}} {
		if n := int(d / u.unit); n > 0 {
			parts = append(parts, strconv.Itoa(n)+" "+translate(language, u.name))
		}
		d %= u.unit
	}
	return strings.Join(parts, " ")
}

// grouped is a number with a thin space between thousands.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

// size is a number of bytes as people say it.
func size(n int64) string {
	const unit = 1000
	switch f := float64(n); {
	case n < unit:
		return strconv.FormatInt(n, 10) + " B"
	case n < unit*unit:
		return strconv.FormatFloat(f/unit, 'f', 0, 64) + " kB"
	case n < unit*unit*unit:
		return strconv.FormatFloat(f/unit/unit, 'f', 1, 64) + " MB"
	default:
		return strconv.FormatFloat(f/unit/unit/unit, 'f', 1, 64) + " GB"
	}
}

// outputTexts are what is counted, in words; formats are their own.
var outputTexts = map[string]string{news.UsePush: "Gửi tới người đăng ký", news.UseWidget: "Khung tin", "html": "Trang web", "rss": "RSS", "atom": "Atom", "json": "JSON"}

// readerTexts are the kinds of readers that are no software's name.
var readerTexts = map[string]string{news.ReaderBrowser: "Trình duyệt", news.ReaderRobot: "Máy thu thập", news.ReaderOther: "Khác", "": "Khác"}

// stateTexts are the states of a source, in words.
var stateTexts = map[string]string{
	"ok": "Tốt", "unchanged": "Không đổi", "empty": "Trống", "stale": "Cũ", "not a feed": "Không phải nguồn tin", "blocked": "Bị chặn",
	"failing": "Lỗi", "gone": "Đã bỏ", "new": "Chưa đọc", "paused": "Tạm dừng",
	agreedEnded: "Thỏa thuận hết hạn", agreedEnding: "Thỏa thuận sắp hết hạn", agreedRunning: "Đang có hiệu lực", agreedLater: "Chưa có hiệu lực",
	subActive: "Đang nhận", subEnded: "Đã kết thúc",
	news.PushAsked: "Chờ xác nhận", news.PushDenied: "Bị từ chối", news.PushLeaving: "Đang thôi nhận",
}

// tones are the colours of the states.
var tones = map[string]string{
	"ok": "good", "unchanged": "good", "empty": "warn", "stale": "warn", "not a feed": "bad", "blocked": "bad", "failing": "bad", "gone": "bad", "new": "idle", "paused": "idle",
	"enters": "good", "leaves": "bad", "stays": "idle", "added": "good", "known": "idle", "refused": "bad",
	agreedEnded: "bad", agreedEnding: "warn", agreedRunning: "good", agreedLater: "idle",
	subActive: "good", subEnded: "idle",
	news.PushAsked: "idle", news.PushDenied: "warn", news.PushLeaving: "idle",
}

// doneTexts are what was done, by the word that a redirect carries.
var doneTexts = map[string]string{
	"decided": "Đã quyết định; bạn đọc thấy ngay.",
	"added":   "Đã thêm.", "changed": "Đã lưu.", "removed": "Đã xóa.", "asked": "Đã yêu cầu đọc ngay; kết quả hiện sau vài giây.",
	"replayed": "Đang gửi lại; kết quả hiện sau vài giây.", "ended": "Đang kết thúc đăng ký; bên nhận sẽ được báo.",
	"sent":     "Đã gửi thử: hãy xem ở nơi nhận.",
	"password": "Đã đổi mật khẩu; các phiên khác đã kết thúc.",
}

// whatText is what a decision did, in words.
func whatText(language, what string) string {
	if s, ok := whatTexts[what]; ok {
		return translate(language, s)
	}
	return what
}

var whatTexts = map[string]string{
	"user.add": "Thêm tài khoản", "user.role": "Đổi vai trò", "user.password": "Đổi mật khẩu", "user.remove": "Xóa tài khoản", "user.feed": "Tạo địa chỉ theo dõi lỗi",
	"article.evidence": "Mở bằng chứng đã niêm phong",
	"alert.add":        "Thêm nơi nhận cảnh báo", "alert.update": "Sửa nơi nhận cảnh báo", "alert.remove": "Xóa nơi nhận cảnh báo", "alert.test": "Gửi thử cảnh báo", "mail.update": "Sửa máy chủ thư",
	"token.add": "Tạo khóa API", "token.revoke": "Thu hồi khóa API",
	"source.add": "Thêm nguồn", "source.update": "Sửa nguồn", "source.remove": "Xóa nguồn", "source.poll": "Đọc ngay",
	"topic.add": "Thêm chuyên đề", "topic.update": "Sửa chuyên đề", "topic.remove": "Xóa chuyên đề",
	"partner.add": "Thêm đối tác", "partner.update": "Sửa đối tác", "partner.remove": "Xóa đối tác", "partner.key": "Thu hồi khóa đối tác",
	"subscription.end": "Kết thúc đăng ký", "subscription.replay": "Gửi lại", "withdraw": "Gỡ bài", "withdraw.undo": "Cho đăng lại",
	"story.headline": "Sửa tiêu đề", "story.note": "Ghi chú", "story.hide": "Ẩn khắp nơi", "story.show": "Hiện lại", "story.release": "Cho đăng ngay", "story.review": "Đã xem, giữ lại",
	"story.pin": "Ghim", "story.unpin": "Bỏ ghim", "story.file": "Xếp vào", "story.take": "Đưa ra", "story.move": "Xếp lại", "story.curate": "Biên tập", "story.undo": "Hoàn tác",
	"story.merge": "Gộp", "story.split": "Tách", "story.group": "Hoàn tác gộp, tách",
	"story.tie": "Nối đính chính", "story.edit.take": "Nhận sửa đổi", "story.edit.refuse": "Từ chối sửa đổi", "story.edit.back": "Trả sửa đổi về chờ",
}

// waitingTexts are the lists of what waits, in words.
var waitingTexts = map[string]string{
	"missing": "Không còn ở báo, chờ xác nhận gỡ", "review": "Nguồn gốc đã gỡ, cần xem lại", "quarantine": "Cách ly", "edits": "Sửa đổi đang chờ",
	"corrections": "Đính chính", "held": "Chưa đến giờ đăng", "withdrawn": "Đã gỡ",
}

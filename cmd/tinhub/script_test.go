package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tinhub/cmd/tinhub/press"
	"tinhub/publisher/feed"
)

// TestScript is the press from the first print to the last withdrawal: the same
// story told once, corrected and withdrawn everywhere. Read it from top to bottom;
// `go test ./cmd/tinhub -run TestScript -v` prints what happens.
func TestScript(t *testing.T) {
	long(t)
	t.Parallel()
	stores(t, func(t *testing.T, url string) {
		s := newScripted(t, url)
		for _, part := range []struct {
			title string
			play  func(*scripted)
		}{
			{"a paper prints", printed},
			{"papers reprint an agency's text", reprinted},
			{"two stories turn out to be one", joinedLater},
			{"a bulletin has other figures every day", bulletins},
			{"a paper changes a figure, and says so in its feed", edited},
			{"a paper changes a figure on its page, and says nothing", editedSilently},
			{"a paper corrects itself", corrected},
			{"what rolls off a feed, refuses or fails is not withdrawn", notWithdrawn},
			{"papers take articles down", takenDown},
			{"whom copies credit takes its text down", originTakesDown},
			{"somebody orders an article out", ordered},
			{"feeds that are never at rest", restless},
			{"all guids are new", func(s *scripted) { moved(s, "bao-song-trang", press.NewGUIDs) }},
			{"all addresses say https", func(s *scripted) { moved(s, "bao-cao-nguyen", press.Secure) }},
			{"a paper has another CMS", func(s *scripted) { moved(s, "bao-doi-che", press.NewAddresses) }},
			{"a paper has another host", renamed},
			{"a flood", flooded},
		} {
			s.say("%s", strings.ToUpper(part.title))
			part.play(s)
			s.settled()
		}
		s.verdict()
	})
}

// bridge is a text with a figure in it; so is each that a part writes.
func bridge(metres string) []string {
	return []string{
		"Sáng nay, bà con hai bờ rạch Ông Tư có cầu mới dài " + metres + " mét thay cho chuyến đò ngang đã chạy hơn bốn mươi năm.",
		"Cây cầu do dân góp công, tỉnh góp xi măng; thợ làm suốt mùa khô để kịp trước vụ lúa hè thu.",
		"Ông Sáu Lành, người lái đò cuối cùng, nói ông sẽ giữ chiếc đò cũ làm kỷ niệm và chuyển sang trồng dừa xiêm ven bờ rạch.",
	}
}

func printed(s *scripted) {
	s.adds(1, func() {
		it := s.press.Print("bao-song-trang", press.Draft{Title: "Khánh thành cầu Ông Tư", Section: "Xã hội", Author: "Thu Hà", Text: bridge("64")})
		s.shows(it)
		// Its paper agreed to all of it being shown, and named it is everywhere.
		s.await("all of its text is shown, with the paper's name", func() error {
			if x := s.story(it); !strings.Contains(x.HTML, "dừa xiêm") || !strings.Contains(x.HTML, "Báo Sông Trăng") {
				return fmt.Errorf("%s", x.HTML)
			}
			return nil
		})
		if e := s.explain(it); len(e.From) != 1 || e.Agencies != 1 || e.Publish.Scope != "full" || !e.Speaks {
			s.Errorf("explain says %s", e.text(time.UTC))
		}
	})
}

func choir(visitors string) []string {
	return []string{
		"Đêm hội hát ru ba miền khai mạc tối qua bên hồ, đón " + visitors + " lượt khách, đông nhất từ trước đến nay.",
		"Hai mươi bảy đội hát đến từ các làng nghề, đội nhỏ tuổi nhất toàn học sinh lớp ba của một trường vùng cao.",
		"Ban tổ chức dựng sân khấu bằng tre và thuyền thúng, không dùng loa lớn để người nghe ngồi gần lại với nhau.",
		"Hội còn kéo dài hai đêm nữa, mỗi đêm có một giờ dành cho người xem lên hát bài ru của quê mình.",
	}
}

func reprinted(s *scripted) {
	s.adds(1, func() {
		wire := s.press.Print("hang-tin", press.Draft{Title: "Khai hội hát ru ba miền", Section: "Văn hóa", Author: "Minh Nguyệt", Text: choir("3.200")})
		copies := s.press.Copy(wire.Number, "TTXVN", "bao-mui-dat", "bao-doi-che")
		e := s.awaitExplained(copies[1], "three papers tell one story", func(e explained) bool { return len(e.Members) == 3 })
		if e.Agencies != 1 || e.Why == "" {
			s.Errorf("told by %d independent agencies, want the one that the copies credit: %+v", e.Agencies, e.Members)
		}
		if speaks := s.explain(wire); !speaks.Speaks {
			s.Errorf("whom the copies credit does not speak for them")
		}
		s.shows(wire)
		s.await("the others are named beside it", func() error {
			for _, path := range []string{"/topics/tat-ca.rss", "/topics/tat-ca.atom", "/topics/tat-ca.json", "/topics/tat-ca", "/stories/" + e.Story} {
				for _, link := range []string{copies[0].Link, copies[1].Link} {
					if ok, err := s.holds(path, link); !ok || err != nil {
						return fmt.Errorf("%s does not lead to %s: %w", path, link, errOr(err))
					}
				}
			}
			return nil
		})
	})
}

func errOr(err error) error {
	if err == nil {
		return fmt.Errorf("not there")
	}
	return err
}

func joinedLater(s *scripted) {
	var first, second press.Item
	s.adds(2, func() {
		text := []string{
			"Hợp tác xã Gò Sậy vừa bán chuyến khoai môn đầu mùa, thu 940 triệu đồng sau ba tháng bám ruộng.",
			"Xã viên chia nhau từng đoạn kênh để giữ nước ngọt, đêm nào cũng có người thức canh cống.",
			"Chủ nhiệm hợp tác xã cho biết vụ sau sẽ trồng xen đậu phộng để đất nghỉ và có thêm rau cho chợ phiên.",
		}
		first = s.press.Print("bao-cao-nguyen", press.Draft{Title: "Khoai môn Gò Sậy được giá", Section: "Kinh tế", Text: text})
		s.shows(first)
		second = s.press.Print("bao-mui-dat", press.Draft{Title: "Tin vắn từ Gò Sậy", Section: "Kinh tế", Text: []string{"Phóng viên đang viết bài này, mời bạn đọc quay lại sau ít phút để xem đầy đủ."}})
		s.shows(second)
	})
	older, gone := s.explain(first).Story, s.explain(second).Story
	if older == gone {
		s.Fatal("they are one from the beginning")
	}
	s.press.Reword(second.Number, "Phóng viên đang viết bài này, mời bạn đọc quay lại sau ít phút để xem đầy đủ.",
		"Hợp tác xã Gò Sậy vừa bán chuyến khoai môn đầu mùa, thu 940 triệu đồng sau ba tháng bám ruộng.", false)
	s.awaitExplained(second, "the younger story is part of the older one", func(e explained) bool { return e.Story == older && len(e.Members) == 2 })
	s.lost[second.Number] = true // it is told by the other's words from now on
	s.await("its address leads to the older story's for good", func() error {
		status, to, _, err := s.get("/stories/" + gone)
		if err != nil || status != 301 || !strings.HasSuffix(to, "/stories/"+older) {
			return fmt.Errorf("status %d to %q", status, to)
		}
		return nil
	})
}

func bulletins(s *scripted) {
	s.adds(2, func() {
		var days []press.Item
		for i, kilo := range []string{"61.500", "64.200"} {
			days = append(days, s.press.Print("bao-cao-nguyen", press.Draft{Title: "Giá cà phê hôm nay " + fmt.Sprint(21+i) + "/11", Section: "Thị trường", Text: []string{
				"Giá cà phê nhân xô tại các huyện vùng cao sáng nay được thu mua ở mức " + kilo + " đồng một ki lô gam.",
				"Hồ tiêu đứng ở mức " + []string{"148.000", "151.500"}[i] + " đồng; sầu riêng loại một có giá " + []string{"92.000", "88.000"}[i] + " đồng.",
				"Người trồng được khuyên phơi sấy kỹ và chia lượng bán ra nhiều đợt để tránh lúc giá xuống.",
			}}))
		}
		s.shows(days[0])
		s.shows(days[1])
		if a, b := s.explain(days[0]), s.explain(days[1]); a.Story == b.Story {
			s.Errorf("two days of a bulletin are one story: %s", b.Why)
		}
	})
}

func edited(s *scripted) {
	it := s.press.Print("bao-doi-che", press.Draft{Title: "Đồi chè vào vụ hái", Section: "Kinh tế", Author: "Lan Anh", Text: []string{
		"Vụ chè năm nay cả xã hái được 7.310 tấn búp tươi, nhờ mưa sớm và đường lên đồi đã đổ bê tông.",
		"Mỗi sáng các chị lên đồi từ khi sương chưa tan, hát đối nhau từ luống này sang luống kia.",
	}})
	s.shows(it)
	before := s.story(it)
	etag := s.etag("/topics/tat-ca.json")
	s.press.Reword(it.Number, "7.310", "9.130", false)
	s.await("the new figure stands in every output", func() error {
		for _, f := range []string{".rss", ".atom", ".json", ""} {
			if ok, err := s.holds("/topics/tat-ca"+f, "9.130"); !ok {
				return fmt.Errorf("%s does not have it: %w", f, errOr(err))
			}
		}
		return nil
	})
	s.gone("nothing has the old figure any more", it.Title, "7.310")
	if after := s.story(it); after.ID != before.ID || !after.Modified.After(before.Modified) {
		s.Errorf("it was %s of %s, and is %s of %s", before.ID, before.Modified, after.ID, after.Modified)
	}
	s.delta(etag, "9.130", "7.310")
	e := s.explain(it)
	if r := e.Revisions[len(e.Revisions)-1]; len(r.Diff) == 0 || !strings.Contains(r.Diff[0].Was, "7.310") || !strings.Contains(r.Diff[0].Is, "9.130") {
		s.Errorf("the diff is not kept for editors: %+v", e.Revisions)
	}
}

func editedSilently(s *scripted) {
	it := s.press.Print("bao-song-trang", press.Draft{Title: "Chợ nổi thêm ghe", Section: "Kinh tế", Text: []string{
		"Phiên chợ nổi cuối tuần có 5.470 ghe xuồng chở trái cây và hoa kiểng, tiếng rao vang cả khúc sông.",
		"Bến đậu mới có phao tiêu và đèn nên ghe về từ khuya không còn phải neo giữa dòng.",
	}})
	s.shows(it)
	s.awaitExplained(it, "its page was read", func(e explained) bool { return strings.Contains(s.story(it).HTML, "phao tiêu") })
	s.press.Reword(it.Number, "5.470", "4.750", true)
	s.awaitExplained(it, "two looks at its page found the same: it is a revision", func(e explained) bool { return e.Revised == 2 })
	s.gone("nothing has the old figure any more, which its feed still gives", it.Title, "5.470")
	if x := s.story(it); !strings.Contains(x.HTML, "4.750") {
		s.Errorf("it is shown as %s", x.HTML)
	}
}

func corrected(s *scripted) {
	it := s.press.Print("bao-cao-nguyen", press.Draft{Title: "Thư viện lưu động lên bản xa", Section: "Giáo dục", Text: []string{
		"Chiếc xe chở sách của tỉnh vừa lên bản xa nhất, mang theo 2.860 cuốn truyện cho bốn điểm trường.",
		"Các em xếp hàng chọn sách dưới gốc sấu, cuốn nào cũng được bọc giấy báo cẩn thận trước khi mượn về.",
	}})
	s.shows(it)
	s.press.Reword(it.Number, "2.860", "2.680", false)
	notice := s.press.Correct("bao-cao-nguyen", it.Title, "2.860", "2.680", it.Number)
	s.tied(it, notice)
	// And one whose notice is read before it is.
	early := s.press.Correct("bao-mui-dat", "Rừng đước đón đàn cò trở lại", "350", "530", 0)
	s.awaitExplained(early, "a notice of something unknown waits, and an editor is told", func(e explained) bool { return e.Untied })
	late := s.press.Print("bao-mui-dat", press.Draft{Title: "Rừng đước đón đàn cò trở lại", Section: "Môi trường", Text: []string{
		"Sau ba năm khoanh nuôi, cánh rừng đước cuối đất đón hơn 530 con cò về làm tổ, có cả loài nằm trong sách đỏ.",
	}})
	s.shows(late)
	s.tied(late, early)
}

// tied waits until a notice and its article are shown with each other.
func (s *scripted) tied(it, notice press.Item) {
	s.Helper()
	story := ""
	s.awaitExplained(notice, "the notice is tied to its article", func(e explained) bool { story = e.Story; return e.Corrects != "" && !e.Untied })
	of := s.explain(it).Story
	s.await("each leads to the other in every output and page", func() error {
		for _, path := range []string{"/topics/tat-ca.rss", "/topics/tat-ca.atom", "/topics/tat-ca.json", "/topics/tat-ca", "/search.json?q=" + strings.ReplaceAll(it.Title, " ", "+")} {
			if ok, err := s.holds(path, "/stories/"+story); !ok {
				return fmt.Errorf("%s: its article does not lead to it: %w", path, errOr(err))
			}
		}
		for _, p := range [][2]string{{"/stories/" + of, "/stories/" + story}, {"/stories/" + story, "/stories/" + of}} {
			if ok, err := s.holds(p[0], p[1]); !ok {
				return fmt.Errorf("%s does not lead to %s: %w", p[0], p[1], errOr(err))
			}
		}
		return nil
	})
}

func notWithdrawn(s *scripted) {
	var all []press.Item
	var looked []func()
	for i, how := range []press.Absence{press.Forbidden, press.Broken, press.Silent, press.Present} {
		it := s.press.PrintAny([]string{"bao-song-trang", "bao-mui-dat", "bao-doi-che", "bao-cao-nguyen"}[i])
		s.shows(it)
		s.press.Answer(it.Number, how)
		s.press.Drop(it.Number)
		all, looked = append(all, it), append(looked, s.looked(it, 3))
	}
	for i, it := range all {
		looked[i]()
		if e := s.explain(it); e.Withdrawn != nil || !s.shownNow(e.Story) {
			s.Errorf("“%s” is taken for withdrawn: %s", it.Title, e.Reason)
		}
		s.press.Answer(it.Number, press.Present)
		s.press.Return(it.Number)
	}
}

func takenDown(s *scripted) {
	type taken struct {
		item        press.Item
		how         press.Absence
		story, etag string
	}
	var all []taken
	for i, how := range []press.Absence{press.NotFound, press.Deleted, press.SoftMissing, press.ToFront} {
		it := s.press.PrintAny([]string{"bao-song-trang", "bao-mui-dat", "bao-doi-che", "bao-cao-nguyen"}[i])
		s.shows(it)
		all = append(all, taken{it, how, s.explain(it).Story, s.etag("/topics/tat-ca.json")})
	}
	for _, t := range all {
		s.press.Answer(t.item.Number, t.how)
	}
	for _, t := range all {
		e := s.awaitExplained(t.item, "it was missing twice: "+string(t.how), func(e explained) bool { return e.Withdrawn != nil })
		if e.By != "source" || !strings.Contains(e.Reason, "confirmed") {
			s.Errorf("withdrawn by %q: %s", e.By, e.Reason)
		}
		s.calledBack(t.item, t.story, t.etag)
	}
}

// calledBack waits until a story is gone from everything but its traces.
func (s *scripted) calledBack(it press.Item, story, etag string) {
	s.Helper()
	s.gone("nothing tells of “"+it.Title+"” any more", firstWords(it.Title), it.Title, it.Link)
	s.await("Atom calls it back, and its page says that it is gone", func() error {
		if ok, err := s.holds("/topics/tat-ca.atom", "<at:deleted-entry"); !ok {
			return fmt.Errorf("no tombstone: %w", errOr(err))
		}
		if ok, err := s.holds("/topics/tat-ca.atom", `ref="`+feed.StoryID(story)); !ok {
			return fmt.Errorf("no tombstone of it: %w", errOr(err))
		}
		if status, _, _, err := s.hub.get("/stories/" + story); status != 410 {
			return fmt.Errorf("its page answers %d, %w", status, errOr(err))
		}
		return nil
	})
	s.delta(etag, "", it.Title)
}

// firstWords are what a reader may search a story by.
func firstWords(title string) string {
	words := strings.Fields(title)
	return strings.Join(words[:min(3, len(words)-1)], " ")
}

// delta reads what is new since a reader's ETag: it has some words, and others not.
func (s *scripted) delta(etag, with, without string) {
	s.Helper()
	status, header, body, err := s.hub.get("/topics/tat-ca.json", "A-IM", "feed", "If-None-Match", etag)
	if err != nil || status != 226 && status != 200 || status == 226 && header.Get("IM") != "feed" {
		s.Errorf("what is new since %s: status %d, %v", etag, status, err)
	}
	if text := plainly(body); !strings.Contains(text, with) || strings.Contains(text, without) {
		s.Errorf("what is new since %s has %q: %t, and %q: %t", etag, with, strings.Contains(text, with), without, strings.Contains(text, without))
	}
}

func originTakesDown(s *scripted) {
	text := choir("8.800")
	text[0] = "Đoàn tàu hàng đầu tiên chở 41 toa trái cây rời ga Mỏ Vàng tối qua, đi thẳng ra cảng không qua bãi trung chuyển."
	text[1] = "Nhà vườn đóng thùng ngay tại ga, mỗi thùng có mã để người mua ở xa tra được vườn nào hái ngày nào."
	wire := s.press.Print("hang-tin", press.Draft{Title: "Tàu trái cây rời ga Mỏ Vàng", Section: "Kinh tế", Text: text})
	copies := s.press.Copy(wire.Number, "TTXVN", "bao-mui-dat", "bao-cao-nguyen")
	s.awaitExplained(copies[0], "three papers tell one story", func(e explained) bool { return len(e.Members) == 3 })
	s.press.Answer(wire.Number, press.NotFound)
	e := s.awaitExplained(copies[0], "its copies are marked for an editor to look at", func(e explained) bool { return e.Review != "" })
	s.gone("nothing leads to what the agency took down", "Mỏ Vàng", wire.Link)
	if !s.shownNow(e.Story) {
		s.Error("the copies are gone, too: nobody ordered that")
	}
	code, out, errs := command(s.T, "withdraw", "-c", s.conf, "--copies", copies[0].Link, "--reason", "theo TTXVN")
	if code != exitDone || strings.Count(out, "withdrawn: ") != 3 || strings.Count(out, "as it was before: ") != 1 {
		s.Errorf("withdraw --copies: %d, %s%s", code, out, errs)
	}
	s.gone("an editor looked, and took them out", "Mỏ Vàng", wire.Title)
	s.lost[copies[0].Number], s.lost[copies[1].Number] = true, true
}

func ordered(s *scripted) {
	it := s.press.PrintAny("bao-song-trang")
	s.shows(it)
	story, etag := s.explain(it).Story, s.etag("/topics/tat-ca.json")
	code, out, errs := command(s.T, "withdraw", "-c", s.conf, it.Link, "--reason", "Công văn số 7", "--json")
	var r withdrawnResult
	if err := json.Unmarshal([]byte(out), &r); code != exitDone || err != nil || r.State != "withdrawn" {
		s.Fatalf("withdraw: %d, %s%s", code, out, errs)
	}
	s.calledBack(it, story, etag)
	s.lost[it.Number] = true
	// Its paper still prints it, edits it, and has it under a new guid: it stays out.
	s.press.Reword(it.Number, ".", " (có bổ sung).", false)
	s.press.Return(it.Number)
	s.polls("bao-song-trang", 3)
	if s.shownNow(story) {
		s.Error("what was ordered out came back by itself")
	}
	code, out, _ = command(s.T, "explain", "-c", s.conf, "--report", "--since", "1h")
	if code != exitDone || !strings.Contains(out, "Công văn số 7") || !strings.Contains(out, "withdrawn") {
		s.Errorf("the report is %s", out)
	}
}

func restless(s *scripted) {
	counted, advert, turned, returned := s.press.PrintAny("bao-song-trang"), s.press.PrintAny("bao-mui-dat"), s.press.PrintAny("bao-doi-che"), s.press.PrintAny("bao-cao-nguyen")
	all := []press.Item{counted, advert, turned, returned}
	for _, it := range all {
		s.shows(it)
	}
	s.adds(0, func() {
		s.press.Restless(counted.Number, func(lede string, n int) string { return fmt.Sprintf("%s (%d lượt xem)", lede, 100+n) })
		s.press.Restless(advert.Number, func(lede string, n int) string {
			return fmt.Sprintf("%s Tài trợ: cửa hàng số %c%c.", lede, 'a'+n%26, 'a'+n/26%26)
		})
		s.press.Restless(turned.Number, func(lede string, n int) string { return []string{lede, "Bản khác: " + lede}[n%2] })
		polled := s.polled(advert.Paper, 8)
		for range 3 {
			s.press.Drop(returned.Number)
			s.polls("bao-cao-nguyen", 2)
			s.press.Return(returned.Number)
			s.polls("bao-doi-che", 3)
		}
		polled()
	})
	for i, most := range []int{1, 6, 2, 1} { // revisions with the first
		if e := s.explain(all[i]); e.Revised > most {
			s.Errorf("“%s” was revised %d times, want at most %d: %+v", all[i].Title, e.Revised, most, e.Revisions)
		}
	}
	s.press.Restless(advert.Number, nil)
	s.press.Restless(turned.Number, nil)
	s.press.Restless(counted.Number, nil)
}

// moved has a paper name all that it has anew: nothing is published again, nothing
// is taken for withdrawn, and what comes next is news.
func moved(s *scripted, paper string, m press.Move) {
	s.say("  %s: %s", paper, m)
	before := s.withdrawn(paper)
	s.adds(1, func() {
		s.press.Move(paper, m)
		s.polls(paper, 2)
		next := s.press.PrintAny(paper)
		s.await("what it prints next is shown", func() error {
			if ok, err := s.holds("/topics/tat-ca.json", next.Title); !ok {
				return errOr(err)
			}
			return nil
		})
		if m == press.NewAddresses {
			for _, it := range s.press.Items() {
				if it.Paper == paper && it.Withdrawn.IsZero() && !s.lost[it.Number] && it.Number != next.Number {
					s.awaitExplained(it, "“"+it.Title+"” has its new address", func(e explained) bool { return e.Link == it.Link })
				}
			}
			s.looked(next, 3)()
		}
	})
	if after := s.withdrawn(paper); !slices.Equal(before, after) {
		s.Errorf("these were taken for withdrawn: %q, before %q", after, before)
	}
}

// withdrawn lists what explain calls withdrawn of a paper.
func (s *scripted) withdrawn(paper string) (titles []string) {
	s.Helper()
	for _, it := range s.press.Items() {
		if it.Paper != paper || !it.Withdrawn.IsZero() || s.lost[it.Number] {
			continue
		}
		if e := s.explain(it); e.Withdrawn != nil {
			titles = append(titles, it.Title+": "+e.Reason)
		}
	}
	return titles
}

func renamed(s *scripted) {
	const paper = "bao-cao-nguyen"
	s.adds(1, func() {
		i := slices.IndexFunc(s.papers, func(a press.Address) bool { return a.ID == paper })
		old := s.papers[i].Homepage
		at, err := s.press.Rename(s.Context(), paper)
		if err != nil {
			s.Fatal(err)
		}
		s.papers[i] = at
		s.configure(s.papers, map[string]string{paper: hostOf(old)})
		s.reload()
		s.polls(paper, 3)
		next := s.press.PrintAny(paper)
		s.shows(next)
	})
}

func hostOf(address string) string {
	return strings.TrimPrefix(strings.TrimSuffix(address, "/"), "http://")
}

func flooded(s *scripted) {
	const many, most = 165, 150 // the bound is in curator/former.go
	s.adds(most, func() {
		items := s.press.Flood("bao-doi-che", many)
		for _, it := range items {
			s.lost[it.Number] = true // until they are looked at below
		}
		s.polls("bao-doi-che", 2)
		s.await("what is beyond the flood's mark waits, and is reported", func() error {
			code, out, errs := command(s.T, "explain", "-c", s.conf, "--report", "--since", "1h", "--json")
			if code != exitDone {
				return fmt.Errorf("the report: %s", errs)
			}
			held := map[string]bool{}
			for line := range strings.Lines(out) {
				var v verdict
				if err := json.Unmarshal([]byte(line), &v); err != nil {
					return err
				}
				if v.State == "held" && strings.Contains(v.Reason, "one of more than 150 new articles") {
					held[v.Link] = true
				}
			}
			if len(held) != many-most {
				return fmt.Errorf("%d wait", len(held))
			}
			for _, it := range items {
				if !held[it.Link] {
					delete(s.lost, it.Number)
				}
			}
			return nil
		})
	})
}

// TestOneStoryOfTwoProcesses: copies that several papers print in the same moment are
// polled by two processes, and are one story each; also where the one that groups
// dies in the middle.
func TestOneStoryOfTwoProcesses(t *testing.T) {
	long(t)
	t.Parallel()
	p, papers := startPress(t, press.Options{Seed: 11, Papers: scriptPapers[:4], Initial: 1})
	conf := writeConfig(t, startRedis(t), papers, "")
	a, b := startProcess(t, nil, "serve", "-c", conf), startProcess(t, nil, "serve", "-c", conf)
	for n := range 6 {
		it := p.PrintAny("bao-song-trang")
		p.Copy(it.Number, "Báo Sông Trăng", "bao-mui-dat", "bao-doi-che", "bao-cao-nguyen")
		if n == 3 {
			a.kill()
			a = startProcess(t, nil, "serve", "-c", conf)
		}
		b.await(40*time.Second, fmt.Sprintf("round %d: each text is one story, and leads to all its papers", n+1), func() error {
			var doc struct{ Items []shownStory }
			_, _, body, err := b.get("/topics/tat-ca.json")
			if err == nil {
				err = json.Unmarshal(body, &doc)
			}
			if err != nil {
				return err
			}
			told := map[string][]string{} // words: the stories that tell them
			for _, it := range p.Items() {
				for _, x := range doc.Items {
					if strings.Contains(plainly([]byte(x.HTML)), it.Link) && !slices.Contains(told[it.Words], x.ID) {
						told[it.Words] = append(told[it.Words], x.ID)
					}
				}
			}
			for _, it := range p.Items() {
				if len(told[it.Words]) != 1 || !strings.Contains(plainly(body), it.Link) {
					return fmt.Errorf("“%s” of %s is told by %q", it.Title, it.Paper, told[it.Words])
				}
			}
			return nil
		})
	}
	a.stop()
	b.stop()
}

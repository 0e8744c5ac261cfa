package feed

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

const samples = "../../../shared/vn/samples/"

var testNow = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

func sample(t *testing.T, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(samples + name)
	if err != nil {
		t.Skipf("the domain's samples are not beside this repository: %v", err)
	}
	return body
}

func options() Options {
	return Options{
		Source: news.Source{ID: "bao-mau", Section: "Xây dựng Đảng"},
		URL:    "https://baotinh.example/rss/home.rss", Now: testNow, Language: "vi",
	}
}

// TestConstructedSamples holds every constructed file to what its README says of it.
func TestConstructedSamples(t *testing.T) {
	const lede = "Thực hiện chỉ đạo của Ban Thường vụ (BTV) Tỉnh ủy, năm 2023 tiếp tục triển khai thực hiện chủ đề học tập Bác năm 2022."
	for _, c := range []struct {
		file, charset, title, published string
		entries, rejected               int
		repairs                         []string
	}{
		{file: "01_gmt7_no_guid.xml", entries: 1, published: "2023-06-16T16:35:00+07:00", title: "Huyện Hồng Dân"},
		{file: "02_declares_utf16_is_utf8.xml", entries: 1, repairs: []string{wrongCharset}, title: "Huyện Hồng Dân"},
		{file: "03_bom_and_blank_before_decl.xml", entries: 1, repairs: []string{blankBefore}},
		{file: "04_unescaped_amp.xml", entries: 1, repairs: []string{bareAmpersand}, title: "Hội chợ OCOP & sản phẩm làng nghề 2023"},
		{file: "05_double_escaped.xml", entries: 1, repairs: []string{doubleEscaped}, title: `"3 xin": Xin chào, xin hỏi, xin cảm ơn`},
		{file: "06_undeclared_html_entities.xml", entries: 1, repairs: []string{htmlEntity}, title: "Báo cáo kinh tế – xã hội"},
		{file: "07_zero_items.xml", entries: 0},
		{file: "09_relative_and_http.xml", entries: 4},
		{file: "10_nfc_nfd_hybrid.xml", entries: 3, title: "Huyện Hồng Dân học và làm theo Bác: Phát huy phẩm chất đạo đức cách mạng của người cán bộ, công chức, viên chức"},
		{file: "11_cp1258.xml", entries: 1, charset: "windows-1258", title: "Thới Bình: Hoà giải ở cơ sở, thuỷ lợi nội đồng và giá lúa hè thu"},
		{file: "12_month_first_no_zone.xml", entries: 3, published: "2023-06-16T16:35:00+07:00"},
		{file: "13_sy_always.xml", entries: 1},
		{file: "14_empty_item_and_ctrl.xml", entries: 2, rejected: 1, repairs: []string{illegalCharacter}, title: "Dòng điều khiển trong tiêu đề"},
		{file: "15_correction.xml", entries: 2, title: "Thông tin cải chính, xin lỗi"},
		{file: "16a_before_takedown.xml", entries: 2},
		{file: "16b_after_takedown.xml", entries: 1},
		{file: "17_wire_copies.xml", entries: 3},
		{file: "18_trailing_garbage_and_premature_close.xml", entries: 1, repairs: []string{afterEnd}},
		{file: "19_tcvn3_no_charset.xml", entries: 1, charset: "tcvn3", repairs: []string{charsetGuessed}, title: "Thới Bình: Hoà giải ở cơ sở, thuỷ lợi nội đồng và giá lúa hè thu"},
	} {
		t.Run(c.file, func(t *testing.T) {
			doc, err := Parse(sample(t, "constructed/"+c.file), options())
			if err != nil {
				t.Fatal(err)
			}
			if len(doc.Entries) != c.entries || len(doc.Rejected) != c.rejected {
				t.Fatalf("%d entries, %d rejected, want %d, %d", len(doc.Entries), len(doc.Rejected), c.entries, c.rejected)
			}
			if want := or(c.charset, "utf-8"); doc.Charset != want {
				t.Errorf("charset %s, want %s", doc.Charset, want)
			}
			if doc.Format != "rss2.0" || doc.Language != "vi-vn" || doc.Truncated {
				t.Errorf("format %q, language %q, truncated %v", doc.Format, doc.Language, doc.Truncated)
			}
			var got []string
			for _, r := range doc.Repairs {
				got = append(got, r.What)
			}
			if diff := cmp.Diff(c.repairs, got); diff != "" {
				t.Errorf("repairs (-want +got):\n%s", diff)
			}
			if c.entries == 0 {
				return
			}
			e := doc.Entries[0]
			if !strings.HasPrefix(e.Title, c.title) || e.Source != "bao-mau" || e.Key == "" || e.Hash == "" {
				t.Errorf("entry %+v", e)
			}
			if want := or(c.published, "2023-06-16T16:35:00+07:00"); c.file != "15_correction.xml" && e.Published.At.In(testZone).Format(time.RFC3339) != want {
				t.Errorf("published %v, want %s", e.Published.At, want)
			}
			switch c.file[:2] {
			case "01", "19":
				if e.Summary != lede || e.Section != "Xây dựng Đảng" {
					t.Errorf("summary %q, section %q", e.Summary, e.Section)
				}
			case "04":
				if e.Link != "https://baotinh.example/kinh-te/hoi-cho-ocop-1.html?cat=3&page=1" {
					t.Errorf("link %s", e.Link)
				}
			case "05":
				if e.Summary != "Xã Vĩnh Lộc A – huyện Hồng Dân: &#39;nói đi đôi với làm&#39;" {
					t.Errorf("summary %s", e.Summary)
				}
			}
		})
	}
}

var testZone = time.FixedZone("+07", 7*60*60)

func TestConstructedDetails(t *testing.T) {
	doc, _ := Parse(sample(t, "constructed/09_relative_and_http.xml"), options())
	if got := doc.Entries[0]; got.GUID != "86112" || got.Link != "https://baotinh.example/xay-dung-dang/huyen-hong-dan-hoc-va-lam-theo-bac-86112.html" {
		t.Errorf("guid %q, link %q", got.GUID, got.Link)
	}
	if got := doc.Entries[1].Link; got != "http://www.baotinh.example/thoi-su/bai-thu-hai-2.html" {
		t.Errorf("link %q", got)
	}
	doc, _ = Parse(sample(t, "constructed/10_nfc_nfd_hybrid.xml"), options())
	if a, b, c := doc.Entries[0].Title, doc.Entries[1].Title, doc.Entries[2].Title; a != b || b != c {
		t.Errorf("titles differ: %q %q %q", a, b, c)
	}
	doc, _ = Parse(sample(t, "constructed/12_month_first_no_zone.xml"), options())
	for i, want := range []string{"2023-06-16T16:35:00+07:00", "2026-08-12T14:55:37+07:00", "2026-10-04T08:30:00+07:00"} {
		if got := doc.Entries[i].Published.At.In(testZone).Format(time.RFC3339); got != want {
			t.Errorf("published %s, want %s", got, want)
		}
	}
	doc, _ = Parse(sample(t, "constructed/13_sy_always.xml"), options())
	if doc.Pace.TTL != time.Hour {
		t.Errorf("always and ttl 0 mean %v, want an hour", doc.Pace.TTL)
	}
	doc, _ = Parse(sample(t, "constructed/15_correction.xml"), options())
	if want := `<a href="https://baotinh.example/xay-dung-dang/huyen-hong-dan-hoc-va-lam-theo-bac-86112.html">`; !strings.Contains(doc.Entries[0].Summary, want) {
		t.Errorf("summary %s lacks %s", doc.Entries[0].Summary, want)
	}
	doc, _ = Parse(sample(t, "constructed/17_wire_copies.xml"), options())
	if a, b, c := doc.Entries[0].Origin, doc.Entries[1].Origin, doc.Entries[2].Origin; a != "TTXVN" || b != "TTXVN" || c != "" {
		t.Errorf("origins %q, %q, %q", a, b, c)
	}
}

// TestRealSamples reads the feeds that were found in the wild.
func TestRealSamples(t *testing.T) {
	for _, c := range []struct {
		file              string
		entries, rejected int
	}{
		{"tuoitre-home_contract_fixture_SYNTHETIC.xml", 1, 0},
		{"vnexpress_the-gioi_2025-02-06_one-item_MALFORMED.xml", 1, 0},
		{"vnexpress_thoi-su_2017-03-25.xml", 25, 0},
		{"vnexpress_tin-moi-nhat_2017-04-19.xml", 25, 0},
		{"vnexpress_tin-moi-nhat_2017-11-14.xml", 24, 1},
	} {
		doc, err := Parse(sample(t, "rss/"+c.file), options())
		if err != nil || len(doc.Entries) != c.entries || len(doc.Rejected) != c.rejected || doc.Truncated {
			t.Errorf("%s: %d entries, %d rejected, truncated %v, %v", c.file, len(doc.Entries), len(doc.Rejected), doc.Truncated, err)
		}
		for _, e := range doc.Entries {
			if e.Title == "" || e.Link == "" || e.Published.IsZero() || e.Title != strings.TrimSpace(e.Title) {
				t.Errorf("%s: entry %+v", c.file, e)
			}
			if e.Image == nil && strings.Contains(c.file, "2017") {
				t.Errorf("%s: no image in %q", c.file, e.Title)
			}
		}
	}
}

func TestRealSampleAgainstExpected(t *testing.T) {
	var want []struct{ Title, Desc, Image, Link string }
	if err := json.Unmarshal(sample(t, "rss/vnexpress_tin-moi-nhat_2017-04-19.expected.json"), &want); err != nil {
		t.Fatal(err)
	}
	doc, err := Parse(sample(t, "rss/"+"vnexpress_tin-moi-nhat_2017-04-19.xml"), options())
	if err != nil || len(doc.Entries) != len(want) {
		t.Fatalf("%d entries, want %d, %v", len(doc.Entries), len(want), err)
	}
	for i, w := range want {
		e := doc.Entries[i]
		got := []string{e.Title, news.Text(e.Summary), "", e.Link}
		if e.Image != nil {
			got[2] = e.Image.URL
		}
		if diff := cmp.Diff([]string{plainTitle(w.Title, false), news.Clean(w.Desc), w.Image, w.Link}, got); diff != "" {
			t.Errorf("entry %d (-want +got):\n%s", i, diff)
		}
	}
}

func TestHTMLInsteadOfFeed(t *testing.T) {
	doc, err := Parse(sample(t, "constructed/08_html_instead_of_xml.html"), options())
	if err == nil || len(doc.Entries) > 0 {
		t.Errorf("an HTML page was read as a feed: %+v", doc)
	}
}

func TestLegacySamples(t *testing.T) {
	table := strings.Split(string(sample(t, "legacy/how_it_looks.tsv")), "\n")
	_, want, _ := strings.Cut(table[1], "\t")
	for file, name := range map[string]string{"sample_tcvn3.bin": "tcvn3", "sample_vni.bin": "vni", "sample_cp1258.bin": "windows-1258"} {
		body := sample(t, "legacy/"+file)
		if got := legacy[name](body); got != want {
			t.Errorf("%s: %s\nwant %s", name, got, want)
		}
		if got := vietnameseGuess(body); got != name {
			t.Errorf("%s was taken for %q", name, got)
		}
	}
}

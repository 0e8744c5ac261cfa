package admin

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// saying are the calls whose first text is a sentence that people read on a page, by
// the files that have them.
var saying = []struct {
	files string
	calls []string
	but   []string // files of what only programs are told
}{
	{"*.go", []string{"faultf", "fault"}, []string{"api.go", "strict.go", "params.go", "handler.go", "illfeed.go", "form.go", "routes_alerts.go"}},
	{"alert.go", []string{"append"}, nil},
	{"../config/*.go", []string{"fault", "mistyped"}, []string{"config.go", "environ.go", "sections.go", "tree.go", "decode.go"}},
	{"../config/decode.go", []string{"fault"}, nil},
	{"../news/duration.go", []string{"Errorf"}, nil},
	{"../news/schedule.go", []string{"Errorf"}, nil},
	{"../news/url.go", []string{"Errorf", "New"}, nil},
	{"../curator/match.go", []string{"say", "add"}, nil},
	{"../fetcher/client/errors.go", []string{"Sprintf"}, nil},
	{"../fetcher/outcome.go", []string{"Sprintf"}, nil},
	{"../fetcher/poll.go", []string{"Sprintf"}, nil},
}

// TestEverySentenceHasWords: whatever a page says in a sentence of the program's is
// worded in Vietnamese.
func TestEverySentenceHasWords(t *testing.T) {
	n := 0
	for _, s := range saying {
		files, err := filepath.Glob(s.files)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", s.files, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") || slices.Contains(s.but, filepath.Base(name)) {
				continue
			}
			for _, text := range said(t, name, s.calls) {
				n++
				if _, ok := inVietnamese(example(text)); !ok {
					t.Errorf("%s says %q, which has no wording in admin/sentences.go", name, text)
				}
			}
		}
	}
	for _, what := range constants(t, "../fetcher/feed/repairs.go") {
		n++
		if _, ok := inVietnamese(what); !ok {
			t.Errorf("the repair %q has no wording in admin/sentences_news.go", what)
		}
	}
	for _, why := range []string{"the first article of the story", "the same article, from before its paper had another host"} { // curator/placing.go
		if _, ok := inVietnamese(why); !ok {
			t.Errorf("the reason %q has no wording in admin/sentences_news.go", why)
		}
	}
	if n < 170 {
		t.Errorf("only %d sentences are found", n)
	}
}

// constants are the texts that a file declares as such.
func constants(t *testing.T, name string) (texts []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			for _, v := range spec.Values {
				if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					text, err := strconv.Unquote(lit.Value)
					if err != nil {
						t.Fatal(err)
					}
					texts = append(texts, text)
				}
			}
		}
		return true
	})
	return texts
}

// said are the first texts of calls in a file, those that are sentences.
func said(t *testing.T, name string, calls []string) (texts []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		called := ""
		switch f := call.Fun.(type) {
		case *ast.Ident:
			called = f.Name
		case *ast.SelectorExpr:
			called = f.Sel.Name
		}
		if !slices.Contains(calls, called) {
			return true
		}
		if inner, ok := call.Args[len(call.Args)-1].(*ast.CallExpr); ok && called == "append" {
			call = inner
		}
		for _, arg := range call.Args {
			if lit, ok := arg.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				text, err := strconv.Unquote(lit.Value)
				if err == nil && strings.Count(text, " ") >= 2 && !strings.HasPrefix(text, " ") && !strings.HasPrefix(text, ";") {
					texts = append(texts, text)
				}
				break
			}
		}
		return true
	})
	return texts
}

// example is a sentence with something put in.
func example(form string) string {
	return verb.ReplaceAllStringFunc(form, func(v string) string {
		switch v[len(v)-1] {
		case '%':
			return "%"
		case 'd', 'f':
			return "7"
		case 'q':
			return `"x; y: \"z\""`
		}
		return "xyz"
	})
}

// TestWordingsFit: a wording uses all that its form puts in, and nothing else.
func TestWordingsFit(t *testing.T) {
	for _, table := range []map[string]string{sentences, tellings} {
		for en, vi := range table {
			puts := 0
			for _, v := range verb.FindAllString(en, -1) {
				if !strings.HasSuffix(v, "%") {
					puts++
				}
			}
			used := placeholder.FindAllString(vi, -1)
			slices.Sort(used)
			if used = slices.Compact(used); len(used) > puts || len(used) > 0 && used[len(used)-1] != fmt.Sprintf("{%d}", len(used)) {
				t.Errorf("%q puts in %d, %q uses %q", en, puts, vi, used)
			}
		}
	}
	for en := range sentences {
		if _, twice := tellings[en]; twice {
			t.Errorf("%q has two wordings", en)
		}
	}
}

func TestInVietnamese(t *testing.T) {
	for en, want := range map[string]string{
		`there is no source "themm": did you mean "them"?`: `không có nguồn "themm": có phải là "them"?`,
		"the source a is paused: enable it first":          "nguồn a đang tạm dừng: hãy cho chạy lại trước",
		`sources[0].schedule: "x" is no schedule: write minute, hour, day, month and weekday, as in "*/10 6-22 * * *", or @hourly, or @every 15m`: `sources[0].schedule: "x" không phải lịch đọc: viết phút, giờ, ngày, tháng và thứ, như "*/10 6-22 * * *", hoặc @hourly, hoặc @every 15m`,
		"500: internal server error": "500: lỗi máy chủ của báo",
		`it is no feed but "text/html"; an error page or a parked domain, unless the address is wrong`:                                                                                              `không phải nguồn tin mà là "text/html"; trang báo lỗi hoặc tên miền bỏ không, nếu không phải sai địa chỉ`,
		`it cannot be read as a feed (not a feed: its root is <x>; known are RSS, RDF, Atom, CDF, JSON Feed and sitemaps) but "a/b"; an error page or a parked domain, unless the address is wrong`: `không đọc được như nguồn tin (không phải nguồn tin: gốc của nó là <x>; tinhub đọc được RSS, RDF, Atom, CDF, JSON Feed và sitemap), kiểu "a/b"; trang báo lỗi hoặc tên miền bỏ không, nếu không phải sai địa chỉ`,
		"“nông thôn mới” stands once in the title and 4 times in the body (2 counted): 3 × 5 = 15 points":                                                                                           "“nông thôn mới” có một lần ở tiêu đề và 4 lần ở thân bài (tính 2): 3 × 5 = 15 điểm",
		"title, text: back at an earlier text": "tiêu đề, nội dung: trở lại nội dung cũ",
		"x509: something nobody words":         "",
		"":                                     "",
		strings.Repeat("a: b; c, d and ", 60):  "",
		strings.Repeat("x", longestSaid+1):     "",
	} {
		got, ok := inVietnamese(en)
		if want == "" && (ok || got != en) || want != "" && (got != want || !ok) {
			t.Errorf("%q: %q, %t, want %q", en, got, ok, want)
		}
	}
	if got := say("vi", "<b>x</b> of nobody", false); got != `<span lang="en">&lt;b&gt;x&lt;/b&gt; of nobody</span>` {
		t.Errorf("unknown and hostile: %s", got)
	}
	if got := say("vi", `there is no province "<script>"`, false); strings.ContainsAny(string(got), "<>") {
		t.Errorf("hostile: %s", got)
	}
	if got := say("en", "the address is empty", false); got != "the address is empty" {
		t.Errorf("English: %s", got)
	}
	if got := say("vi", "Không có trang này.", false); strings.Contains(string(got), "span") {
		t.Errorf("ours: %s", got)
	}
}

func TestCapital(t *testing.T) {
	for in, want := range map[string]string{
		"đã có tài khoản lan": "Đã có tài khoản lan", "url: có lỗi": "url: có lỗi", "sources[0].url: lỗi": "sources[0].url: lỗi", "https://x là lỗi": "https://x là lỗi",
		"503 là lỗi": "503 là lỗi", "nguồn: lỗi": "Nguồn: lỗi", "": "",
	} {
		if got := capital(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestWordingsAreCheap: the longest row of pieces costs no more than so many looks.
// TestWordsOfWhatWaits: a length of time is told in words, and a list that is full says
// that there may be more.
func TestWordsOfWhatWaits(t *testing.T) {
	if got := say("vi", "one of more than 150 new articles that its source gave at once: held for 24h0m0s, for an editor to look at", true); !strings.Contains(string(got), "giữ 1 ngày để") {
		t.Error(got)
	}
	for n, want := range map[int]string{0: "0", 3: "3", mostWaiting: "100+"} {
		if got := (waitingList{Items: make([]Waiting, n)}).Count(); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

func TestWordingsAreCheap(t *testing.T) {
	looks := mostLooks
	worded(strings.Repeat("the source: title; read, ", 40), &looks)
	if looks < -mostLooks*mostLooks {
		t.Errorf("%d looks", mostLooks-looks)
	}
}

var englishWord = regexp.MustCompile(`(?i)\b(the|is|are|was|with|there|of|write)\b`)

// TestWordingsAreVietnamese: none was left in English.
func TestWordingsAreVietnamese(t *testing.T) {
	for _, table := range []map[string]string{sentences, tellings} {
		for en, vi := range table {
			if englishWord.MatchString(vi) && !strings.ContainsFunc(vi, func(r rune) bool { return r > unicode.MaxLatin1 }) {
				t.Errorf("%q: %q", en, vi)
			}
		}
	}
}

package curator

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tinhub/news"
)

func phrases(texts ...string) []news.Phrase {
	var out []news.Phrase
	for _, t := range texts {
		out = append(out, news.Phrase{Text: t, Weight: 1})
	}
	return out
}

// sample is an article that the rules of these tests are asked about.
func sample() news.Article {
	return newArticle(entry(news.Entry{
		Link: "https://baomau.example/xay-dung-dang/hoc-va-lam-theo-bac-86112.html", Title: "Xã Phú Thuỷ học và làm theo Bác",
		Summary: "Đảng viên xã Phú Thủy đăng ký nông thôn mới.",
		Content: "<p>Phong trào xây dựng nông thôn mới lan rộng. Nông thôn mới là việc của dân. Bão số 4 không làm ai nản.</p><p>Kỷ luật nghiêm, kỉ cương rõ.</p>",
		Section: "Xây dựng Đảng", Authors: []news.Person{{Name: "Hoàng Uyên"}}, Categories: []news.Category{{Term: "Nông thôn mới"}}, Published: at(noon),
	}), paper.Family(), "00a")
}

func judgeOne(t *testing.T, topic news.Topic, a news.Article) Verdict {
	t.Helper()
	topic.ID = "x"
	rules, errs := Compile([]news.Topic{topic})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return rules.Explain(ViewOf(a, map[string]news.Source{paper.ID: paper}))[0]
}

func TestRules(t *testing.T) {
	any := func(texts ...string) news.Rule { return news.Rule{Any: phrases(texts...)} }
	for _, tc := range []struct {
		name  string
		topic news.Topic
		in    bool
		score float64
		why   string // part of the last reason
	}{
		{"in the title", news.Topic{Include: any("làm theo Bác")}, true, 3, "3 points"},
		{"in lede and body, three hits count", news.Topic{Include: any("nông thôn mới")}, true, 4, "4 points"},
		{"tone placed otherwise", news.Topic{Include: any("Phú Thuỷ")}, true, 5, ""},
		{"i for y", news.Topic{Include: any("kỉ cương")}, true, 1, ""},
		{"y for i", news.Topic{Include: any("kỷ cương")}, true, 1, ""},
		{"decomposed", news.Topic{Include: any("no\u0302ng tho\u0302n mo\u031b\u0301i")}, true, 4, ""},
		{"capitals", news.Topic{Include: any("NÔNG THÔN MỚI")}, true, 4, ""},
		{"marks that differ", news.Topic{Include: any("báo số 4")}, false, 0, "none of the topic's phrases"},
		{"no marks match all", news.Topic{Include: any("bao so 4")}, true, 1, ""},
		{"whole syllables", news.Topic{Include: any("thôn m")}, false, 0, ""},
		{"weights", news.Topic{Include: news.Rule{Any: []news.Phrase{{Text: "làm theo Bác", Weight: 2.5}}}}, true, 7.5, ""},
		{"a negative weight", news.Topic{Include: news.Rule{Any: []news.Phrase{{Text: "làm theo Bác", Weight: 1}, {Text: "bão", Weight: -3}}}, MinScore: 1}, false, 0, "0 points, but at least 1 are needed"},
		{"too few points", news.Topic{Include: any("làm theo Bác"), MinScore: 4}, false, 3, "3 points, but at least 4 are needed"},
		{"a section", news.Topic{Include: news.Rule{Sections: []string{"xây dựng đảng"}}, MinScore: 6}, true, 6, "6 points"},
		{"a section without marks", news.Topic{Include: news.Rule{Sections: []string{"xay-dung-dang"}}}, true, 6, ""},
		{"a section of the address", news.Topic{Include: news.Rule{Sections: []string{"xay-dung-"}}}, true, 6, ""},
		{"another section", news.Topic{Include: news.Rule{Sections: []string{"Xây dựng Đăng"}}}, true, 6, ""}, // by the address
		{"all", news.Topic{Include: news.Rule{All: phrases("bão số 4", "nông thôn mới")}}, true, 0, "all that the topic demands"},
		{"all but one", news.Topic{Include: news.Rule{All: phrases("bão số 4", "bão số 5")}}, false, 0, "“bão số 5” is demanded"},
		{"source", news.Topic{Include: news.Rule{Sources: []string{"bao-mau"}}}, true, 0, ""},
		{"another source", news.Topic{Include: news.Rule{Sources: []string{"bao-khac"}, Any: phrases("Bác")}}, false, 3, "none of the topic's sources"},
		{"province", news.Topic{Include: news.Rule{Provinces: []string{"ca-mau"}}}, true, 0, ""},
		{"another province", news.Topic{Include: news.Rule{Provinces: []string{"ha-noi"}}}, false, 0, "provinces, but of ca-mau"},
		{"author", news.Topic{Include: news.Rule{Authors: []string{"Hoàng Uyên"}}}, true, 0, ""},
		{"another author", news.Topic{Include: news.Rule{Authors: []string{"Hoàng Yến"}}}, false, 0, "but by Hoàng Uyên"},
		{"tag", news.Topic{Include: news.Rule{Tags: []string{"nong thon moi"}}}, true, 0, ""},
		{"another tag", news.Topic{Include: news.Rule{Tags: []string{"thể thao"}}}, false, 0, "none of the topic's tags"},
		{"excluded phrase", news.Topic{Include: any("Bác"), Exclude: any("bão")}, false, 3, "excluded: “bão” stands once in the body"},
		{"excluded section", news.Topic{Include: any("Bác"), Exclude: news.Rule{Sections: []string{"Xây dựng Đảng"}}}, false, 3, "excluded: it stands in the section"},
		{"excluded source", news.Topic{Include: any("Bác"), Exclude: news.Rule{Sources: []string{"bao-mau"}}}, false, 3, "excluded: the source bao-mau"},
		{"no rule at all", news.Topic{MinScore: 1}, false, 0, "only what an editor pins"},
		{"where", news.Topic{Include: any("Bác"), Where: `province == "ca-mau" && "Hoàng Uyên" in authors && has("nong thon moi")`}, true, 3, ""},
		{"where is false", news.Topic{Include: any("Bác"), Where: `syllables > 1000`}, false, 3, "is not true"},
		{"where alone", news.Topic{Where: `title contains "Phú"`, MinScore: 1}, true, 0, ""},
		{"where fails", news.Topic{Include: any("Bác"), Where: `authors[7] == "x"`}, false, 3, "could not be answered"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := judgeOne(t, tc.topic, sample())
			if v.In != tc.in || v.Score != tc.score || !strings.Contains(v.Reasons[len(v.Reasons)-1], tc.why) {
				t.Errorf("got %+v, want in %t with %g points because %q", v, tc.in, tc.score, tc.why)
			}
		})
	}
}

func TestReasons(t *testing.T) {
	v := judgeOne(t, news.Topic{Include: news.Rule{Any: []news.Phrase{{Text: "nông thôn mới", Weight: 3}, {Text: "bác"}}, Sections: []string{"Xây dựng Đảng"}}, MinScore: 6}, sample())
	want := []string{
		"“nông thôn mới” stands once in the lede and twice in the body: 3 × 4 = 12 points",
		"“bác” stands once in the title: 1 × 3 = 3 points",
		"it stands in the section “Xây dựng Đảng”: 6 points",
		"21 points, at least 6 are needed",
	}
	if diff := cmp.Diff(want, v.Reasons); diff != "" {
		t.Error(diff)
	}
}

func TestCompileErrors(t *testing.T) {
	rules, errs := Compile([]news.Topic{
		{ID: "a", Include: news.Rule{Any: phrases("…")}},
		{ID: "b", Include: news.Rule{Sections: []string{"-"}}},
		{ID: "c", Where: `titel == "x"`},
		{ID: "d", Where: `title +`},
		{ID: "e", Where: `title`},
		{ID: "f", Where: `now() > published`},
		{ID: "g", Include: news.Rule{Any: phrases("lúa")}},
		{ID: "g"},
	})
	want := []string{
		`topic "a": include.any: "…" has no letters or digits to look for; remove it`,
		`topic "b": include.sections: "-" has no letters or digits to compare; remove it`,
		`topic "c": where: line 1, column 1: unknown name titel; known are agency, authors, has, image, language, lede, link, origin, province, provinces, published, section, sections, source, sources, syllables, tags, text, title`,
		`topic "d": where: line 1, column 7: unexpected token EOF`,
		`topic "e": where: expected bool, but got string; it may speak of`,
		`topic "f": where: line 1, column 1: unknown name now`,
		`topic "g": there are two topics with this id; the second is left out`,
	}
	for i, err := range errs {
		if i >= len(want) || !strings.HasPrefix(err.Error(), want[i]) {
			t.Errorf("error %d: %s", i, err)
		}
	}
	if len(errs) != len(want) || len(rules.Topics()) != 1 {
		t.Errorf("%d errors, want %d; %d topics left, want 1", len(errs), len(want), len(rules.Topics()))
	}
}

func TestWhereMayAskOfLists(t *testing.T) {
	for where, want := range map[string]bool{
		`any(authors, # startsWith "Hoàng")`:                        true,
		`len(tags) == 1 && lower(title) contains "học"`:             true,
		`published > date("2026-01-01T00:00:00Z")`:                  true,
		`"an-giang" in provinces or image`:                          false,
		`section == "Xây dựng Đảng" and not has("xã phú thuỷ abc")`: true,
	} {
		if v := judgeOne(t, news.Topic{Where: where}, sample()); v.In != want {
			t.Errorf("%s: %+v", where, v)
		}
	}
}

// A hostile expression ends soon, with an error or without.
func TestWhereIsBounded(t *testing.T) {
	for _, where := range []string{
		strings.Repeat("(", 3000),
		strings.Repeat("true && ", 2000) + "true",
		`len(map(1..1000000, # * 2)) > 1`,
		`count(1..300, count(1..300, count(1..300, has("a b")) > 0) > 0) > 0`,
		`count(1..3000, count(1..3000, true) > 0) > 0`,
		`any(tags, any(tags, any(tags, any(tags, has("a b")))))`,
		`title matches "(a+)+$"`,
	} {
		start := time.Now()
		rules, errs := Compile([]news.Topic{{ID: "x", Where: where}})
		if len(errs) == 0 {
			rules.Explain(ViewOf(sample(), nil))
		}
		if d := time.Since(start); d > 20*time.Second { // a hang, however slow the machine
			t.Errorf("%.40s took %s", where, d)
		}
	}
}

// The automaton finds exactly what plain search finds.
func TestAutomatonAgreesWithSearch(t *testing.T) {
	words := []string{"bão", "báo", "bao", "số", "so", "hoà", "hòa", "hoa", "mới", "Mới", "nông", "thôn"}
	text := rapid.Map(rapid.SliceOfN(rapid.SampledFrom(words), 1, 4), func(w []string) string { return strings.Join(w, " ") })
	rapid.Check(t, func(t *rapid.T) {
		var patterns []pattern
		seen := map[string]bool{}
		for _, s := range rapid.SliceOfN(text, 1, 12).Draw(t, "phrases") {
			p := patternOf(s)
			if name := strings.Join(p.syllables, " ") + map[bool]string{true: "!"}[p.marked]; !seen[name] {
				seen[name] = true
				patterns = append(patterns, p)
			}
		}
		long := news.Syllables(nil, strings.Join(rapid.SliceOfN(text, 0, 12).Draw(t, "text"), ", "))
		got := make([]int, len(patterns))
		newAutomaton(patterns).walk(long, func(i int) { got[i]++ })
		for i, p := range patterns {
			if want := contains(long, p); got[i] != want {
				t.Fatalf("%v found %d times, want %d", p, got[i], want)
			}
		}
	})
}

// taxonomy reads the starter topics, as the catalogue has them.
func taxonomy(t testing.TB) []news.Topic {
	t.Helper()
	b, err := os.ReadFile("../../shared/vn/taxonomy/topics.json")
	if err != nil {
		t.Skip("the taxonomy beside the repository is missing: ", err)
	}
	var file struct {
		Topics []struct {
			ID, Name string
			Names    []string `json:"section_names"`
			Slugs    []string `json:"section_slugs"`
			Rules    []struct {
				Phrase string
				Weight float64
			}
		}
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	var topics []news.Topic
	for _, x := range file.Topics {
		topic := news.Topic{ID: x.ID, Title: x.Name, MinScore: 6, Include: news.Rule{Sections: append(x.Names, x.Slugs...)}}
		for _, r := range x.Rules {
			topic.Include.Any = append(topic.Include.Any, news.Phrase{Text: r.Phrase, Weight: r.Weight})
		}
		topics = append(topics, topic)
	}
	return topics
}

// The seed article's summary, as a feed would give it, lands where it belongs.
func TestSeedLandsInItsTopic(t *testing.T) {
	b, err := os.ReadFile("../../shared/seed/article.txt")
	if err != nil {
		t.Skip("the seed beside the repository is missing: ", err)
	}
	paragraphs := strings.Split(string(b), "\n\n")
	a := newArticle(entry(news.Entry{
		Link: "https://baomau.example/bai-86112.html", Section: paragraphs[0], Title: paragraphs[1], Summary: paragraphs[3],
		Authors: []news.Person{{Name: "Hoàng Uyên"}}, Published: news.Moment{At: time.Date(2023, 6, 16, 16, 35, 0, 0, ict), Precision: news.Minute},
	}), paper.Family(), "00a")
	rules, errs := Compile(taxonomy(t))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	var in []string
	for _, v := range rules.Match(ViewOf(a, nil)) {
		in = append(in, v.Topic)
	}
	if diff := cmp.Diff([]string{"hoc-tap-bac", "xay-dung-dang"}, in); diff != "" {
		t.Errorf("topics: %s", diff)
	}
}

// article3KB is a long article that is in few topics.
func article3KB() news.Article {
	a := sample()
	a.Content = "<p>" + strings.Repeat(harvest+" "+bridge+" ", 8) + "</p>"
	return a
}

func BenchmarkMatch(b *testing.B) {
	rules, errs := Compile(taxonomy(b))
	if len(errs) > 0 {
		b.Fatal(errs)
	}
	a, sources := article3KB(), map[string]news.Source{paper.ID: paper}
	b.Run("view", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ViewOf(a, sources)
		}
	})
	v := ViewOf(a, sources)
	b.Run("match", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			rules.Match(v)
		}
	})
}

package curator

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

func known(topics ...news.Topic) Known {
	return Known{Topics: topics, Sources: []news.Source{paper}, Now: seen.Add(time.Hour)}
}

// curated runs the sample article through the house, with a second feed and an
// edit, and gives it back with its story.
func curated(t *testing.T, topics ...news.Topic) (news.Article, news.Story) {
	t.Helper()
	f := newFake()
	o := options()
	o.Topics = func() []news.Topic { return topics }
	f.deliver(paperShard(), said(0, nil), said(5, func(e *news.Entry) { e.Source = "bao-mau-cu" }), said(10, text(bridge)))
	settle(t, f, o)
	return f.shelved(t)[0], f.all()[0]
}

func TestExplain(t *testing.T) {
	lua := news.Topic{ID: "lua", Title: "Lúa gạo", Include: news.Rule{Any: phrases("lúa sớm")}, MinScore: 2, MaxAge: 24 * time.Hour}
	bien := news.Topic{ID: "bien", Title: "Biển đảo", Include: news.Rule{Any: phrases("biển")}, MinScore: 1}
	a, s := curated(t, lua, bien)
	k := known(lua, bien)
	k.Terms.Embargo = time.Hour
	e, errs := Explain(a, s, k)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if diff := cmp.Diff([]Origin{{"bao-mau", "Báo Mẫu", ""}, {"bao-mau-cu", "", ""}}, e.From); diff != "" {
		t.Error(diff)
	}
	if e.Revised != 2 || e.Story != a.ID || !e.Speaks || e.Why != "the first article of the story" {
		t.Errorf("got %+v", e)
	}
	marks := map[string]bool{}
	for _, c := range e.Channels {
		marks[c.Channel] = c.In
	}
	if diff := cmp.Diff(map[string]bool{"lua": true, "bien": false, "provinces/ca-mau": true, "tat-ca": true}, marks); diff != "" {
		t.Error(diff)
	}
	page := e.Text(ict)
	for _, want := range []string{
		"from        bao-mau-cu (not declared any more)",
		"published   2026-03-02 12:05:00 +07:00",
		"revised     2026-03-02 12:25:00 +07:00 – text",
		"lua: in (score 3)\n    shown from 2026-03-02 13:05:00 +07:00\n    shown until 2026-03-03 12:05:00 +07:00\n    “lúa sớm” stands once in the title: 1 × 3 = 3 points",
		"held for the embargo of 1h0m0s since its publication",
		"bien: out (score 0)\n    none of the topic's phrases or sections occurs",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if t.Failed() {
		t.Log(page)
	}
	if _, err := json.Marshal(e); err != nil {
		t.Error(err)
	}
}

func TestExplainSaysWhyAStoryStandsWhereItsArticleDoesNot(t *testing.T) {
	lua := news.Topic{ID: "lua", Include: news.Rule{Any: phrases("lúa sớm")}}
	a, s := curated(t, lua)
	lua.Include.Any = phrases("biển")
	e, _ := Explain(a, s, known(lua))
	c := e.Channels[0]
	if c.In || !c.Shown || !strings.Contains(c.Reasons[len(c.Reasons)-1], "stands there all the same") {
		t.Errorf("got %+v", c)
	}
	a.Withdrawn = noon
	if e, _ := Explain(a, s, known()); !strings.Contains(e.Text(time.UTC), "withdrawn: its story stands there by what other papers tell") {
		t.Errorf("of what is withdrawn it says %s", e.Text(time.UTC))
	}
	s.Filings, s.Members = nil, nil
	if page := func() string { e, _ := Explain(a, s, known()); return e.Text(time.UTC) }(); !strings.Contains(page, "withdrawn: it is shown nowhere") || !strings.Contains(page, "told by nobody any more") {
		t.Errorf("of what is withdrawn everywhere it says %s", page)
	}
	if e, errs := Explain(a, news.Story{}, known(news.Topic{ID: "x", Where: "?"})); len(errs) != 1 || e.Story != "" {
		t.Errorf("without a story and with a broken topic: %v, story %q", errs, e.Story)
	}
}

func TestExplainSaysWhoTells(t *testing.T) {
	a := news.Article{ID: "a", Withdrawn: noon, By: news.BySource, Reason: "404"}
	told := func(members ...news.Member) string {
		s := news.Story{ID: "s", Speaker: "b", Members: members}
		e, _ := Explain(a, s, known())
		return e.Text(time.UTC)
	}
	one, two := news.Member{Article: "a", Agency: "TTXVN"}, news.Member{Article: "b", Agency: "Báo Mẫu", Origin: "TTXVN"}
	gone := two
	gone.Gone = true
	for name, c := range map[string]struct{ page, want string }{
		"copies":    {told(one, two), "told by one agency in 2 articles (copies count as whom they credit), another article speaks"},
		"papers":    {told(one, news.Member{Article: "b", Agency: "Báo Mẫu"}), "told by 2 agencies, another"},
		"a gone":    {told(one, gone), "told by one agency, another"},
		"gone copy": {told(one, gone), "withdrawn   b  Báo Mẫu"},
		"by source": {told(one), "by its source – 404"},
	} {
		if !strings.Contains(c.page, c.want) {
			t.Errorf("%s: %q is not in\n%s", name, c.want, c.page)
		}
	}
}

func TestPreview(t *testing.T) {
	topic := func(texts ...string) news.Topic {
		return news.Topic{ID: "lua", Include: news.Rule{Any: phrases(texts...)}, MinScore: 1}
	}
	f := newFake()
	o := options()
	o.Topics = func() []news.Topic { return []news.Topic{topic("lúa")} }
	for i, title := range []string{"Lúa chín", "Lúa và cá", "Cá biển", "Cầu mới"} {
		f.deliver(paperShard(), entry(news.Entry{GUID: title, Link: "https://baomau.example/" + title, Title: title, Published: at(noon.Add(time.Duration(i) * time.Minute))}))
	}
	settle(t, f, o)
	p, err := NewPreview(topic("cá"), known())
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]news.Article{}
	for _, a := range f.shelved(t) {
		byID[a.ID] = a
	}
	for _, s := range f.all() {
		p.Add(s, []news.Article{byID[s.Speaker], {}})
	}
	p.Finish()
	type line struct {
		Title           string
		Selected, Today bool
	}
	var got []line
	for _, s := range p.Stories {
		got = append(got, line{s.Title, s.Selected, s.Today})
	}
	want := []line{{"Cá biển", true, false}, {"Lúa và cá", true, true}, {"Lúa chín", false, true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if p.Looked != 4 || p.Kept != 1 || p.Added != 1 || p.Dropped != 1 {
		t.Errorf("counts %+v", p)
	}
	if s := p.Stories[0]; s.Agency != "Báo Mẫu" || s.Link == "" || len(s.Reasons) == 0 {
		t.Errorf("the first is %+v", s)
	}
	if _, err := NewPreview(news.Topic{ID: "x", Where: "("}, known()); err == nil {
		t.Error("a broken rule is previewed")
	}
}

func TestLookups(t *testing.T) {
	moved := news.Source{ID: "bao-moi", Homepage: "https://baomoi-tinh.example", Hosts: []string{"baocu.example"}}
	got := LookupsOf("https://baocu.example/tin-500001.html", []news.Source{paper, moved})
	if len(got) != 3 || got[0].Shard != news.ShardOf("baomoi-tinh.example") || len(got[0].Keys) != 2 {
		t.Errorf("got %+v", got)
	}
	if other := got[2]; other.Shard != paperShard() || len(other.Keys) != 1 || other.Keys[0] != AddressKeys("https://baocu.example/tin-500001.html", paper.Family())[0] {
		t.Errorf("in another paper: %+v", other)
	}
	f := newFake()
	f.deliver(paperShard(), said(0, nil))
	settle(t, f, options())
	for _, l := range LookupsOf("http://www.baomau.example/khac/x-86112.html", []news.Source{paper}) {
		ids, err := f.Find(t.Context(), l.Shard, l.Keys)
		if err != nil || ids[0] != "" || ids[1] == "" {
			t.Errorf("a variant of the address is not found: %q, %v", ids, err)
		}
	}
}

package main

import (
	"strings"
	"testing"
	"time"

	"tinhub/curator"
	"tinhub/news"
	"tinhub/publisher"
)

func TestVerdicts(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	set := publisher.Settings{Content: news.ScopeFull, WithoutAgreement: news.ScopeLink, Require: []string{"time", "link"}} // nobody signs a correction
	a := news.Article{ID: "a", Entry: news.Entry{Source: "bao", Link: "https://bao.example/1"}}
	s := news.Story{ID: "a", Speaker: "a", Title: "Tin", Members: []news.Member{{Article: "a", Agency: "Báo"}},
		Filings: []news.Filing{{Channel: news.Everything, From: now.Add(time.Hour), Reasons: []string{"held for the embargo"}}}, Review: "TTXVN withdrew it", Untied: true}
	got := map[string][]string{}
	for _, v := range verdicts(set, s, a, now) {
		got[v.State] = append(got[v.State], v.Reason)
		if v.Agency != "Báo" || (v.Until != nil) != (v.State == "held") {
			t.Errorf("%+v", v)
		}
	}
	for state, want := range map[string]string{"held": "embargo", "refused": "have: time", "cut": "to link", "review": "TTXVN"} {
		if len(got[state]) == 0 || !strings.Contains(got[state][0], want) {
			t.Errorf("%s: %q", state, got[state])
		}
	}
	if len(got["review"]) != 2 {
		t.Errorf("review: %q", got["review"])
	}
	s.Withdrawn, a.Reason = now, "404"
	if v := verdicts(set, s, a, now); len(v) != 1 || v[0].State != "withdrawn" || v[0].Reason != "404" {
		t.Errorf("%+v", v)
	}
	var b strings.Builder
	if err := printReport(&b, verdicts(set, s, a, now), time.UTC); err != nil || !strings.Contains(b.String(), "0 held, 0 cut, 0 refused, 1 withdrawn, 0 to be looked at") {
		t.Errorf("%v: %s", err, b.String())
	}
}

func TestExplainOfWhatIsRefused(t *testing.T) {
	speaks := func(yes bool) explained {
		e := explained{curator.Explanation{Speaks: yes, Channels: []curator.Explained{{Channel: news.Everything, In: true, Shown: true, Reasons: []string{"built in"}}, {Channel: "bien"}}},
			publisher.Gate{Scope: news.ScopeLink, Why: "no agreement", Missing: []string{"time"}}}
		e.refuse()
		return e
	}
	if page := speaks(true).text(time.UTC); !strings.Contains(page, "tat-ca: in, not shown now (score 0)\n    built in\n    refused by publish.require") || strings.Count(page, "refused by") != 1 {
		t.Errorf("it says\n%s", page)
	}
	// Another article speaks, and stands there by its own merits.
	if page := speaks(false).text(time.UTC); !strings.Contains(page, "tat-ca: in (score 0)") {
		t.Errorf("it says\n%s", page)
	}
}

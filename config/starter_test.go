package config

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"tinhub/news"
)

func TestStarter(t *testing.T) {
	cfg, faults := Load("", nil)
	if len(faults) > 0 {
		t.Fatalf("the starter has faults:\n%v", faults)
	}
	ids, enabled := map[string]bool{}, map[string]int{}
	for _, s := range cfg.Sources {
		if ids[s.ID] || !idForm.MatchString(s.ID) {
			t.Errorf("bad or repeated id %q", s.ID)
		}
		ids[s.ID] = true
		if _, ok := news.ProvinceOf(s.Province); !ok {
			t.Errorf("%s is in no province: %q", s.ID, s.Province)
		}
		if s.Enabled {
			enabled[s.Family()]++
			if _, err := news.CanonicalURL(s.URL); err != nil {
				t.Errorf("%s: %v", s.ID, err)
			}
		}
		if s.Declared != "starter" || s.Section == "Trang chủ" {
			t.Errorf("%s: declared %q, section %q", s.ID, s.Declared, s.Section)
		}
	}
	for family, n := range enabled {
		if n > enabledPerPaper {
			t.Errorf("%d feeds of %s are enabled", n, family)
		}
	}
	if len(cfg.Sources) != 161 || len(enabled) != 10 || len(cfg.Topics) != 27 {
		t.Errorf("%d sources, %d papers polled, %d topics", len(cfg.Sources), len(enabled), len(cfg.Topics))
	}
	for _, topic := range cfg.Topics {
		if topic.MinScore != 6 || topic.Limit != 50 || !topic.Public || topic.Description == "" {
			t.Errorf("%+v", topic)
		}
	}
	if cfg.At("topics[0].where") != (Position{File: "starter"}) || cfg.File != "" {
		t.Errorf("the starter is in %v", cfg.At("topics[0].where"))
	}
}

func TestStarterTakesTheEnvironment(t *testing.T) {
	cfg, faults := Load("", []string{"TINHUB_PUBLISH_LIMIT=20", "TINHUB_STORE_URL=redis://127.0.0.1:6379"})
	if len(faults) > 0 || cfg.Publish.Limit != 20 || cfg.Topics[0].Limit != 20 || cfg.Store.URL != "redis://127.0.0.1:6379" {
		t.Errorf("limit %d, topic %d, store %s\n%v", cfg.Publish.Limit, cfg.Topics[0].Limit, cfg.Store.URL, faults)
	}
}

// The catalogue is facts taken from shared/vn: hold them against it.
func TestStarterAgreesWithItsSource(t *testing.T) {
	f, err := os.Open("../../shared/vn/sources.tsv")
	if err != nil {
		t.Skip("shared/vn is not beside the repository")
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes = '\t', true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	cfg, _ := Load("", nil)
	i, seen := 0, map[string]bool{}
	for _, row := range rows[1:] {
		if row[2] != "provincial" {
			continue
		}
		s := cfg.Sources[i]
		i++
		if first := !seen[row[0]]; (s.ID == row[0]) != first || !strings.HasPrefix(s.ID, row[0]) {
			t.Errorf("row of %s (first: %v) became %s", row[0], first, s.ID)
		}
		seen[row[0]] = true
		if s.Name != row[1] || s.Province != row[4] || (s.URL != row[8] && s.URL != "") {
			t.Errorf("%s: %q %q %q", s.ID, s.Name, s.Province, s.URL)
		}
		if grade := row[10]; s.Enabled && grade != "A" && grade != "B" {
			t.Errorf("%s has grade %q and is enabled", s.ID, grade)
		}
	}
}

func TestStarterTopicsAgreeWithTheTaxonomy(t *testing.T) {
	data, err := os.ReadFile("../../shared/vn/taxonomy/topics.json")
	if err != nil {
		t.Skip("shared/vn is not beside the repository")
	}
	var taxonomy struct {
		Topics []struct {
			ID, Name      string
			Section_names []string
			Section_slugs []string
			Rules         []struct {
				Phrase string
				Weight float64
			}
		}
	}
	if err := json.Unmarshal(data, &taxonomy); err != nil {
		t.Fatal(err)
	}
	cfg, _ := Load("", nil)
	for i, want := range taxonomy.Topics {
		got := cfg.Topics[i]
		if got.ID != want.ID || got.Title != want.Name || len(got.Include.Sections) != len(want.Section_names)+len(want.Section_slugs) {
			t.Errorf("%s became %+v", want.ID, got)
		}
		weights := map[string]float64{"AI": 1, "Nga": 3} // see the head of starter/topics.tsv
		for _, p := range got.Include.Any {
			weights[p.Text] = p.Weight
		}
		for _, r := range want.Rules {
			if weights[r.Phrase] != r.Weight {
				t.Errorf("%s: %q weighs %v, want %v", want.ID, r.Phrase, weights[r.Phrase], r.Weight)
			}
		}
	}
}

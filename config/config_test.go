package config

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tinhub/news"
)

func parse(t *testing.T, yaml string, environ ...string) Config {
	t.Helper()
	cfg, faults := Parse("conf/tinhub.yaml", []byte(yaml), environ)
	if len(faults) > 0 {
		t.Fatalf("faults:\n%v", faults)
	}
	return cfg
}

const oneTopic = "topics: [{ id: a, include: { any: [lúa] } }]\n"

func TestDefaults(t *testing.T) {
	cfg := parse(t, oneTopic)
	hcm := cfg.Site.Location
	if hcm.String() != "Asia/Ho_Chi_Minh" {
		t.Errorf("the zone is %v", hcm)
	}
	want := Config{
		File: "conf/tinhub.yaml", Folder: "conf",
		Site:  Site{Title: "Tin tỉnh", PublicURL: "http://localhost:8080", Language: "vi", Timezone: "Asia/Ho_Chi_Minh", Profile: Open},
		Store: Store{URL: "file:conf/data"},
		HTTP:  HTTP{Listen: "127.0.0.1:8080"},
		Fetch: Fetch{Schedule: "*/10 * * * *", Workers: 64, PerHost: 2, Spacing: time.Second, Timeout: 20 * time.Second,
			MaxBody: 10 << 20, UserAgent: "tinhub/1 (+http://localhost:8080)"},
		Publish: Publish{Limit: 50, Content: "summary", Formats: []news.Format{"rss", "atom", "json"}, WithoutAgreement: "summary",
			AgreementNotice: 30 * 24 * time.Hour, Require: []Requirement{"link"}, Footer: "optional"},
		Hub:      Hub{5 * time.Minute, 240 * time.Hour, 720 * time.Hour},
		Withdraw: Withdraw{15 * time.Minute, 10 * time.Minute},
		Keep:     Keep{90 * 24 * time.Hour, 400 * 24 * time.Hour, 730 * 24 * time.Hour},
		Topics: []news.Topic{{ID: "a", Title: "a", Include: news.Rule{Any: []news.Phrase{{Text: "lúa", Weight: 1}}},
			MinScore: 1, Limit: 50, Order: "newest", Language: "vi", Public: true, Declared: "tinhub.yaml:1"}},
	}
	if d := cmp.Diff(want, cfg, cmpopts.IgnoreUnexported(Config{}), cmpopts.IgnoreFields(Site{}, "Location")); d != "" {
		t.Error(d)
	}
}

// contract is tinhub.yaml as the product's contract writes it, with its
// placeholders filled in.
const contract = `
site:    { title: Tin tỉnh, public_url: "http://localhost:8080", language: vi, timezone: Asia/Ho_Chi_Minh,
           owner: "…", contact: "…", licence: "…",        # the legal footer
           profile: open }
store:   { url: "file:data" }
http:    { listen: "127.0.0.1:8080", trusted_proxies: [], metrics_from: [] }
fetch:   { schedule: "*/10 * * * *", workers: 64, per_host: 2, spacing: 1s, timeout: 20s, max_body: 10MB,
           user_agent: "tinhub-test", allow_networks: [127.0.0.0/8, "::1"] }
publish: { limit: 50, content: summary, formats: [rss, atom, json], embargo: 0s, without_agreement: summary,
           require: [link], footer: optional, min_agencies: 0 }
hub:     { lease_min: 5m, lease: 10d, lease_max: 30d }
withdraw: { recheck: 15m, confirm: 10m }
keep:    { articles: 90d, seen: 400d, audit: 730d }
sources:
  - id: bao-ca-mau
    name: Báo Cà Mau
    agency: Báo và Đài PT-TH Cà Mau
    province: bac-lieu
    homepage: https://baocamau.example
    url: https://tin:mat-khau@baocamau.example/rss/home.rss
    section: Xây dựng Đảng
    schedule: "*/5 6-22 * * *"
    timezone: Asia/Ho_Chi_Minh
    full_text: auto
    selectors: { title: h1, author: .a, date: .d, body: .b, remove: .c }
    priority: 10
    hosts: [baobaclieu.example]
    headers: {}
    agreement: { number: "12/2026", scope: full, from: 2026-01-01, to: 2027-12-31 }
    enabled: true
  - id: trang
    page: { url: https://trang.example/chuyen-muc, item: "li", link: "a", title: "a", date: "time" }
topics:
  - id: hoc-tap-bac
    title: Học tập và làm theo tư tưởng, đạo đức, phong cách Hồ Chí Minh
    description: Mô tả
    include: { any: ["học tập và làm theo Bác", { "Chỉ thị 05": 3 }], all: [], sections: [], sources: [bao-ca-mau], provinces: [bac-lieu], authors: [], tags: [] }
    exclude: { any: [], sections: [], sources: [] }
    where: province == "ca-mau"
    min_score: 1
    limit: 40
    max_age: 30d
    per_source: 10
    min_agencies: 0
    order: coverage
    language: vi
    public: false
    formerly: [old-id]
partners:
  - { id: cong-camau, name: Cổng thông tin Cà Mau, origins: ["https://CaMau.gov.vn:443/"], topics: ["*"], key: "${CAMAU_KEY}" }
`

func TestContract(t *testing.T) {
	cfg := parse(t, contract, "CAMAU_KEY=bí mật")
	hcm := cfg.Site.Location
	want := []news.Source{{
		ID: "bao-ca-mau", Name: "Báo Cà Mau", Agency: "Báo và Đài PT-TH Cà Mau", Province: "ca-mau",
		Homepage: "https://baocamau.example", URL: "https://baocamau.example/rss/home.rss", Section: "Xây dựng Đảng",
		Schedule: "*/5 6-22 * * *", Timezone: "Asia/Ho_Chi_Minh", FullText: "auto",
		Selectors: &news.Selectors{Title: "h1", Author: ".a", Date: ".d", Body: ".b", Remove: []string{".c"}},
		Priority:  10, Hosts: []string{"baobaclieu.example"}, BasicAuth: &news.BasicAuth{User: "tin", Password: "mat-khau"},
		Agreement: &news.Agreement{Number: "12/2026", Scope: "full", From: time.Date(2026, 1, 1, 0, 0, 0, 0, hcm), To: time.Date(2027, 12, 31, 0, 0, 0, 0, hcm)},
		Enabled:   true, Declared: "tinhub.yaml:15",
	}, {
		ID: "trang", Name: "trang", Timezone: "Asia/Ho_Chi_Minh", Enabled: true, Declared: "tinhub.yaml:31",
		Page: &news.PageRule{URL: "https://trang.example/chuyen-muc", Item: "li", Link: "a", Title: "a", Date: "time"},
	}}
	if d := cmp.Diff(want, cfg.Sources); d != "" {
		t.Error(d)
	}
	topic := news.Topic{
		ID: "hoc-tap-bac", Title: "Học tập và làm theo tư tưởng, đạo đức, phong cách Hồ Chí Minh", Description: "Mô tả",
		Include: news.Rule{Any: []news.Phrase{{Text: "học tập và làm theo Bác", Weight: 1}, {Text: "Chỉ thị 05", Weight: 3}},
			Sources: []string{"bao-ca-mau"}, Provinces: []string{"ca-mau"}},
		Where: `province == "ca-mau"`, MinScore: 1, Limit: 40, MaxAge: 720 * time.Hour, PerSource: 10, Order: "coverage",
		Language: "vi", Formerly: []string{"old-id"}, Declared: "tinhub.yaml:34",
	}
	if d := cmp.Diff([]news.Topic{topic}, cfg.Topics); d != "" {
		t.Error(d)
	}
	partner := news.Partner{ID: "cong-camau", Name: "Cổng thông tin Cà Mau", Origins: []string{"https://camau.gov.vn"}, Topics: []string{"*"}, Key: "bí mật", Declared: "tinhub.yaml:50"}
	if d := cmp.Diff([]news.Partner{partner}, cfg.Partners); d != "" {
		t.Error(d)
	}
	if !cfg.Fetch.AllowNetworks.Contains(netip.MustParseAddr("127.0.0.9")) || !cfg.Fetch.AllowNetworks.Contains(netip.MustParseAddr("::1")) {
		t.Errorf("networks: %v", cfg.Fetch.AllowNetworks)
	}
	for path, want := range map[string]string{
		"topics[0].where": "conf/tinhub.yaml:39:12", "topics[0].include.any[1]": "conf/tinhub.yaml:37:49", "publish.limit": "conf/tinhub.yaml:9:19",
		"sources[0].proxy": "conf/tinhub.yaml:15:5", "sources[7]": "conf/tinhub.yaml:15:3", "nothing": "conf/tinhub.yaml:1:1",
	} {
		if got := cfg.At(path).String(); got != want {
			t.Errorf("%s is at %s, want %s", path, got, want)
		}
	}
	f := Faults(nil).With(cfg.Fault("topics[0].where", "it does not compile: mend it"), cfg.Fault("publish.limit", "x"))
	if f.Error() != "conf/tinhub.yaml:9:19: x\nconf/tinhub.yaml:39:12: it does not compile: mend it" {
		t.Error(f.Error())
	}
}

func TestEnvironmentBeatsTheFile(t *testing.T) {
	file := "site: { title: A }\nhttp: { listen: ':1', trusted_proxies: [10.0.0.0/8] }\npublish: { limit: 10, formats: [rss] }\n" + oneTopic
	cfg := parse(t, file,
		"TINHUB_SITE_TITLE=Tin B", "TINHUB_SITE_PUBLIC_URL=https://Tin.example/", "TINHUB_HTTP_LISTEN=:2", "TINHUB_HTTP_TRUSTED_PROXIES=",
		"TINHUB_HTTP_METRICS_FROM=10.1.0.0/16, 192.168.1.7", "TINHUB_FETCH_MAX_BODY=1MB", "TINHUB_FETCH_SPACING=0s", "TINHUB_PUBLISH_LIMIT=7",
		"TINHUB_PUBLISH_FORMATS=atom,json", "TINHUB_PUBLISH_EMBARGO=1h", "TINHUB_HUB_LEASE=2d", "TINHUB_WITHDRAW_CONFIRM=1m", "TINHUB_KEEP_ARTICLES=10d",
		"TINHUB_STORE_URL=file:/var/lib/tinhub", "TINHUB_FETCH_TIMEOUT=", "PATH=/bin", "TINHUB_LOG=x", "broken")
	got := []any{cfg.Site.Title, cfg.Site.PublicURL, cfg.HTTP.Listen, len(cfg.HTTP.TrustedProxies), len(cfg.HTTP.MetricsFrom), cfg.Fetch.MaxBody, cfg.Fetch.Spacing,
		cfg.Publish.Limit, cfg.Topics[0].Limit, len(cfg.Publish.Formats), cfg.Publish.Embargo, cfg.Hub.Lease, cfg.Withdraw.Confirm, cfg.Keep.Articles, cfg.Store.URL,
		cfg.Fetch.Timeout, cfg.Fetch.UserAgent}
	want := []any{"Tin B", "https://tin.example", ":2", 0, 2, int64(1 << 20), time.Duration(0), 7, 7, 2, time.Hour, 48 * time.Hour, time.Minute,
		240 * time.Hour, "file:/var/lib/tinhub", 20 * time.Second, "tinhub/1 (+https://tin.example)"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestFaultsOfTheEnvironment(t *testing.T) {
	_, faults := Parse("t.yaml", []byte("fetch: { workers: 0 }\n"+oneTopic), []string{
		"TINHUB_FETCH_WORKRES=1", "TINHUB_KEEP_FOREVER=yes", "TINHUB_FETCH_TIMEOUT=soon", "TINHUB_PUBLISH_FORMATS=rss,pdf", "TINHUB_SITE_PROFILE=strict"})
	want := `t.yaml:1:19: workers is "0": write a whole number from 1 to 10000
environment:1:1: TINHUB_FETCH_TIMEOUT: "soon" is no duration: write a number with its unit, as in 30s, 15m, 12h or 90d
environment:1:1: TINHUB_FETCH_WORKRES sets nothing: did you mean TINHUB_FETCH_WORKERS?
environment:1:1: TINHUB_KEEP_FOREVER sets nothing: section keep has articles, seen, audit
environment:1:1: TINHUB_PUBLISH_FORMATS[1] is "pdf": write one of rss, atom, json
environment:1:1: TINHUB_SITE_PROFILE is "strict": write one of open, vn-aggregator`
	if d := cmp.Diff(want, faults.Error()); d != "" {
		t.Error(d)
	}
}

func TestProfileSetsDefaultsOnly(t *testing.T) {
	legal := "site: { profile: vn-aggregator, owner: A, contact: B, licence: C }\n"
	got := parse(t, legal+oneTopic).Publish
	want := Publish{Limit: 50, Content: "summary", Formats: []news.Format{"rss", "atom", "json"}, Embargo: time.Hour, WithoutAgreement: "link",
		AgreementNotice: 30 * 24 * time.Hour, Require: []Requirement{"agency", "time", "link"}, Footer: "required", MinAgencies: 3}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	got = parse(t, "site: { profile: vn-aggregator }\npublish: { embargo: 3h, without_agreement: summary, require: [link], footer: optional, min_agencies: 1 }\n"+oneTopic).Publish
	if got.Embargo != 3*time.Hour || got.WithoutAgreement != "summary" || len(got.Require) != 1 || got.Footer != "optional" || got.MinAgencies != 1 {
		t.Errorf("its own keys must beat the profile: %+v", got)
	}
	cfg := parse(t, "publish: { footer: optional }\n"+oneTopic, "TINHUB_SITE_PROFILE=vn-aggregator")
	if cfg.Site.Profile != VNAggregator || cfg.Publish.Embargo != time.Hour || cfg.Publish.Footer != FooterOptional {
		t.Errorf("a profile of the environment: %+v", cfg.Publish)
	}
}

func TestExample(t *testing.T) {
	cfg, faults := Parse("tinhub.yaml", []byte(Example), nil)
	if len(faults) > 0 {
		t.Fatalf("the sample has faults:\n%v", faults)
	}
	defaults := parse(t, oneTopic)
	cfg.Site.Owner, cfg.Site.Contact, cfg.Site.Licence = "", "", ""
	defaults.Store.URL = cfg.Store.URL
	for _, pair := range [][2]any{{cfg.Site, defaults.Site}, {cfg.HTTP, defaults.HTTP}, {cfg.Fetch, defaults.Fetch}, {cfg.Publish, defaults.Publish},
		{cfg.Hub, defaults.Hub}, {cfg.Withdraw, defaults.Withdraw}, {cfg.Keep, defaults.Keep}} {
		if d := cmp.Diff(pair[1], pair[0], cmpopts.EquateEmpty(), cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })); d != "" {
			t.Errorf("the sample does not show the default: %s", d)
		}
	}
	l := newLoader("x", ".", nil)
	for _, s := range l.sections() {
		for _, k := range s.keys {
			if _, ok := cfg.places[s.name+"."+k.name]; !ok {
				t.Errorf("the sample lacks %s.%s", s.name, k.name)
			}
		}
	}
	var s news.Source
	var topic news.Topic
	for prefix, keys := range map[string][]key{"sources[%].": l.sourceKeys(&s), "topics[%].": l.topicKeys(&topic), "topics[%].include.": ruleKeys(&topic.Include)} {
		for _, k := range keys {
			if !shown(cfg, prefix+k.name) {
				t.Errorf("the sample lacks %s", prefix+k.name)
			}
		}
	}
}

func shown(cfg Config, pattern string) bool {
	for _, i := range []string{"0", "1", "2"} {
		if _, ok := cfg.places[strings.Replace(pattern, "%", i, 1)]; ok {
			return true
		}
	}
	return false
}

func TestStoreAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"file:data": "file:conf/data", "file:///var/lib/x": "file:/var/lib/x", "file:../d": "file:d", "redis://h:6379/2": "redis://h:6379/2",
		"redis://:pw@h": "redis://:pw@h", "redis+cluster://a:1,b:2": "redis+cluster://a:1,b:2", "redis+sentinel://a:1/m": "redis+sentinel://a:1/m",
	} {
		if got := parse(t, "store: { url: '"+in+"' }\n"+oneTopic).Store.URL; got != want {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
	for _, in := range []string{"redis://", "redis:h", "file:", "data", "postgres://h/x", "redis://pw@/1"} {
		if _, faults := Parse("t.yaml", []byte("store: { url: '"+in+"' }\n"+oneTopic), nil); len(faults) != 1 {
			t.Errorf("%s: %v", in, faults)
		}
	}
}

func TestFileFaults(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "tinhub.yaml")
	_, faults := Load(missing, nil)
	want := missing + ":1:1: there is no such file: name another with -c, or none to run with the starter catalogue"
	if faults.Err() == nil || faults.Error() != want {
		t.Errorf("%v", faults)
	}
	_, faults = Load(t.TempDir(), nil)
	if len(faults) != 1 || !strings.Contains(faults[0].Text, "is a directory") {
		t.Errorf("%v", faults)
	}
	if (Faults{}).Err() != nil {
		t.Error("no faults are no error")
	}
}

func TestHostileFiles(t *testing.T) {
	bomb := "x: &a [1,1,1,1,1,1,1,1,1,1]\n"
	for i := range 9 {
		bomb += string(rune('b'+i)) + ": &" + string(rune('b'+i)) + " [" + strings.Repeat("*"+string(rune('a'+i))+",", 10) + "]\n"
	}
	for name, data := range map[string]string{
		"bomb": bomb, "brackets": "a: " + strings.Repeat("[", 1<<20), "braces": strings.Repeat("{a: ", 1<<18), "dashes": strings.Repeat("- ", 1<<20),
		"questions": strings.Repeat("? ", 1<<18), "big": "a: " + strings.Repeat("x", maxFile), "self": "a: &a [*a]", "tags": "!!binary x", "directive": "%YAML 9\n---\na",
	} {
		start := time.Now()
		if _, faults := Parse("t.yaml", []byte(data), nil); len(faults) == 0 {
			t.Errorf("%s: no fault", name)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/faults/*.yaml")
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil {
			f.Add(data)
		}
	}
	f.Add([]byte(contract))
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg, faults := Parse("t.yaml", data, testEnviron)
		cfg.At("topics[0].where")
		for _, x := range faults {
			if x.Text == "" || strings.ContainsAny(x.Text, "\n\r") || x.Line < 0 {
				t.Fatalf("%q is no fault", x)
			}
		}
	})
}

// Whatever stands before it, a fault is in the line where it is.
func TestPositionsBehindEveryKindOfText(t *testing.T) {
	for name, before := range map[string]string{
		"plain":           "site:\n  title: a\n",
		"plain, two rows": "site:\n  title: a\n    b c\n",
		"quoted rows":     "site:\n  title: \"a\n    b\n    c\"\n",
		"single rows":     "site:\n  title: 'a\n\n    b'\n",
		"literal":         "site:\n  title: |\n    a\n\n    b\n\n",
		"folded":          "site:\n  title: >-\n    a\n    b\n",
		"flow rows":       "site: {\n  title: a,\n  owner: b\n}\n",
		"flow, remarks":   "site: { title: a, # một\n  owner: b } # hai\n",
		"remarks":         "# một\n\n  # hai\nsite:\n  # ba\n  title: a # bốn\n# năm\n",
		"escapes":         "site:\n  title: \"Cà Mau \\n \\u00e0 \\\"\"\n",
		"document mark":   "---\nsite:\n  title: Đồng Tháp\n",
		"byte order mark": "\ufeffsite:\n  title: a\n",
	} {
		for _, end := range []string{"\n", "\r\n"} {
			data := before + "fetch:\n  timeout: soon\n"
			line := strings.Count(data, "\n")
			_, faults := Parse("t.yaml", []byte(strings.ReplaceAll(data, "\n", end)), nil)
			if len(faults) != 1 || faults[0].Line != line || faults[0].Column != 12 {
				t.Errorf("%s, %q: want one fault in %d:12, have %v", name, end, line, faults)
			}
		}
	}
}

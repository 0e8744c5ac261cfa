package redis

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for url, want := range map[string]target{
		"redis://localhost":                   {addrs: []string{"localhost:6379"}},
		"redis://localhost:7000/3":            {addrs: []string{"localhost:7000"}, db: 3},
		"redis://[::1]:7000/":                 {addrs: []string{"[::1]:7000"}},
		"redis://[::1]":                       {addrs: []string{"[::1]:6379"}},
		"rediss://u:p%40%2F%3A@r.example":     {addrs: []string{"r.example:6379"}, user: "u", pass: "p@/:", tls: true},
		"redis://:a@b@r.example":              {addrs: []string{"r.example:6379"}, pass: "a@b"},
		"redis+cluster://a,b:7001,[::1]:7002": {addrs: []string{"a:6379", "b:7001", "[::1]:7002"}, cluster: true},
		"rediss+cluster://u:p@a:1/0":          {addrs: []string{"a:1"}, cluster: true, tls: true, user: "u", pass: "p"},
		"redis+sentinel://u:p@s1,s2:7/news/2?sentinel_username=su&sentinel_password=sp": {
			addrs: []string{"s1:26379", "s2:7"}, master: "news", db: 2, user: "u", pass: "p", sentinelUser: "su", sentinelPass: "sp"},
	} {
		got, err := parse(url)
		if d := cmp.Diff(want, got, cmp.AllowUnexported(target{})); d != "" || err != nil {
			t.Errorf("%s: %v\n%s", url, err, d)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for url, want := range map[string]string{
		"":                          "kind",
		"localhost:6379":            "kind",
		"http://localhost":          "kind",
		"redis+other://localhost":   "kind",
		"redis+://localhost":        "kind",
		"redis://":                  "not a host",
		"redis://a,b":               "several hosts",
		"redis://a:0":               "port",
		"redis://a:65536":           "port",
		"redis://a:x":               "not a host",
		"redis://a b":               "not a host",
		"redis://a/x":               "number of a database",
		"redis://a/-1":              "number of a database",
		"redis+cluster://a,b/1":     "database 0 only",
		"redis+cluster://a,,b":      "not a host",
		"redis+sentinel://a,b":      "needs the master's name",
		"redis://a?pool=3":          "no option",
		"redis://a?sentinel_user=x": "no option",
		"redis://a?%zz":             "cannot be read",
		"redis://u:s3cret%@a":       "escape",
		"redis://u:s3cret@a:x":      "not a host",
	} {
		_, err := parse(url)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// Sentinel's own protocol is go-redis's matter; that the URL leads there is ours.
func TestConnectKinds(t *testing.T) {
	for url, want := range map[string]string{
		"redis://127.0.0.1:1":               "*redis.Client",
		"redis+cluster://127.0.0.1:1":       "*redis.ClusterClient",
		"redis+sentinel://127.0.0.1:1/news": "*redis.Client",
	} {
		tg, err := parse(url)
		if err != nil {
			t.Fatal(err)
		}
		c := connect(tg, Options{})
		defer c.Close()
		if got := strings.TrimPrefix(typeName(c), "*v9."); got != want {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
	}
}

func typeName(v any) string { return fmt.Sprintf("%T", v) }

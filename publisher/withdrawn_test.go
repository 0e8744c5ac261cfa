package publisher

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tinhub/news"
	"tinhub/publisher/feed"
)

// A copyOf an output is what a reader got once, and asks about again later.
type copyOf struct {
	path, tag, modified, body string
	format                    news.Format
	had                       []string // stories
}

// Whatever a reader has kept, and by whatever validator it asks: nothing that is
// withdrawn now is in an answer, 304 is only said to who has exactly what is
// served, and a delta, in Atom, calls back what the reader still has. News come,
// change, go and come back meanwhile.
func TestWithdrawnIsNeverServedAgain(t *testing.T) {
	const known, steps = 12, 40
	r := rand.New(rand.NewPCG(5, 5))
	d := newDesk()
	stands := map[int]string{} // title of what stands, by number
	told := make([]int, known) // how often each was told anew
	change := func(n int, stand bool) {
		s, a := aStory(n)
		s.Published = t0.AddDate(0, 0, -11*n) // over months
		told[n]++
		s.Title = fmt.Sprintf("Tin %d bản %d.", n, told[n])
		a.Title, s.Members[0].Title = s.Title, s.Title
		delete(stands, n)
		if stand {
			stands[n] = s.Title
		} else {
			s.Withdrawn = t0.Add(time.Duration(told[n]) * time.Minute)
			a.Withdrawn, s.Traces = s.Withdrawn, []string{news.Everything}
		}
		d.file(s, a)
	}
	for n := range known {
		change(n, true)
	}
	p, srv := archived(t, d, Options{})
	shows(t, p, news.Everything, known)
	var copies []copyOf
	counts := map[int]int{}
	for step := range steps {
		n := r.IntN(known)
		_, stood := stands[n]
		change(n, !stood || r.IntN(3) == 0 && len(stands) < known)
		eventually(t, "it is published", func() bool {
			got := titles(t, news.JSON, get(t, srv, "/topics/tat-ca.json").body)
			want := []string{}
			for _, title := range stands {
				want = append(want, title)
			}
			slices.Sort(got)
			slices.Sort(want)
			return slices.Equal(got, want)
		})
		current := map[string]string{}
		clean := func(path string, body []byte) {
			t.Helper()
			for n := range known {
				for version := 1; version <= told[n]; version++ {
					title := fmt.Sprintf("Tin %d bản %d.", n, version)
					if stands[n] != title && contains(body, title) {
						t.Fatalf("step %d, %s: %q is served", step, path, title)
					}
				}
			}
		}
		paths := []string{"/topics/tat-ca.rss", "/topics/tat-ca.atom", "/topics/tat-ca.json"}
		for path := atomAt(t, srv, "/topics/tat-ca.atom").link("prev-archive"); path != ""; path = atomAt(t, srv, path).link("prev-archive") {
			paths = append(paths, path, strings.Replace(path, ".atom", ".rss", 1))
		}
		for _, path := range paths {
			for _, coding := range []string{"identity", "gzip"} {
				res := get(t, srv, path, "Accept-Encoding", coding)
				if coding == "identity" {
					current[path] = string(res.body)
					clean(path, res.body)
				}
				one := copyOf{path: path, tag: res.header.Get("ETag"), modified: res.header.Get("Last-Modified"), body: current[path], format: news.Format(path[strings.LastIndexByte(path, '.')+1:])}
				for n := range stands {
					if contains([]byte(one.body), stands[n]) {
						one.had = append(one.had, id(n))
					}
				}
				copies = append(copies, one)
			}
		}
		for i := range copies {
			c := copies[i]
			ways := [][]string{{"If-None-Match", c.tag}, {"If-None-Match", c.tag, "A-IM", "feed"}, {"If-None-Match", `"x", W/` + c.tag, "A-IM", "feed"}}
			if c.modified != "" {
				ways = append(ways, []string{"If-Modified-Since", c.modified})
			}
			way := ways[r.IntN(len(ways))]
			res := get(t, srv, c.path, append(way, "Accept-Encoding", "identity")...)
			counts[res.status]++
			switch now, there := current[c.path]; {
			case res.status == 304 && (!there || c.body != now):
				t.Fatalf("step %d, %s: %v is said to be what is served", step, c.path, way)
			case res.status == 226 && c.format == news.Atom:
				for n := range known {
					if _, stand := stands[n]; !stand && slices.Contains(c.had, id(n)) && !contains(res.body, `ref="`+feed.StoryID(id(n))+`"`) {
						t.Fatalf("step %d, %s: a delta since %s does not call story %d back", step, c.path, c.tag, n)
					}
				}
			case res.status == 404 && there, !slices.Contains([]int{200, 226, 304, 404}, res.status):
				t.Fatalf("step %d, %s by %v: %d", step, c.path, way, res.status)
			}
			clean(c.path, res.body)
		}
	}
	if counts[226] < 100 || counts[304] < 100 || counts[200] < 100 {
		t.Errorf("answers by status: %v", counts)
	}
	t.Logf("answers by status: %v", counts)
}

package feed

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/microcosm-cc/bluemonday"
	"github.com/mmcdole/gofeed"

	"tinhub/news"
)

// feed110 is a feed of 110 KB: 30 items of some 3 KB, as a paper with full texts has.
func feed110() []byte {
	var b strings.Builder
	for n := range 30 {
		var text strings.Builder
		for p := range 8 {
			fmt.Fprintf(&text, `<p>Đoạn %d của bài %d: người dân trong xã góp công làm đường, trồng cây và giữ vệ sinh chung, <a href="/tin-%d.html">ai cũng phấn khởi</a> khi con đường mới hoàn thành trước mùa mưa; đoàn thanh niên phụ trách khâu vận động và giám sát.</p>`, p, n, p)
		}
		fmt.Fprintf(&b, `<item><title>Tin số %d: làng quê đổi mới</title><link>https://baotinh.example/tin-%d.html</link><guid>https://baotinh.example/tin-%d.html</guid>`+
			`<pubDate>Fri, 16 Jun 2023 16:%02d:00 +0700</pubDate><category>Nông thôn</category><description><![CDATA[<a href="/tin-%d.html"><img src="https://anh.baotinh.example/%d.jpg"></a></br>%s]]></description></item>`,
			n, n, n, n, n, n, text.String())
	}
	return []byte(rssOf(b.String()))
}

// BenchmarkParse reads the feed with 2 of 30 items new, beside the whole of it
// by gofeed and bluemonday: the ratio of the two is what MEASURED asks for.
func BenchmarkParse(b *testing.B) {
	body := feed110()
	o := options()
	whole, err := Parse(body, o)
	if err != nil || len(whole.Entries) != 30 {
		b.Fatal(len(whole.Entries), err)
	}
	known := map[news.Key]bool{}
	for _, k := range whole.Raw[2:] {
		known[k] = true
	}
	run := func(name string, f func(b *testing.B)) {
		b.Run(name, func(b *testing.B) {
			start := cpuTime()
			f(b)
			b.ReportMetric(float64(cpuTime()-start)/float64(b.N), "cpu-ns/op")
		})
	}
	run("all", func(b *testing.B) {
		for b.Loop() {
			if doc, _ := Parse(body, o); len(doc.Entries) != 30 {
				b.Fatal(len(doc.Entries))
			}
		}
	})
	run("2 new", func(b *testing.B) {
		o := o
		o.Known = func(k news.Key) bool { return known[k] }
		for b.Loop() {
			if doc, _ := Parse(body, o); len(doc.Entries) != 2 || len(doc.Unchanged) != 28 {
				b.Fatal(len(doc.Entries), len(doc.Unchanged))
			}
		}
	})
	b.Run("in turns", func(b *testing.B) {
		o, policy := o, bluemonday.UGCPolicy()
		o.Known = func(k news.Key) bool { return known[k] }
		var ratios []float64
		for b.Loop() {
			begun := cpuTime()
			for range 20 {
				if doc, _ := Parse(body, o); len(doc.Entries) != 2 {
					b.Fatal(len(doc.Entries))
				}
			}
			middle := cpuTime()
			for range 4 {
				f, err := gofeed.NewParser().Parse(bytes.NewReader(body))
				if err != nil {
					b.Fatal(err)
				}
				for _, it := range f.Items {
					policy.Sanitize(it.Description)
				}
			}
			ratios = append(ratios, float64(middle-begun)/20/(float64(cpuTime()-middle)/4))
		}
		slices.Sort(ratios)
		b.ReportMetric(ratios[len(ratios)/2], "of-limit")
	})
	run("gofeed and bluemonday", func(b *testing.B) {
		policy := bluemonday.UGCPolicy()
		for b.Loop() {
			f, err := gofeed.NewParser().Parse(bytes.NewReader(body))
			if err != nil {
				b.Fatal(err)
			}
			for _, it := range f.Items {
				policy.Sanitize(it.Description)
			}
		}
	})
}

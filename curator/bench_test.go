package curator

import (
	"fmt"
	"testing"
	"time"

	"tinhub/news"
)

// BenchmarkCurate is one new entry of 3 KB, from the wire to its story, under
// the 27 starter topics, without a store's own cost: batches of 100.
func BenchmarkCurate(b *testing.B) {
	topics := taxonomy(b)
	o := options()
	o.Topics = func() []news.Topic { return topics }
	f := newFake()
	e := news.Entry{Summary: harvest, Content: "<p>" + clip(article3KB().Content[3:], 3000) + "</p>", Section: "Kinh tế", Published: at(noon)}
	for i := range b.N {
		e.GUID, e.Link, e.Title = fmt.Sprint(i), fmt.Sprintf("https://baomau.example/x-%d.html", 600000+i), fmt.Sprintf("Tin số %d", i)
		e.Summary = fmt.Sprintf("Tin %d. %s", i, harvest)
		f.deliver(paperShard(), entry(e))
	}
	c := New(f.deps(), o)
	lease, err := f.Take(b.Context(), leaseName, "bench", time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	t := newTerm(c, lease)
	b.ReportAllocs()
	b.ResetTimer()
	if err := t.drain(b.Context()); err != nil {
		b.Fatal(err)
	}
}

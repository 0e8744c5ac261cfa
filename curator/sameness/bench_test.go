package sameness

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tinhub/news"
)

// words makes a text of about n bytes in syllables like those of Vietnamese.
func words(r *rand.Rand, n int) string {
	onset := strings.Fields("b c ch d đ g gi h k kh l m n ng nh ph qu r s t th tr v x")
	rhyme := strings.Fields("a à á ả anh ang áp ân ất âu ây ê ến inh iệt o ó ong ông ồng ộc ơ ơn u ú ung uyện ư ương ước ười")
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(onset[r.IntN(len(onset))])
		b.WriteString(rhyme[r.IntN(len(rhyme))])
		b.WriteByte(" .  ,   \n"[r.IntN(8)])
		b.WriteByte(' ')
	}
	return b.String()
}

// oneCopyIn is how many articles there are for each that tells a stored one again:
// 163 of 22,643 real ones did. A press that lives on wire news has more.
const oneCopyIn = 100

// BenchmarkSameness measures an article of 3 KB from its text to its candidates,
// and, for the share that has one, to the decision, against the limit of this room:
// reading it as syllables. The ratio has to stay flat as the index grows. What one
// decision costs, which reads the other text too, stands beside it.
func BenchmarkSameness(b *testing.B) {
	for _, stored := range []int{10_000, 1_000_000} {
		b.Run(strconv.Itoa(stored), func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 2))
			x, perArticle := filled(r, stored)
			p := NewPreparer()
			known := words(r, 4000)
			x.Put("known", 1, p.Sample("Tin cũ", known), time.Time{}, time.Time{})
			title, text, copied := words(r, 80), words(r, 3000), known[:3000]
			var read, find, decide []time.Duration
			var dst []news.Syllable
			b.ReportAllocs()
			for b.Loop() {
				at := time.Now()
				dst = news.Syllables(dst[:0], title+"\n"+text)
				read = append(read, time.Since(at))
				at = time.Now()
				none := x.Candidates(p.Sample(title, text), time.Time{}, 8)
				find = append(find, time.Since(at))
				some := x.Candidates(p.Sample(title, copied), time.Time{}, 8)
				at = time.Now()
				same := Compare(p.Prepare(title, copied), p.Prepare("Tin cũ", known)).Same
				decide = append(decide, time.Since(at))
				if len(none) != 0 || len(some) != 1 || !same {
					b.Fatalf("the new text meets %v, the copy %v and is the same: %t", none, some, same)
				}
			}
			whole := median(find) + median(decide)/oneCopyIn
			b.ReportMetric(float64(whole)/float64(median(read)), "x-reading")
			b.ReportMetric(float64(median(decide))/float64(median(read)), "x-decision")
			b.ReportMetric(perArticle, "B/article")
		})
	}
}

// median leaves out who else runs on the machine.
func median(ds []time.Duration) time.Duration {
	slices.Sort(ds)
	return ds[len(ds)/2]
}

// filled is an index over so many articles, and what it takes for each in bytes.
func filled(r *rand.Rand, articles int) (*Index, float64) {
	x := NewIndex(0)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range articles {
		s := make(Sample, 50)
		for j := range s {
			s[j] = r.Uint64() &^ 3
		}
		x.Put(fmt.Sprintf("%032x", i), 1, s, time.Time{}, time.Time{})
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	return x, float64(after.HeapAlloc-before.HeapAlloc) / float64(articles)
}

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

// BenchmarkSameness measures an article of 3 KB from its text to its
// candidates, against the limit of this room: reading it as syllables. The
// ratio has to stay flat as the index grows.
func BenchmarkSameness(b *testing.B) {
	for _, stored := range []int{10_000, 1_000_000} {
		b.Run(strconv.Itoa(stored), func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 2))
			x := NewIndex(0)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			for i := range stored {
				s := make(Sample, 50)
				for j := range s {
					s[j] = r.Uint64() &^ 3
				}
				x.Put(fmt.Sprintf("%032x", i), 1, s, time.Time{}, time.Time{})
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			title, text := words(r, 80), words(r, 3000)
			p := NewPreparer()
			var read, whole []time.Duration
			var dst []news.Syllable
			b.ReportAllocs()
			for b.Loop() {
				at := time.Now()
				dst = news.Syllables(dst[:0], title+"\n"+text)
				mid := time.Now()
				x.Candidates(p.Sample(title, text), time.Time{}, 8)
				read, whole = append(read, mid.Sub(at)), append(whole, time.Since(mid))
			}
			// Medians: who else runs on the machine is not counted.
			slices.Sort(read)
			slices.Sort(whole)
			b.ReportMetric(float64(whole[len(whole)/2])/float64(read[len(read)/2]), "x-reading")
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(stored), "B/article")
		})
	}
}

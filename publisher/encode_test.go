package publisher

import (
	"sync"
	"testing"

	"tinhub/news"
)

// TestMadeOnce: readers who ask for an encoding at once get the same bytes, made
// once; nothing is made before.
func TestMadeOnce(t *testing.T) {
	s := newServed(news.Output{ETag: "x", Body: []byte("<p>Bà con trồng hoa dọc đường làng.</p>")})
	if s.variants[gzipped].body != nil {
		t.Error("an encoding was made before anybody asked")
	}
	var wg sync.WaitGroup
	var got [8][]byte
	for i := range got {
		wg.Go(func() { got[i] = s.in(gzipped).body })
	}
	wg.Wait()
	for i := range got {
		if len(got[i]) == 0 || &got[i][0] != &got[0][0] {
			t.Errorf("reader %d got bytes of its own", i)
		}
	}
	if plain := s.in(plain).body; &plain[0] != &s.Body[0] {
		t.Error("the plain bytes were copied")
	}
}

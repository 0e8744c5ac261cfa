package publisher

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"tinhub/news"
)

// TestWarmAsCold edits, adds and reorders stories at random: who rendered them
// all along and who renders them for the first time write the same bytes, in
// every encoding.
func TestWarmAsCold(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	d := newDesk()
	warm := New(d.deps(), Options{Settings: settings()})
	for round := range 30 {
		for range 1 + r.IntN(4) {
			s, a := aStory(r.IntN(70), "nong-thon-moi")
			word := fmt.Sprint(r.IntN(3))
			switch r.IntN(6) {
			case 0:
				s.Title = "Tin sửa lần " + word
			case 1:
				a.Summary = "<p>Lời dẫn " + word + "</p>"
			case 2:
				a.Authors = []news.Person{{Name: "Tác giả " + word}}
			case 3:
				a.Image = &news.Image{URL: "https://anh.example/" + word + ".jpg"}
			case 4:
				a.Categories = []news.Category{{Term: "Mục " + word}}
			case 5:
				s.Published = s.Published.Add(time.Duration(r.IntN(100)) * time.Hour)
			}
			d.file(s, a)
		}
		cold := New(d.deps(), Options{Settings: settings()})
		same(t, round, rendered(t, warm), rendered(t, cold))
	}
}

// rendered is one channel as a publisher would store it, had it stored nothing yet.
func rendered(t *testing.T, p *Publisher) []news.Output {
	t.Helper()
	v := p.view.Load()
	c := v.byID["nong-thon-moi"]
	entries, err := p.collect(context.Background(), v, c, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	outputs, err := v.revise(c, entries, nil, 0, t0)
	if err != nil || len(outputs) != len(formats) {
		t.Fatalf("%d outputs, %v", len(outputs), err)
	}
	return outputs
}

func same(t *testing.T, round int, warm, cold []news.Output) {
	t.Helper()
	for i := range warm {
		one, other := newServed(warm[i]), newServed(cold[i])
		for coding := range one.variants {
			if a, b := one.in(coding), other.in(coding); !bytes.Equal(a.body, b.body) || a.etag != b.etag {
				t.Fatalf("round %d: %s in encoding %d differs between who knows the stories and who does not", round, warm[i].Format, coding)
			}
		}
	}
}

// TestEncodings: what was compressed is read by other decoders as it was, for
// documents of every size and kind, and the same bytes give the same bytes.
func TestEncodings(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	noise := make([]byte, 300_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	for name, body := range map[string][]byte{
		"nothing": nil, "a byte": {'x'}, "noise": noise, "noise behind text": append([]byte(strings.Repeat("tin ", 40_000)), noise...),
		"a document": []byte(strings.Repeat("<p>Bà con trồng hoa dọc đường làng.</p>\n", 6000)), "zeros": make([]byte, 1<<21),
	} {
		same(t, 0, []news.Output{{Body: body}}, []news.Output{{Body: body}})
		one := newServed(news.Output{Body: body})
		gz, err := gzip.NewReader(bytes.NewReader(one.in(gzipped).body))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		zs, err := zstd.NewReader(bytes.NewReader(one.in(zstded).body))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for coding, in := range map[string]io.Reader{"gzip": gz, "zstd": zs, "br": brotli.NewReader(bytes.NewReader(one.in(brotlied).body))} {
			if got, err := io.ReadAll(in); err != nil || !bytes.Equal(got, body) {
				t.Errorf("%s in %s: %d bytes of %d, %v", name, coding, len(got), len(body), err)
			}
		}
		zs.Close()
	}
}

// TestCuts: a text that was forgotten is cut as before, and memory is bounded.
func TestCuts(t *testing.T) {
	c := newCuts()
	calls := 0
	cut := func(s string) string { calls++; return s[:1] }
	for i := range 3 * cutsMost {
		if got := c.of(fmt.Sprint("a", i), cut); got != "a" || c.of("hot", cut) != "h" {
			t.Fatalf("%q", got)
		}
	}
	if calls != 3*cutsMost+1 {
		t.Errorf("%d texts were cut, one of %d was in use all along", calls, 3*cutsMost+1)
	}
	if n := len(c.young) + len(c.old); n > 2*cutsMost {
		t.Errorf("%d are remembered", n)
	}
}

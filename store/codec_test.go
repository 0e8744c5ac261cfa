package store

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

func TestKeep(t *testing.T) {
	for _, c := range []struct {
		name     string
		in, want Keep
	}{
		{"the contract's defaults", Keep{}, Keep{90 * day, 400 * day, 730 * day}},
		{"given", Keep{10 * day, 20 * day, 30 * day}, Keep{10 * day, 20 * day, 30 * day}},
		{"keys outlive articles", Keep{Articles: 500 * day}, Keep{500 * day, 500 * day, 730 * day}},
		{"nonsense", Keep{-1, -1, -1}, Keep{90 * day, 400 * day, 730 * day}},
	} {
		if d := cmp.Diff(c.want, c.in.withDefaults()); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

// Two batches share an id only if they say the same.
func TestContentID(t *testing.T) {
	at := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	f := Fence{"curate", 1}
	base := Step{Op: Put, Key: "k", Value: []byte("v"), Index: []Index{{"a", "b"}}, Expires: at}
	with := func(change func(*Step)) []Step {
		s := base
		change(&s)
		return []Step{s}
	}
	ids := map[string]string{}
	for name, id := range map[string]string{
		"as it is":          contentID(f, []Step{base}),
		"another fence":     contentID(Fence{"poll", 1}, []Step{base}),
		"another token":     contentID(Fence{"curate", 2}, []Step{base}),
		"twice":             contentID(f, []Step{base, base}),
		"none":              contentID(f, nil),
		"another operation": contentID(f, with(func(s *Step) { s.Op = Append })),
		"a condition":       contentID(f, with(func(s *Step) { s.If = Absent })),
		"a version":         contentID(f, with(func(s *Step) { s.Version = 1 })),
		"a moved border":    contentID(f, with(func(s *Step) { s.Key, s.Value = "kv", nil })),
		"another value":     contentID(f, with(func(s *Step) { s.Value = []byte("w") })),
		"another sort":      contentID(f, with(func(s *Step) { s.Index = []Index{{"a", "c"}} })),
		"no index":          contentID(f, with(func(s *Step) { s.Index = nil })),
		"another border":    contentID(f, with(func(s *Step) { s.Index = []Index{{"ab", ""}} })),
		"another expiry":    contentID(f, with(func(s *Step) { s.Expires = at.Add(1) })),
		"no expiry":         contentID(f, with(func(s *Step) { s.Expires = time.Time{} })),
	} {
		if ids[id] != "" {
			t.Errorf("%s and %s have one id", name, ids[id])
		}
		ids[id] = name
	}
	if contentID(f, []Step{base}) != contentID(f, with(func(*Step) {})) {
		t.Error("the same has two ids")
	}
}

func TestCursor(t *testing.T) {
	for _, h := range []Hit{{"", "k"}, {"0001", "story/ab"}, {"ă\x01", "ơ"}} {
		got, err := readCursor(writeCursor(h))
		if err != nil || *got != h {
			t.Errorf("%q comes back as %v: %v", h, got, err)
		}
	}
	if h, err := readCursor(""); h != nil || err != nil {
		t.Errorf("none: %v, %v", h, err)
	}
	for _, c := range []string{"x", "!", "AAAA", writeCursor(Hit{"a\x00b", "k"}), writeCursor(Hit{"a", ""})} {
		if h, err := readCursor(c); !errors.Is(err, news.ErrNotFound) {
			t.Errorf("%q: %v, %v", c, h, err)
		}
	}
}

func TestSeen(t *testing.T) {
	at := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	if h, got := unpackSeen([]byte(packSeen("abc", at))); h != "abc" || !got.Equal(at) {
		t.Errorf("got %s %v", h, got)
	}
	for _, v := range []string{"abc", "abc@", "abc@soon"} {
		if h, got := unpackSeen([]byte(v)); h != "abc" || !got.IsZero() {
			t.Errorf("%q: got %s %v", v, h, got)
		}
	}
	if h, _ := unpackSeen(nil); h != "" {
		t.Errorf("nothing is %q", h)
	}
}

func fullOutput() news.Output {
	return news.Output{Channel: "tat-ca", Format: news.RSS, Revision: 3, ETag: "x", Items: 2,
		Body: []byte("b\x00ody")}
}

func TestPackOutput(t *testing.T) {
	out := fullOutput()
	header, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	packed := packOutput(header, &out)
	got, err := unpackOutput(packed)
	if d := cmp.Diff(out, got); d != "" || err != nil {
		t.Errorf("%v %s", err, d)
	}
	if cap(got.Body) != len(got.Body) {
		t.Error("appending to the body would write into the next piece")
	}
	for n := range packed { // cut off anywhere
		if _, err := unpackOutput(packed[:n]); err == nil {
			t.Errorf("%d of %d bytes were read", n, len(packed))
		}
	}
	if _, err := unpackOutput(append(packed, 0)); err == nil {
		t.Error("something behind the end was passed over")
	}
	before := append(packed, 1, 'g', 1, 'b', 1, 'z')
	if got, err := unpackOutput(before); err != nil || !cmp.Equal(out, got) {
		t.Errorf("an output that was stored with its encodings reads as %+v, %v", got, err)
	}
}

func FuzzUnpackOutput(f *testing.F) {
	out := fullOutput()
	f.Add(packOutput([]byte(`{"channel":"tat-ca"}`), &out))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		out, err := unpackOutput(b)
		if err == nil && len(out.Body) > len(b) {
			t.Error("more came out than there was")
		}
	})
}

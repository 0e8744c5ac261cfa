package feed

import "testing"

// TestDeclaredEntities: words that a DOCTYPE declares are read, files, markup and
// references to other entities never.
func TestDeclaredEntities(t *testing.T) {
	const subset = `<!DOCTYPE rss [
  <!ENTITY toa-soan "Báo Tỉnh">
  <!ENTITY nbsp "&#160;">
  <!ENTITY tep SYSTEM "file:///etc/passwd">
  <!ENTITY the "<b>x</b>">
  <!ENTITY hai '&toa-soan;&toa-soan;'>
]>`
	for in, want := range map[string]string{
		"của &toa-soan;":   "của Báo Tỉnh",
		"a&nbsp;b":         "a b",
		"a &tep; b":        "a &tep; b",
		"a &the; b":        "a &the; b",
		"a &hai; b":        "a &hai; b",
		"a &khong-co; b":   "a &khong-co; b",
		"&amp;toa-soan; b": "&toa-soan; b",
	} {
		doc, err := Parse([]byte(subset+rssOf(`<item><title>`+in+`</title><guid>1</guid></item>`)), options())
		if err != nil || len(doc.Entries) != 1 || doc.Entries[0].Title != want {
			t.Errorf("%q: %v %v, want %q", in, doc.Entries, err, want)
		}
	}
}

func TestUndeclaredEntities(t *testing.T) {
	doc, _ := Parse([]byte(rssOf(`<item><title>&toa-soan;</title><guid>1</guid></item>`)), options())
	if len(doc.Entries) != 1 || doc.Entries[0].Title != "&toa-soan;" {
		t.Errorf("%v", doc.Entries)
	}
}

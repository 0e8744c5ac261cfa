package publisher

import (
	"fmt"
	"testing"

	"tinhub/news"
)

// TestBeginsWithTheNewest: a process that was killed left a folder older than
// what it served; a store that was emptied, or lost its last second, is older
// than the folder. Neither is shown in between.
func TestBeginsWithTheNewest(t *testing.T) {
	at := func(revision int64) news.Output {
		body := fmt.Appendf(nil, "revision %d", revision)
		return news.Output{Channel: "nong-thon-moi", Format: news.RSS, Revision: revision, Body: body, ETag: tagOf(body)}
	}
	for _, c := range []struct {
		name           string
		folder, stored int64
		down           bool
		want           int64
		kept           bool // the folder has it already
	}{
		{"killed before the folder was written", 7, 9, false, 9, false},
		{"the store lost its last second", 9, 7, false, 9, true},
		{"the store was emptied", 9, 0, false, 9, true},
		{"a new folder", 0, 9, false, 9, false},
		{"the store is away", 7, 9, true, 7, true},
		{"the first start of all", 0, 0, false, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, folder := newDesk(), t.TempDir()
			if c.folder > 0 {
				before := New(d.deps(), Options{Settings: settings(), Folder: folder})
				before.memory.install(at(c.folder))
				before.saveFolder()
			}
			if c.stored > 0 {
				d.outputs["nong-thon-moi"] = []news.Output{at(c.stored)}
			}
			d.setDown(c.down)
			p := New(d.deps(), Options{Settings: settings(), Folder: folder})
			p.begin(t.Context())
			have := p.memory.channel("nong-thon-moi")
			if got := have.revision(); got != c.want {
				t.Errorf("revision %d is served, want %d", got, c.want)
			}
			if kept := have != nil && p.saved["nong-thon-moi"] == have; kept != c.kept {
				t.Errorf("counted as kept in the folder: %v", kept)
			}
		})
	}
}

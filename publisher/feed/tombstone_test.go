package feed

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"
)

func TestTombstones(t *testing.T) {
	c := sample()
	plain := string(Atom(c))
	if strings.Contains(plain, nsTombstones) {
		t.Error("a document that calls nothing back declares tombstones")
	}
	when := time.Date(2026, 11, 4, 1, 2, 3, 0, time.UTC)
	c.Gone = []Tombstone{{StoryID("3d112233445566778899aabbccddeeff"), when}, {StoryID("4e112233445566778899aabbccddeeff"), when.Add(-time.Hour)}}
	var doc struct {
		Updated string     `xml:"updated"`
		Entries []struct{} `xml:"entry"`
		Gone    []struct {
			Ref  string `xml:"ref,attr"`
			When string `xml:"when,attr"`
		} `xml:"http://purl.org/atompub/tombstones/1.0 deleted-entry"`
	}
	if err := xml.Unmarshal(Atom(c), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Entries) != len(c.Items) || len(doc.Gone) != 2 {
		t.Fatalf("%d entries and %d tombstones", len(doc.Entries), len(doc.Gone))
	}
	if g := doc.Gone[0]; g.Ref != c.Gone[0].ID || g.When != "2026-11-04T08:02:03+07:00" {
		t.Errorf("the first is %+v", g)
	}
	if doc.Updated != "2026-11-04T08:02:03+07:00" {
		t.Errorf("the document is of %s, before what it calls back", doc.Updated)
	}
	if string(RSS(c)) == "" || strings.Contains(string(RSS(c)), "deleted") || strings.Contains(string(JSON(c)), "deleted") {
		t.Error("formats that know no tombstones have some")
	}
}

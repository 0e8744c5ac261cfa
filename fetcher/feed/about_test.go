package feed

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

// told reads one item with all that it states.
func told(t *testing.T, item string) Details {
	t.Helper()
	o := options()
	o.About = true
	doc, err := Parse([]byte(strings.Replace(rssOf(`<item><title>a</title>`+item+`</item>`), "<rss ", `<rss xmlns:georss="http://www.georss.org/georss" xmlns:gml="http://www.opengis.net/gml" `+
		`xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#" xmlns:psc="http://podlove.org/simple-chapters" xmlns:cc="http://web.resource.org/cc/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" `, 1)), o)
	if err != nil || len(doc.Details) != 1 {
		t.Fatal(err, len(doc.Details))
	}
	return doc.Details[0]
}

func TestWhere(t *testing.T) {
	point := &Where{Kind: "Point", Points: [][]float64{{105.15, 9.17}}}
	for in, want := range map[string]*Where{
		`<georss:point>9.17 105.15</georss:point>`:              point,
		`<georss:point>9.17,105.15</georss:point>`:              point,
		`<geo:lat>9.17</geo:lat><geo:long>105.15</geo:long>`:    point,
		`<gml:Point><gml:pos>9.17 105.15</gml:pos></gml:Point>`: point,
		`<georss:where><gml:Point srsName="urn:ogc:def:crs:OGC:1.3:CRS84"><gml:pos>105.15 9.17</gml:pos></gml:Point></georss:where>`:                 point,
		`<georss:where><gml:Point srsName="http://www.opengis.net/def/crs/EPSG/0/4326"><gml:pos>9.17 105.15</gml:pos></gml:Point></georss:where>`:    point,
		`<georss:where><gml:Point srsName="EPSG:4979" srsDimension="3"><gml:pos>9.17 105.15 2</gml:pos></gml:Point></georss:where>`:                  {Kind: "Point", Points: [][]float64{{105.15, 9.17, 2}}},
		`<georss:where><gml:Envelope><gml:lowerCorner>8 104</gml:lowerCorner><gml:upperCorner>9 105</gml:upperCorner></gml:Envelope></georss:where>`: {Kind: "Box", Points: [][]float64{{104, 8}, {105, 9}}},
		`<georss:line>8 104 9 105</georss:line>`:             {Kind: "LineString", Points: [][]float64{{104, 8}, {105, 9}}},
		`<georss:line>8 104</georss:line>`:                   nil,
		`<georss:polygon>8 104 9 105 8 105</georss:polygon>`: nil, // a ring comes back to where it began
		`<georss:point>9.17 105.15 3</georss:point>`:         nil,
		`<georss:point>NaN Inf</georss:point>`:               nil,
		`<georss:point>Cà Mau</georss:point>`:                nil,
		`<geo:lat>9.17</geo:lat>`:                            nil,
		`<georss:where/>`:                                    nil,
	} {
		if diff := cmp.Diff(want, told(t, in).Where); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", in, diff)
		}
	}
}

func TestPlayingTime(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"00:00:00": 0, "08:26": 8*time.Minute + 26*time.Second, "00:03:07.250": 3*time.Minute + 7250*time.Millisecond, "45": 45 * time.Second,
		"100:00:00": 100 * time.Hour, "": -1, "1:2:3:4": -1, "sau": -1, "-1": -1, "1e300:0": -1, "NaN": -1,
	} {
		if got, ok := playingTime(in); ok != (want >= 0) || ok && got != want {
			t.Errorf("%q: %v %v, want %v", in, got, ok, want)
		}
	}
}

// TestStatedOfItunes: Apple takes its words only as they are written.
func TestStatedOfItunes(t *testing.T) {
	yes, no := true, false
	for in, want := range map[string]*bool{"yes": &yes, "true": &yes, "explicit": &yes, "no": &no, "clean": &no, "false": &no, "Yes": nil, " yes ": nil, "có": nil} {
		if diff := cmp.Diff(want, told(t, `<itunes:explicit>`+in+`</itunes:explicit>`).Explicit); diff != "" {
			t.Errorf("explicit %q: %s", in, diff)
		}
	}
	for in, want := range map[string]bool{"yes": true, "true": false, "Yes": false, "": false} {
		if got := told(t, `<itunes:block>`+in+`</itunes:block>`).Blocked; got != want {
			t.Errorf("block %q: %v", in, got)
		}
	}
}

func TestStatedParts(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want any
		got  func(d Details) any
	}{
		"an address that is none": {`<comments>javascript:alert(1)</comments>`, "", func(d Details) any { return d.Comments }},
		"a credit without a name": {`<media:credit role="x"> </media:credit>`, []Credit(nil), func(d Details) any { return d.Credits }},
		"licences": {`<cc:license rdf:resource="https://giayphep.example/by"/><media:license href="/anh">Ảnh</media:license><atom:link rel="license" href="/b"/>`,
			[]Licence{{URL: "https://baotinh.example/b"}, {URL: "https://giayphep.example/by"}, {URL: "https://baotinh.example/anh", Name: "Ảnh"}},
			func(d Details) any { return d.Licences }},
		"people": {`<dc:contributor>An &lt;an@bao.example&gt;</dc:contributor><contributor><name>Bình</name><homepage>/binh</homepage></contributor><contributor><uri>data:x</uri></contributor>`,
			[]news.Person{{Name: "Bình", URL: "https://baotinh.example/binh"}, {Name: "An", Email: "an@bao.example"}},
			func(d Details) any { return d.Contributors }},
		"links": {`<link>/a</link><enclosure url="/b" type="Audio/MPEG" length="-5"/><atom:link href="" rel="self"/><atom:link rel="http://www.iana.org/assignments/relation/via" href="c"/><atom:link href="javascript:1"/>`,
			[]Link{{URL: "https://baotinh.example/a", Rel: "alternate"}, {URL: "https://baotinh.example/b", Rel: "enclosure", Type: "audio/mpeg"},
				{URL: "https://baotinh.example/rss/home.rss", Rel: "self", Type: "application/rss+xml"}, {URL: "https://baotinh.example/rss/c", Rel: "via"}},
			func(d Details) any { return d.Links }},
		"what has no field": {`<itunes:duration>3:00</itunes:duration><slash:comments>7</slash:comments><thr:in-reply-to xmlns:thr="http://purl.org/syndication/thread/1.0" ref="x" href="/tra-loi"/><Bao:Kenh xmlns:Bao="urn:kenh">1<b/></Bao:Kenh>`,
			[]Element{{Name: "itunes:duration", Text: "3:00"}, {Name: "slash:comments", Text: "7"}, {Name: "thr:in-reply-to", Attrs: map[string]string{"ref": "x", "href": "https://baotinh.example/tra-loi"}}},
			func(d Details) any { return d.Other }},
		"a period": {`<dcterms:valid>end=2026-11-30T10:00+07:00; start = 2026-11-01</dcterms:valid>`,
			[]string{"2026-11-01", "2026-11-30"}, func(d Details) any {
				return []string{d.ValidFrom.At.Format(time.DateOnly), d.ValidUntil.At.Format(time.DateOnly)}
			}},
	} {
		if diff := cmp.Diff(c.want, c.got(told(t, c.in))); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

// TestStatedOnlyWhereAsked: polls make none of it.
func TestStatedOnlyWhereAsked(t *testing.T) {
	doc, err := Parse([]byte(rssOf(`<generator>CMS</generator>`+item(1))), options())
	if err != nil || len(doc.Entries) != 1 || doc.Details != nil || doc.About.Generator != (Generator{}) {
		t.Error(doc, err)
	}
}

// TestMoved reads where a feed says that it went.
func TestMoved(t *testing.T) {
	for in, want := range map[string]string{
		`<rss><redirect><newLocation>https://moi.example/rss</newLocation></redirect></rss>`: "https://moi.example/rss",
		rssOf(`<itunes:new-feed-url>/moi.rss</itunes:new-feed-url>`):                         "https://baotinh.example/moi.rss",
		`<rss><redirect><newLocation>file:///etc/passwd</newLocation></redirect></rss>`:      "",
	} {
		o := options()
		o.About = true
		doc, err := Parse([]byte(in), o)
		if err != nil || doc.About.Moved != want {
			t.Errorf("%s: %q, want %q (%v)", in, doc.About.Moved, want, err)
		}
	}
}

// TestGroupedMedia: a text that stands in a group is the entry's where it has none.
func TestGroupedMedia(t *testing.T) {
	doc, err := Parse([]byte(`<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"><entry><id>1</id><media:group><media:title>Phim ngắn</media:title>`+
		`<media:description>Về con đường mới</media:description></media:group></entry></feed>`), options())
	if err != nil || len(doc.Entries) != 1 || doc.Entries[0].Title != "Phim ngắn" || doc.Entries[0].Summary != "Về con đường mới" {
		t.Errorf("%+v %v", doc.Entries, err)
	}
}

// TestAuthorsPages: where an author's page is said to be, there is one, or nothing.
func TestAuthorsPages(t *testing.T) {
	atom := func(uri string) string {
		return `<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title>a</title><author><name>An</name><uri>` + uri + `</uri></author></entry></feed>`
	}
	for in, want := range map[string]string{
		atom("/tac-gia/an"):         "https://baotinh.example/tac-gia/an",
		atom("javascript:alert(1)"): "",
		`{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","authors":[{"name":"An","url":"/an"}]}]}`:              "https://baotinh.example/an",
		`{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","authors":[{"name":"An","url":"data:text/html,x"}]}]}`: "",
	} {
		doc, err := Parse([]byte(in), options())
		if err != nil || len(doc.Entries) != 1 || len(doc.Entries[0].Authors) != 1 || doc.Entries[0].Authors[0].URL != want {
			t.Errorf("%s: %+v %v, want %q", in, doc.Entries, err, want)
		}
	}
}

package feed

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"tinhub/fetcher/markup"
)

const head = `<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Báo mẫu</title><link>https://baotinh.example/</link>`

func rssOf(items string) string { return head + items + `</channel></rss>` }

func item(n int) string {
	return fmt.Sprintf(`<item><title>Tin số %d</title><link>https://baotinh.example/tin-%d.html</link><guid>%d</guid><pubDate>Fri, 16 Jun 2023 16:35:00 +0700</pubDate></item>`, n, n, n)
}

func items(from, to int) string {
	var b strings.Builder
	for n := from; n <= to; n++ {
		b.WriteString(item(n))
	}
	return b.String()
}

// hostileFeeds are documents made to kill or fool a reader, each with how many
// entries have to come out of it at least; -1 means that it is no feed.
func hostileFeeds() map[string]struct {
	doc  string
	good int
} {
	type c = struct {
		doc  string
		good int
	}
	bomb := `<!DOCTYPE rss [<!ENTITY a "ha">` + func() string {
		var b strings.Builder
		for i := 'b'; i <= 'k'; i++ {
			fmt.Fprintf(&b, `<!ENTITY %c "%s">`, i, strings.Repeat("&"+string(i-1)+";", 10))
		}
		return b.String()
	}() + `]>`
	wide := `<!DOCTYPE rss [<!ENTITY a "` + strings.Repeat("x", 100000) + `">]>`
	return map[string]c{
		"billion laughs":        {bomb + `<rss version="2.0"><channel><item><title>&k;</title><guid>1</guid></item></channel></rss>`, 1},
		"quadratic blow-up":     {wide + `<rss version="2.0"><channel><item><title>` + strings.Repeat("&a;", 50000) + `</title><guid>1</guid></item></channel></rss>`, 1},
		"declared words":        {`<!DOCTYPE rss [` + strings.Repeat(`<!ENTITY a "`+strings.Repeat("x", 500)+`">`, 5000) + `]><rss version="2.0"><channel><item><title>` + strings.Repeat("&a;", 50000) + `</title><guid>1</guid></item></channel></rss>`, 1},
		"external DTD":          {`<!DOCTYPE rss SYSTEM "http://127.0.0.1/x.dtd"><rss version="2.0"><channel>` + item(1) + `</channel></rss>`, 1},
		"external entity":       {`<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel><item><title>&x;</title><guid>1</guid></item></channel></rss>`, 1},
		"XInclude":              {rssOf(`<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>` + item(1)), 1},
		"DOCTYPE without end":   {`<!DOCTYPE rss [<!ENTITY a "` + rssOf(item(1)), -1},
		"depth in an item":      {rssOf(`<item><title>a</title>` + strings.Repeat("<m:a>", 100000) + strings.Repeat("</m:a>", 100000) + `</item>` + item(2)), 2},
		"depth unclosed":        {rssOf(item(1) + `<item><title>a</title>` + strings.Repeat("<m:a>", 1000000)), 1},
		"depth in description":  {rssOf(`<item><title>a</title><description>` + strings.Repeat("<b>", 1000000) + `x</description></item>` + item(2)), 1},
		"depth in CDATA":        {rssOf(`<item><title>a</title><description><![CDATA[` + strings.Repeat("<b>", 1000000) + `x]]></description></item>` + item(2)), 2},
		"depth at the root":     {strings.Repeat("<rss>", 1000000), 0},
		"300000 items":          {rssOf(strings.Repeat("<item><title>a</title></item>", 300000)), maxItems},
		"300000 empty items":    {rssOf(strings.Repeat("<item/>", 300000)), 0},
		"items that never end":  {rssOf(strings.Repeat("<item><title>a</title>", 300000)), maxItems},
		"20 MB title":           {rssOf(`<item><title>` + strings.Repeat("chữ ", 4<<20) + `</title><guid>1</guid></item>` + item(2)), 2},
		"20 MB attribute":       {rssOf(`<item><title>a</title><enclosure url="` + strings.Repeat("x", 20<<20) + `"/></item>` + item(2)), 2},
		"10 MB description":     {rssOf(`<item><title>a</title><description>` + strings.Repeat("&lt;p&gt;chữ", 700000) + `</description></item>` + item(2)), 2},
		"1 MB guid":             {rssOf(`<item><title>a</title><guid>` + strings.Repeat("x", 1<<20) + `</guid></item>` + item(2)), 2},
		"million attributes":    {rssOf(`<item><title>a</title><b ` + strings.Repeat(`a="1" `, 1000000) + `/></item>` + item(2)), 2},
		"open quotes":           {rssOf(`<item><title>a</title>`+strings.Repeat(`<a b='`, 500000)+`</item>`) + item(2), 1},
		"million namespaces":    {rssOf(`<item xmlns:a="` + strings.Repeat(`" xmlns:b="`, 500000) + `"><title>a</title></item>` + item(2)), 2},
		"elements in one item":  {rssOf(`<item><title>a</title>` + strings.Repeat(`<category>x</category>`, 300000) + `</item>` + item(2)), 2},
		"elements in the head":  {rssOf(strings.Repeat(`<category>x</category>`, 300000) + item(2)), 1},
		"head of one element":   {rssOf(`<image>` + strings.Repeat(`<a/>`, 30000) + `</image><image><url><title>x</title></url></image>` + item(2)), 1},
		"open comments":         {rssOf(item(1) + strings.Repeat("<!--", 1000000)), 1},
		"open CDATA":            {rssOf(item(1) + strings.Repeat("<![CDATA[", 1000000)), 1},
		"less-than signs":       {rssOf(`<item><title>` + strings.Repeat("<", 1000000) + `</title></item>` + item(2)), 1},
		"ampersands":            {rssOf(`<item><title>` + strings.Repeat("&", 1000000) + `</title></item>` + item(2)), 2},
		"end tags":              {rssOf(item(1) + strings.Repeat("</x>", 1000000)), 1},
		"raw controls":          {rssOf("<item><title>a\x00b\x1b\ufffec\uffff</title></item>" + item(2)), 2},
		"bad references":        {rssOf(`<item><title>a&#0;&#xB;&#xFFFF;&#xD800;&#999999999999;b</title></item>` + item(2)), 2},
		"invalid UTF-8":         {rssOf("<item><title>a\xff\xc0\xaf\xed\xa0\x80\xf5b</title></item>" + item(2)), 2},
		"CESU-8":                {rssOf("<item><title>\xed\xa0\xbd\xed\xb8\x80</title></item>" + item(2)), 2},
		"UTF-7 label":           {strings.Replace(rssOf(item(1)), "utf-8", "utf-7", 1), 1},
		"unknown label":         {strings.Replace(rssOf(item(1)), "utf-8", "klingon", 1), 1},
		"stylesheet":            {`<?xml-stylesheet href="//evil.example/x"?>` + rssOf(item(1)), 1},
		"same guid":             {rssOf(strings.Repeat(item(1), 3)), 3},
		"empty guid":            {rssOf(`<item><title>a</title><guid></guid></item><item><title>b</title><guid/></item>`), 2},
		"truncated item":        {rssOf(items(1, 19))[:len(head)+len(items(1, 19))-20], 18},
		"dates":                 {rssOf(`<item><title>a</title><pubDate>9999-12-31</pubDate></item><item><title>b</title><pubDate>32/13/2026</pubDate></item><item><title>c</title><pubDate>hôm nọ</pubDate></item>`), 3},
		"javascript link":       {rssOf(`<item><title>a</title><link>javascript:alert(1)</link></item>` + item(2)), 2},
		"UTF-16 half a unit":    {"\xff\xfe<\x00r\x00s", -1},
		"NULs":                  {strings.Repeat("\x00", 1<<20), -1},
		"blanks":                {strings.Repeat(" ", 1<<20), -1},
		"JSON depth":            {`{"version":"https://jsonfeed.org/version/1.1","title":"a","items":` + strings.Repeat("[", 5000000), -1},
		"JSON depth in an item": {`{"version":"https://jsonfeed.org/version/1.1","title":"a","items":[{"id":"1","title":"a"},` + strings.Repeat("[", 5000000), 1},
		"JSON numbers":          {`{"version":"https://jsonfeed.org/version/1.1","title":1e999999999,"items":[{"id":1e999999999,"title":"a"}]}`, 1},
		"JSON twice":            {`{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","id":"2","title":"a","title":"b"}],"items":[{"id":null,"title":"c"}]}`, 2},
		"JSON types":            {`{"version":"https://jsonfeed.org/version/1.1","title":["x"],"items":[{"id":1,"title":true,"tags":"x","authors":"An","attachments":{"url":"javascript:1"}},5,null,[]]}`, 1},
		"JSON javascript":       {`{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","url":"javascript:alert(1)","content_html":"<script>1</script>x"}]}`, 1},
		"JSON items":            {`{"version":"https://jsonfeed.org/version/1.1","items":[` + strings.Repeat(`{"id":"a"},`, 400000) + `{}]}`, maxItems},
		"stated places":         {rssOf(`<item xmlns:georss="http://www.georss.org/georss"><title>a</title><georss:line>` + strings.Repeat("1 2 ", 1000000) + `</georss:line></item>` + item(2)), 2},
		"stated chapters":       {rssOf(`<item xmlns:psc="http://podlove.org/simple-chapters"><title>a</title><psc:chapters>` + strings.Repeat(`<psc:chapter start="1e300:1:1:1" title="x"/><psc:chapter start="1"/>`, 100000) + `</psc:chapters></item>` + item(2)), 2},
		"stated groups":         {rssOf(`<item><title>a</title>` + strings.Repeat(`<media:group><media:credit>x</media:credit><media:license href="javascript:alert(1)"/>`, 60) + `</item>` + item(2)), 1},
		"stated elements":       {rssOf(strings.Repeat(`<item><title>a</title>`+strings.Repeat(`<x:y z="1">w</x:y>`, 100)+`</item>`, 2000)), maxItems},
		"stated namespaces":     {rssOf(`<item><title>a</title>` + strings.Repeat(`<x xmlns="urn:`+strings.Repeat("a", 100)+`"/>`, 100000) + `</item>` + item(2)), 2},
		"stated sources":        {strings.Replace(`<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>a</title>`+strings.Repeat("<source><title>b</title>", 60)+strings.Repeat("</source>", 60)+`</entry></feed>`, "<source>", "<source><link href='javascript:alert(1)'/><author><uri>javascript:alert(1)</uri></author>", -1), 1},
		"JSON cut":              {`{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","title":"a"},{"id":"2","ti`, 1},
	}
}

func TestHostileFeeds(t *testing.T) {
	if racing {
		t.Skip("its budgets are those of the program as it is")
	}
	for name, c := range hostileFeeds() {
		t.Run(name, func(t *testing.T) {
			body := []byte(c.doc)
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			stop := make(chan struct{})
			peak := watchHeap(stop)
			start := cpuTime()
			o := options()
			o.About = true
			doc, err := Parse(body, o)
			took := cpuTime() - start
			close(stop)
			runtime.ReadMemStats(&after)
			if took > 2*time.Second {
				t.Errorf("took %v", took)
			}
			used := int64(<-peak) - int64(before.HeapInuse)
			t.Logf("%v, %d MiB for %d MiB", took.Round(time.Millisecond), used>>20, len(body)>>20)
			if used > 64<<20+int64(len(body)) {
				t.Errorf("used %d MiB for %d MiB", used>>20, len(body)>>20)
			}
			if (err != nil) != (c.good < 0) {
				t.Errorf("error %v", err)
			}
			if err != nil && !errors.Is(err, ErrNotAFeed) {
				t.Errorf("error %v is not ErrNotAFeed", err)
			}
			if len(doc.Entries) < c.good || len(doc.Entries) > maxItems {
				t.Errorf("%d entries, want %d", len(doc.Entries), c.good)
			}
			checkDocument(t, doc)
		})
	}
}

// cpuTime is what the process has used: other work on the machine is not counted.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// watchHeap samples the heap until stop is closed, then sends its peak.
func watchHeap(stop chan struct{}) chan uint64 {
	peak := make(chan uint64, 1)
	go func() {
		var most uint64
		var m runtime.MemStats
		for {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
			select {
			case <-stop:
				peak <- most
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	return peak
}

// checkDocument holds what is true of every document.
func checkDocument(t *testing.T, doc Document) {
	t.Helper()
	if len(doc.Entries) != len(doc.Raw) || len(doc.Details) > 0 && len(doc.Details) != len(doc.Raw) {
		t.Errorf("%d entries, %d raw keys, details of %d", len(doc.Entries), len(doc.Raw), len(doc.Details))
	}
	checkStated(t, doc)
	for _, e := range doc.Entries {
		addresses := []string{e.Link}
		for _, f := range e.Enclosures {
			addresses = append(addresses, f.URL)
		}
		if e.Image != nil {
			addresses = append(addresses, e.Image.URL)
		}
		for _, a := range addresses {
			u, err := url.Parse(a)
			if err != nil || a != "" && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
				t.Errorf("address %.100q", a)
			}
		}
		for _, s := range []string{e.Title, e.GUID, e.Summary, e.Content, e.Section, e.Language} {
			if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !legal(r) }) {
				t.Errorf("text %.100q", s)
			}
		}
		if len(e.Title) > maxTitle || len(e.GUID) > maxGUID || len(e.Categories) > maxCategories || len(e.Enclosures) > maxLinks ||
			len(e.Summary) > markup.MaxContent*9/8 || len(e.Content) > markup.MaxContent*9/8 {
			t.Errorf("an entry beyond the limits: title %d, guid %d, %d categories", len(e.Title), len(e.GUID), len(e.Categories))
		}
		if low := strings.ToLower(e.Summary + e.Content); strings.Contains(low, "<script") || strings.Contains(low, "javascript:") && strings.Contains(low, "href=\"javascript") {
			t.Errorf("unsafe HTML: %.200q", e.Summary+e.Content)
		}
		if !e.Published.IsZero() && e.Published.Precision == "" || e.Key == "" || e.Hash == "" {
			t.Errorf("entry %+v", e)
		}
	}
}

// checkStated holds what is told besides to the same: in bounds, safe to show and
// to follow.
func checkStated(t *testing.T, doc Document) {
	t.Helper()
	told := []any{doc.About}
	for i := range doc.Details {
		told = append(told, doc.Details[i])
	}
	for _, d := range told {
		raw, err := json.Marshal(d)
		if err != nil || !utf8.Valid(raw) {
			t.Fatal(err)
		}
		low := strings.ToLower(string(raw))
		for _, bad := range []string{`"javascript:`, `"data:`, `"vbscript:`, `\u003cscript`} {
			if at := strings.Index(low, bad); at >= 0 && !strings.Contains(low[:at], `"other":`) {
				t.Errorf("unsafe: %.200q", low[at:])
			}
		}
		if len(raw) > 64<<10+4*markup.MaxContent {
			t.Errorf("%d bytes are told", len(raw))
		}
	}
	for i, d := range doc.Details {
		if len(d.Links) > maxLinks || len(d.Other) > maxOther || len(d.Credits) > maxLinks || len(d.Contributors) > maxLinks || len(d.Licences) > 2*maxLinks {
			t.Errorf("details %d beyond the limits: %d links, %d others, %d credits", i, len(d.Links), len(d.Other), len(d.Credits))
		}
	}
}

// TestCharsets writes one feed in every charset that a byte order, a header or a
// declaration can name.
func TestCharsets(t *testing.T) {
	plain := rssOf(item(1))
	doc16 := strings.Replace(plain, "utf-8", "utf-16", 1)
	units := func(order binary.ByteOrder, bom bool) string {
		var b bytes.Buffer
		if bom {
			_ = binary.Write(&b, order, uint16(0xFEFF))
		}
		_ = binary.Write(&b, order, utf16.Encode([]rune(doc16)))
		return b.String()
	}
	points := func(order binary.ByteOrder, bom bool) string {
		var b bytes.Buffer
		if bom {
			_ = binary.Write(&b, order, uint32(0xFEFF))
		}
		_ = binary.Write(&b, order, []rune(doc16))
		return b.String()
	}
	for name, c := range map[string]struct{ body, header, charset string }{
		"UTF-8":                {plain, "", "utf-8"},
		"UTF-8 twice marked":   {"\ufeff\ufeff" + plain, "", "utf-8"},
		"UTF-16LE marked":      {units(binary.LittleEndian, true), "", "utf-16le"},
		"UTF-16BE marked":      {units(binary.BigEndian, true), "", "utf-16be"},
		"UTF-16LE":             {units(binary.LittleEndian, false), "", "utf-16le"},
		"UTF-16BE":             {units(binary.BigEndian, false), "application/xml", "utf-16be"},
		"UTF-32LE marked":      {points(binary.LittleEndian, true), "", "utf-32le"},
		"UTF-32BE marked":      {points(binary.BigEndian, true), "", "utf-32be"},
		"UTF-32LE":             {points(binary.LittleEndian, false), "", "utf-32le"},
		"UTF-32BE":             {points(binary.BigEndian, false), "", "utf-32be"},
		"says UTF-16":          {doc16, "", "utf-8"},
		"header says Latin-1":  {plain, "text/xml; charset=iso-8859-1", "utf-8"},
		"declares Latin-1":     {strings.Replace(plain, "utf-8", "iso-8859-1", 1), "", "utf-8"},
		"header over document": {"<?xml version=\"1.0\" encoding=\"utf-8\"?><rss><channel><title>B\xc3\xa1o m\xf1u</title></channel></rss>", "text/xml; charset=\"ISO-8859-1\"", "iso-8859-1"},
		"header broken":        {plain, "text/xml; qs=0.9, charset", "utf-8"},
	} {
		doc, err := Parse([]byte(c.body), Options{ContentType: c.header, Now: testNow})
		if err != nil || doc.Charset != c.charset || c.charset != "iso-8859-1" && (doc.Title != "Báo mẫu" || len(doc.Entries) != 1) {
			t.Errorf("%s: charset %q, title %q, %d entries, %v", name, doc.Charset, doc.Title, len(doc.Entries), err)
		}
	}
}

func TestRepairedText(t *testing.T) {
	for name, c := range map[string]struct{ title, want, repair string }{
		"controls":       {"a\x00b\x1b\ufffec\uffff", "abc", illegalCharacter},
		"bad references": {"a&#0;&#xB;&#xFFFF;&#xD800;&#999999999999;b", "ab", badReference},
		"CESU-8":         {"\xed\xa0\xbd\xed\xb8\x80", "😀", invalidBytes},
		"invalid":        {"chữ a\xffb", "chữ a\ufffdb", invalidBytes},
		"windows":        {"don&#146;t", "don’t", ""},
		"windows as C1":  {"don\u0092t", "don’t", windowsCharacter},
		"ampersand":      {"Q&A & R&D; &x", "Q&A & R&D; &x", bareAmpersand},
		"unknown entity": {"a &khong; b", "a &khong; b", unknownEntity},
		"less than":      {"1 < 2", "1 < 2", bareLess},
		"escaped less":   {"1 &lt; 2 và x&lt;y", "1 < 2 và x<y", ""},
		"markup":         {"&lt;b&gt;Tin&lt;/b&gt; vắn", "Tin vắn", ""},
		"image":          {"&lt;img src=x onerror=alert(1)&gt;Tin", "Tin", ""},
		"image twice":    {"&amp;lt;img src=x onerror=alert(1)&amp;gt;Tin", "Tin", ""},
		"twice":          {"&amp;quot;a&amp;quot;", `"a"`, ""},
		"four times":     {"&amp;amp;amp;quot;", "&quot;", ""},
		"inline markup":  {"Tin <i>vắn</i>", "Tin vắn", ""},
	} {
		doc, err := Parse([]byte(rssOf("<item><title>"+c.title+"</title><guid>1</guid></item>")), options())
		if err != nil || len(doc.Entries) != 1 || doc.Entries[0].Title != c.want {
			t.Errorf("%s: %v %+v, want title %q", name, err, doc.Entries, c.want)
			continue
		}
		if c.repair != "" && (len(doc.Repairs) == 0 || doc.Repairs[0].What != c.repair) {
			t.Errorf("%s: repairs %v, want %q", name, doc.Repairs, c.repair)
		}
	}
}

func TestTextBeforeTheDocument(t *testing.T) {
	for before, want := range map[string]int{
		"<br />\n<b>Warning</b>: mysql_connect() in <b>/var/www</b><br />\n": 1,
		"Notice: undefined index\n": 1,
		"<!-- made in 3 ms -->\n":   0,
	} {
		doc, err := Parse([]byte(before+rssOf(item(1))), options())
		if err != nil || len(doc.Entries) != 1 || len(doc.Repairs) != want {
			t.Errorf("%q: %d entries, repairs %v, %v", before, len(doc.Entries), doc.Repairs, err)
		}
	}
	if _, err := Parse([]byte("<html><body><pre>"+rssOf(item(1))), options()); !errors.Is(err, ErrNotAFeed) {
		t.Errorf("a page that shows a feed was taken for one: %v", err)
	}
}

func TestNotAFeed(t *testing.T) {
	for name, c := range map[string]struct {
		body, says string
		discovered []string
	}{
		"page": {`<!DOCTYPE html><html><head><link rel="alternate" type="application/rss+xml" href="/rss/home.rss"><link rel="stylesheet" href="x.css">
			<link rel='alternate' type='application/atom+xml' href='https://x.example/a?b=1&amp;c=2'></head><body><rss></rss></body></html>`,
			"web page", []string{"https://baotinh.example/rss/home.rss", "https://x.example/a?b=1&c=2"}},
		"page without feed": {"<html><body>Không tồn tại</body></html>", "names no feed", nil},
		"13 bytes":          {"Hello, world!", "13 bytes", nil},
		"empty":             {" \n", "empty", nil},
		"JSON":              {`{"error":"not found"}`, "JSON", nil},
		"JSON list":         {`[1,2]`, "no object", nil},
		"broken JSON":       {`{"a"`, "JSON", nil},
		"OPML":              {`<opml version="2.0"><body/></opml>`, "opml import", nil},
		"other XML":         {`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`, "<svg>", nil},
	} {
		doc, err := Parse([]byte(c.body), options())
		if !errors.Is(err, ErrNotAFeed) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error %v, want it to say %q", name, err, c.says)
		}
		if strings.Join(doc.Discovered, " ") != strings.Join(c.discovered, " ") {
			t.Errorf("%s: discovered %v, want %v", name, doc.Discovered, c.discovered)
		}
	}
}

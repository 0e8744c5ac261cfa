package admin

import (
	"io"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tinhub/news"
)

// A browser is one with cookies, which follows no redirect.
type browser struct {
	r   *rig
	jar http.CookieJar
}

func (r *rig) browser() *browser {
	jar, _ := cookiejar.New(nil) // never fails without options
	return &browser{r, jar}
}

func (b *browser) do(method, path string, form url.Values, extra ...string) reply {
	b.r.t.Helper()
	u, err := url.Parse(b.r.url + path)
	if err != nil {
		b.r.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(b.r.t.Context(), method, u.String(), strings.NewReader(form.Encode()))
	if err != nil {
		b.r.t.Fatal(err)
	}
	if method == "POST" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", b.r.url)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i < len(extra); i += 2 {
		req.Header.Set(extra[i], extra[i+1])
		if extra[i+1] == "" {
			req.Header.Del(extra[i])
		}
	}
	for _, c := range b.jar.Cookies(u) {
		req.AddCookie(c)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		b.r.t.Fatal(err)
	}
	defer resp.Body.Close()
	b.jar.SetCookies(u, resp.Cookies())
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.r.t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(body)}
}

// signIn makes an account of a role and signs it in.
func (r *rig) signIn(role string) *browser {
	r.t.Helper()
	if _, err := r.AddUser(r.t.Context(), Who{"test", Admin}, "an-"+role, role, sentence); err != nil {
		r.t.Fatal(err)
	}
	b := r.browser()
	if got := b.do("POST", "/admin/login", url.Values{"name": {"an-" + role}, "password": {sentence}}); got.status != 303 {
		r.t.Fatal(got.status, got.body)
	}
	return b
}

var allPages = []string{
	"/admin/sources", "/admin/sources/new", "/admin/sources/import", "/admin/sources/agreements", "/admin/sources/at/declared", "/admin/sources/at/kept", "/admin/sources?state=failing&q=x",
	"/admin/topics", "/admin/topics/new", "/admin/topics/at/declared", "/admin/topics/at/kept", "/admin/topics/at/kept/embed?items=3&theme=dark&size=large&images=1&heading=%3Cb%3E%22", "/admin/partners", "/admin/subscriptions",
	"/admin/subscriptions/at/0a", "/admin/subscriptions/at/1b", "/admin/subscriptions/at/2c", "/admin/subscriptions?state=ended&topic=x&q=x",
	"/admin/statistics?days=7&topic=%3Cb%3E", "/admin/statistics", "/admin/alerts", "/admin/topics/new?like=nong-thon-moi",
	"/admin/desk", "/admin/desk?topic=declared", "/admin/desk?topic=tat-ca&undo=" + decisionID, "/admin/desk/stories/" + articleID, "/admin/desk/waiting", "/admin/desk/decisions",
	"/admin/me", "/admin/accounts", "/admin/audit", "/admin/nowhere",
}

// A pageRoute is an address of the pages, as it is registered.
type pageRoute struct{ level, method, pattern string }

// addressed is the pattern with ids of what the world has.
func (p pageRoute) addressed() string {
	return strings.NewReplacer("subscriptions/at/{id}", "subscriptions/at/0a", "desk/stories/{id}", "desk/stories/"+articleID, "decisions/{id}", "decisions/"+decisionID,
		"{id}", "kept", "{$}", "").Replace(p.pattern)
}

// pageRoutes are all of them, read off the sources: a new page can't be forgotten by
// the tests that walk over all.
func pageRoutes(t *testing.T) (all []pageRoute) {
	t.Helper()
	for _, name := range []string{"pages.go", "pages_desk.go"} {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\t(open|read|write|people)\("(GET|POST) (/admin/[^"]*)"`).FindAllStringSubmatch(string(source), -1) {
			all = append(all, pageRoute{m[1], m[2], m[3]})
		}
	}
	if len(all) < 65 {
		t.Fatalf("only %d addresses are found", len(all))
	}
	return all
}

// TestAllPages: the pages that are executed with hostile titles are all that there are.
func TestAllPages(t *testing.T) {
	for _, p := range pageRoutes(t) {
		if p.method != "GET" || p.level == "open" || strings.HasSuffix(p.pattern, "{$}") || strings.ContainsAny(p.pattern[strings.LastIndex(p.pattern, "/"):], ".") {
			continue
		}
		form := regexp.MustCompile("^" + regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(regexp.QuoteMeta(p.pattern), "[^/?]+") + `(\?.*)?$`)
		if !slices.ContainsFunc(allPages, form.MatchString) {
			t.Errorf("no test executes %s with hostile titles: add it to allPages", p.pattern)
		}
	}
}

// hostile are titles as feeds have them.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `javascript:alert(1)`, `&lt;img src=x onerror=alert(1)&gt;`,
	`</textarea><script>alert(1)</script>`, `{{.Env}} ${HOME} <%= 1 %>`, "\u202Egnp.exe", `</style></title><svg onload=alert(1)>`, strings.Repeat("dài ", 2000),
}

// TestHostileTitles executes every page, and the previews, with every title, in
// both languages: nothing of them becomes markup.
func TestHostileTitles(t *testing.T) {
	r := newRig(t, Options{Rate: -1})
	r.prepare()
	b := r.signIn("admin")
	for _, title := range hostile {
		r.world.title = title
		r.world.says = TriedSays{About: title, Language: title, Editor: title, Publisher: title, Rights: title, Licence: title, MadeBy: title, Image: title, Moved: title, Hub: title}
		if err := r.note(t.Context(), title, title, title, map[string]string{title: title}, map[string]string{title: title + "x"}, title); err != nil {
			t.Fatal(err)
		}
		for _, language := range []string{"vi", "en"} {
			for _, path := range allPages {
				got := b.do("GET", path, nil, "Cookie", "tinhub_language="+language)
				if want := map[bool]int{true: 404, false: 200}[path == "/admin/nowhere"]; got.status != want {
					t.Errorf("%s with %.40q: %d", path, title, got.status)
				}
				harmless(t, path, got)
			}
			harmless(t, "try", b.do("POST", "/admin/sources/try", url.Values{"url": {"https://bao.example.vn/rss"}, "id": {title}, "name": {title}}, "Cookie", "tinhub_language="+language))
			for _, fragment := range []string{"", "1"} {
				form := url.Values{"id": {"x"}, "title": {title}, "include_any": {"alert\n" + title}, "days": {title}, "description": {title}, "where": {title}}
				got := b.do("POST", "/admin/topics/preview", form, "Cookie", "tinhub_language="+language, "X-Fragment", fragment)
				if got.status != 200 {
					t.Errorf("preview: %d %s", got.status, got.body)
				}
				harmless(t, "preview", got)
			}
			harmless(t, "login", r.browser().do("POST", "/admin/login", url.Values{"name": {title}, "password": {title}, "next": {title}}, "Cookie", "tinhub_language="+language))
		}
	}
}

// harmless parses a page, and looks for what no page of ours has.
func harmless(t *testing.T, path string, got reply) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(got.body))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "img" || n.Data == "style" || n.Data == "iframe" && !strings.HasPrefix(attr(n, "src"), "/embed/kept?") || n.Data == "svg" && !slices.Contains([]string{"spark", "bars"}, attr(n, "class")) {
			t.Errorf("%s has <%s>", path, n.Data)
		}
		if n.Data == "script" && (n.FirstChild != nil || !strings.HasPrefix(attr(n, "src"), "/admin/assets/")) {
			t.Errorf("%s has a script", path)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || (a.Key == "href" || a.Key == "src" || a.Key == "action") && strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:") {
				t.Errorf("%s has %s=%q", path, a.Key, a.Val)
			}
		}
	}
	if strings.Contains(got.body, "ZgotmplZ") {
		t.Errorf("%s: a value stands where it can't", path)
	}
	if !strings.Contains(got.header.Get("Content-Security-Policy"), "script-src 'self'") || got.header.Get("X-Frame-Options") != "DENY" || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s: headers %v", path, got.header)
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// TestEmbedCode: what is copied onto a partner's page carries a hostile title as
// text, and a private topic has no preview.
func TestEmbedCode(t *testing.T) {
	form := TopicForm{Topic: news.Topic{ID: "mo", Title: `"><script>alert(1)</script>`, Public: true}}
	e := embedding{Topic: form, Items: 7, Heading: `a" onload="x`, Theme: "dark", Size: "small", Images: true}
	e.write("https://tin.example.vn")
	for _, code := range []string{e.Element, e.Frame} {
		doc, err := html.Parse(strings.NewReader(code))
		if err != nil {
			t.Fatal(err)
		}
		for n := range doc.Descendants() {
			if n.Data == "script" && n.FirstChild != nil || attr(n, "onload") != "" {
				t.Errorf("the code does something else: %s", code)
			}
			if n.Data == "tinhub-feed" && (attr(n, "topic") != "mo" || attr(n, "items") != "7" || attr(n, "heading") != e.Heading || n.FirstChild.FirstChild.Data != form.Title) {
				t.Errorf("the element is %s", code)
			}
		}
	}
	if e.Shown != "/embed/mo?heading=a%22+onload%3D%22x&images=1&items=7&size=small&theme=dark" {
		t.Errorf("shown is %q", e.Shown)
	}
	e = embedding{Topic: TopicForm{Topic: news.Topic{ID: "rieng"}}, Items: 5}
	if e.write("https://tin.example.vn"); e.Shown != "" || !strings.Contains(e.Frame, "key=KHOA") {
		t.Errorf("a private one shows %q, by %s", e.Shown, e.Frame)
	}
}

// TestRoles: a page that is not for somebody is not shown to him, nor done.
func TestRoles(t *testing.T) {
	r := newRig(t, Options{})
	r.prepare()
	nobody, viewer, editor := r.browser(), r.signIn("viewer"), r.signIn("editor")
	for _, path := range allPages[:len(allPages)-1] {
		got := nobody.do("GET", path, nil)
		if got.status != 303 || !strings.HasPrefix(got.header.Get("Location"), "/admin/login?next=") {
			t.Errorf("%s: nobody: %d to %s", path, got.status, got.header.Get("Location"))
		}
	}
	form := url.Values{"id": {"x"}, "url": {"https://x.example.vn/"}, "name": {"x"}, "title": {"x"}, "role": {"admin"}, "password": {sentence}, "do": {"remove"}, "scope": {"admin"}}
	for _, p := range pageRoutes(t) {
		path := p.addressed()
		who := map[string][]*browser{"write": {viewer}, "people": {viewer, editor}}[p.level]
		for _, b := range who {
			if got := b.do(p.method, path, form); got.status != 403 {
				t.Errorf("%s %s: one who may not: %d", p.method, path, got.status)
			}
		}
		if got := nobody.do(p.method, path, form); p.level != "open" && (got.status != 303 || !strings.HasPrefix(got.header.Get("Location"), "/admin/login")) {
			t.Errorf("%s %s: nobody: %d", p.method, path, got.status)
		}
	}
	if body := viewer.do("GET", "/admin/sources/at/kept", nil).body; strings.Contains(body, "/remove") {
		t.Error("a viewer is shown a button that is refused")
	}
}

// TestCrossOrigin: a page elsewhere can't act for who is signed in.
func TestCrossOrigin(t *testing.T) {
	r := newRig(t, Options{PublicURL: "https://tin.example.vn"})
	r.prepare()
	// The cookie of a site with TLS is not sent over plain HTTP: it is brought by hand.
	if _, err := r.AddUser(t.Context(), Who{"x", Admin}, "ed", "editor", sentence); err != nil {
		t.Fatal(err)
	}
	cookie, err := r.login(t.Context(), "ed", sentence, "")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		header []string
		status int
	}{
		"evil":                 {[]string{"Origin", "https://evil.example", "Sec-Fetch-Site", ""}, 403},
		"evil, by its site":    {[]string{"Origin", "", "Sec-Fetch-Site", "cross-site"}, 403},
		"a neighbour":          {[]string{"Origin", "https://x.tin.example.vn", "Sec-Fetch-Site", "same-site"}, 403},
		"null":                 {[]string{"Origin", "null", "Sec-Fetch-Site", ""}, 403},
		"ours":                 {[]string{}, 303},
		"ours, behind a proxy": {[]string{"Origin", "https://tin.example.vn", "Sec-Fetch-Site", ""}, 303},
		"no browser":           {[]string{"Origin", "", "Sec-Fetch-Site", ""}, 303},
	} {
		got := r.browser().do("POST", "/admin/sources/at/kept/pause", url.Values{}, append(tt.header, "Cookie", "__Host-tinhub="+cookie)...)
		if got.status != tt.status {
			t.Errorf("%s: %d, want %d", name, got.status, tt.status)
		}
	}
	got := r.browser().do("POST", "/admin/login", url.Values{"name": {"ed"}, "password": {sentence}})
	if c := got.header.Get("Set-Cookie"); !strings.HasPrefix(c, "__Host-tinhub=") || !strings.Contains(c, "; Secure") || !strings.Contains(c, "; HttpOnly") || !strings.Contains(c, "; SameSite=Lax") {
		t.Errorf("cookie %q", c)
	}
}

// TestGetChangesNothing: no address changes anything when it is only opened.
func TestGetChangesNothing(t *testing.T) {
	r := newRig(t, Options{})
	r.prepare()
	b := r.signIn("admin")
	before := len(r.world.audit)
	for _, p := range pageRoutes(t) {
		b.do("GET", p.addressed()+"?id=x&do=remove&enabled=1&name=x&password="+url.QueryEscape(sentence), nil)
	}
	if len(r.world.audit) != before || len(r.world.asked) != 0 || len(r.world.intents) != 0 || r.world.desk.edit != nil || len(r.world.desk.ties) != 0 {
		t.Errorf("some addresses changed things: %v", r.world.audit[:len(r.world.audit)-before])
	}
	if got := b.do("GET", "/admin/sources", nil); got.status != 200 {
		t.Errorf("opening /admin/logout signed out: %d", got.status)
	}
}

// TestSessionRotates: what the browser had before login is no session after it.
func TestSessionRotates(t *testing.T) {
	r := newRig(t, Options{})
	b := r.signIn("editor")
	u, _ := url.Parse(r.url) // it is a server's
	old := b.jar.Cookies(u)[0]
	b.do("POST", "/admin/login", url.Values{"name": {"an-editor"}, "password": {sentence}})
	if now := b.jar.Cookies(u)[0]; now.Value == old.Value {
		t.Error("login keeps the session")
	}
	stale := r.browser()
	stale.jar.SetCookies(u, []*http.Cookie{old})
	if got := stale.do("GET", "/admin/sources", nil); got.status != 303 {
		t.Errorf("the session from before login: %d", got.status)
	}
	fixed := r.browser()
	fixed.jar.SetCookies(u, []*http.Cookie{{Name: "tinhub", Value: "an-editor_CHOSENBYEVIL", Path: "/"}})
	fixed.do("POST", "/admin/login", url.Values{"name": {"an-editor"}, "password": {sentence}})
	if v := fixed.jar.Cookies(u)[0].Value; v == "an-editor_CHOSENBYEVIL" {
		t.Error("a fixed session")
	}
	before := b.jar.Cookies(u)[0]
	if got := b.do("POST", "/admin/me", url.Values{"old": {sentence}, "password": {"một câu khác hẳn"}}); got.status != 303 {
		t.Fatal(got.status, got.body)
	}
	if got := b.do("GET", "/admin/me", nil); got.status != 200 {
		t.Error("who changes the password is signed out")
	}
	stale.jar.SetCookies(u, []*http.Cookie{before})
	if got := stale.do("GET", "/admin/me", nil); got.status != 303 {
		t.Error("a session outlives its password")
	}
	b.do("POST", "/admin/logout", nil)
	if got := b.do("GET", "/admin/me", nil); got.status != 303 {
		t.Error("logout does not sign out")
	}
}

func TestSafeNext(t *testing.T) {
	for next, want := range map[string]string{
		"/admin/topics": "/admin/topics", "/admin/sources?state=ok&q=x": "/admin/sources?state=ok&q=x",
		"": "/admin/", "/": "/admin/", "//evil.example/admin/": "/admin/", "https://evil.example/admin/": "/admin/", `/\evil.example`: "/admin/",
		`/admin/\evil.example`: "/admin/", "/admin//evil.example": "/admin/", "/admin/../../evil": "/admin/", "/admin/%2e%2e/%2e%2e//evil.example": "/admin/",
		"javascript:alert(1)": "/admin/", "/admin/\r\nX: y": "/admin/", "\t//evil.example": "/admin/", "/administrator": "/admin/",
	} {
		if got := safeNext(next); got != want {
			t.Errorf("%q: %q, want %q", next, got, want)
		}
	}
}

func TestHighlight(t *testing.T) {
	for _, tt := range []struct{ title, phrase, want string }{
		{"Xây dựng nông thôn mới ở Cà Mau", "nông thôn mới", "Xây dựng <mark>nông thôn mới</mark> ở Cà Mau"},
		{"Xây dựng NÔNG THÔN MỚI", "nong thon moi", "Xây dựng <mark>NÔNG THÔN MỚI</mark>"},
		{"Bão số 9", "báo", "Bão số 9"},
		{"<b>báo</b> & tin", "báo", "&lt;b&gt;<mark>báo</mark>&lt;/b&gt; &amp; tin"},
		{"Hòa bình", "hoà bình", "<mark>Hòa bình</mark>"},
		{"", "x", ""}, {"x", "", "x"},
	} {
		if got := string(highlight(tt.title, []string{tt.phrase})); got != tt.want {
			t.Errorf("%q in %q: %s, want %s", tt.phrase, tt.title, got, tt.want)
		}
	}
}

// TestEveryTextIsTranslated: no text of a page is in one language only.
func TestEveryTextIsTranslated(t *testing.T) {
	var all []string
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") || name == "english.go" {
			return err
		}
		b, err := os.ReadFile(name)
		for _, m := range regexp.MustCompile(`(?:\{\{-? ?t |v\.t\(|translate\(\w+, )"([^"]+)"`).FindAllStringSubmatch(string(b), -1) {
			all = append(all, m[1])
		}
		return err
	})
	if err != nil || len(all) < 100 {
		t.Fatal(len(all), err)
	}
	for _, m := range []map[string]string{stateTexts, doneTexts, whatTexts, outputTexts, readerTexts} {
		for _, s := range m {
			all = append(all, s)
		}
	}
	used := map[string]bool{}
	for _, s := range all {
		used[s] = true
		if english[s] == "" && !slices.Contains([]string{"HTTP", "RSS", "Atom", "JSON"}, s) {
			t.Errorf("no English for %q", s)
		}
	}
}

// TestForms: what the forms say becomes what the API would take.
func TestForms(t *testing.T) {
	r := newRig(t, Options{})
	b := r.signIn("editor")
	add := url.Values{"id": {"moi"}, "url": {"https://moi.example.vn/rss"}, "name": {"Báo Mới"}, "enabled": {"1"}}
	if got := b.do("POST", "/admin/sources/new", add); got.status != 303 || got.header.Get("Location") != "/admin/sources/at/moi?done=added" {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if got := b.do("POST", "/admin/sources/new", add); got.status != 409 || !strings.Contains(got.body, "Đã có nguồn moi: chọn mã khác") || !strings.Contains(got.body, `value="Báo Mới"`) {
		t.Errorf("twice: %d, and what was written is lost", got.status)
	}
	b.do("POST", "/admin/sources/at/moi/pause", url.Values{})
	if s, _, err := r.world.sources.Get(t.Context(), "moi"); err != nil || s.Enabled || s.Name != "Báo Mới" {
		t.Errorf("%+v, %v", s, err)
	}
	b.do("POST", "/admin/sources/at/moi/pause", url.Values{"enabled": {"1"}})
	b.do("POST", "/admin/sources/at/moi/poll", url.Values{})
	if len(r.world.asked) != 1 {
		t.Errorf("asked %q", r.world.asked)
	}
	list := r.browserUpload(b, `anything`)
	if list.status != 200 || !strings.Contains(list.body, "Báo Danh mục") {
		t.Errorf("import: %d %s", list.status, list.body)
	}
	if got := b.do("POST", "/admin/topics/new", url.Values{"id": {"t"}, "title": {"Chuyên đề"}, "include_any": {"nông thôn mới\r\n\r\n báo "}, "public": {"1"}}); got.status != 303 {
		t.Errorf("%d %s", got.status, got.body)
	}
	if s, _, err := r.world.topics.Get(t.Context(), "t"); err != nil || len(s.Include.Any) != 2 || s.Include.Any[1].Text != "báo" || !s.Public {
		t.Errorf("%+v, %v", s, err)
	}
	got := b.do("POST", "/admin/partners", url.Values{"id": {"p"}, "name": {"Cổng"}, "with_key": {"1"}, "topics": {"*"}})
	if p, _, err := r.world.partners.Get(t.Context(), "p"); err != nil || p.Key == "" || !strings.Contains(got.body, p.Key) {
		t.Errorf("the key is not shown: %d, %v", got.status, err)
	}
	if body := b.do("GET", "/admin/partners", nil).body; strings.Contains(body, "secret-key") {
		t.Error("keys are shown again")
	}
}

func (r *rig) browserUpload(b *browser, text string) reply {
	const edge = "EDGE"
	body := "--" + edge + "\r\nContent-Disposition: form-data; name=\"list\"; filename=\"x.opml\"\r\n\r\n" + text + "\r\n--" + edge + "--\r\n"
	u, _ := url.Parse(r.url) // it is a server's
	req, err := http.NewRequestWithContext(r.t.Context(), "POST", r.url+"/admin/sources/import", strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "multipart/form-data; boundary="+edge)
	for _, c := range b.jar.Cookies(u) {
		req.AddCookie(c)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(all)}
}

type lists struct{}

func (lists) Read(io.Reader) ([]Outline, error) {
	return []Outline{{ID: "danh-muc", Name: "Báo Danh mục", URL: "https://danhmuc.example.vn/rss"}}, nil
}

func (lists) Write(w io.Writer) error { _, err := io.WriteString(w, "<opml/>"); return err }

func (lists) Topics() []news.Topic {
	return []news.Topic{{ID: "nong-thon-moi", Title: "Nông thôn mới", Include: news.Rule{Any: []news.Phrase{{Text: "xã nông thôn mới", Weight: 3}, {Text: "đường hoa", Weight: 1}}}}}
}

func (lists) Catalogue() []Outline {
	return []Outline{{ID: "ca-mau", Name: "Báo Cà Mau", URL: "https://camau.example.vn/rss", Province: news.ProvinceSlugs()[0]}}
}

package admin

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"
)

//go:embed pages
var files embed.FS

// security lets a page do nothing but show itself, send its forms here, and run
// the one script that comes with it.
const security = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// A view is one request of the pages, by somebody who is known or not.
type view struct {
	*http.Request
	w        http.ResponseWriter
	o        *Office
	who      Who
	language string // "vi" or "en"
	fragment bool   // the script asks for a part of a page
}

// A face is what the layout shows of a page.
type face struct {
	Title    string
	Here     string // the entry of the menu
	Who      Who
	Language string
	Site     string
	Path     string
	Style    string // addresses of the assets
	Script   string
	Done     string   // what was done
	Faults   []string // what is wrong
	Data     any
}

// MayWrite and MayAdmin are asked by the pages, which show no button that would be
// refused.
func (f face) MayWrite() bool { return f.Who.Level >= Write }

// MayAdmin is MayWrite for people and tokens.
func (f face) MayAdmin() bool { return f.Who.Level >= Admin }

// pages serves /admin/.
func (o *Office) pages() http.Handler {
	mux := http.NewServeMux()
	open := func(pattern string, do func(*view) error) { mux.HandleFunc(pattern, o.page(0, do)) }
	read := func(pattern string, do func(*view) error) { mux.HandleFunc(pattern, o.page(Read, do)) }
	write := func(pattern string, do func(*view) error) { mux.HandleFunc(pattern, o.page(Write, do)) }
	people := func(pattern string, do func(*view) error) { mux.HandleFunc(pattern, o.page(Admin, do)) }

	open("GET /admin/first", (*view).showFirst)
	open("POST /admin/first", (*view).doFirst)
	open("GET /admin/login", (*view).showLogin)
	open("POST /admin/login", (*view).doLogin)
	open("POST /admin/language", (*view).doLanguage)
	read("POST /admin/logout", (*view).doLogout)
	read("GET /admin/{$}", func(v *view) error { return v.leave("/admin/sources") })

	read("GET /admin/sources", (*view).showSources)
	write("GET /admin/sources/new", (*view).showNewSource)
	write("POST /admin/sources/try", (*view).doTry)
	write("POST /admin/sources/new", (*view).doAddSource)
	read("GET /admin/sources/agreements", (*view).showAgreements)
	read("GET /admin/sources/export.opml", (*view).showExport)
	write("GET /admin/sources/import", (*view).showImport)
	write("POST /admin/sources/import", (*view).doImport)
	read("GET /admin/sources/at/{id}", (*view).showSource)
	write("POST /admin/sources/at/{id}", (*view).doSaveSource)
	write("POST /admin/sources/at/{id}/try", (*view).doTrySource)
	write("POST /admin/sources/at/{id}/poll", (*view).doPoll)
	write("POST /admin/sources/at/{id}/pause", (*view).doPause)
	write("POST /admin/sources/at/{id}/remove", (*view).doRemoveSource)

	read("GET /admin/topics", (*view).showTopics)
	write("GET /admin/topics/new", (*view).showNewTopic)
	read("POST /admin/topics/preview", (*view).doPreview)
	write("POST /admin/topics/new", (*view).doAddTopic)
	read("GET /admin/topics/at/{id}", (*view).showTopic)
	read("GET /admin/topics/at/{id}/embed", (*view).showEmbed)
	write("POST /admin/topics/at/{id}", (*view).doSaveTopic)
	write("POST /admin/topics/at/{id}/remove", (*view).doRemoveTopic)

	o.deskPages(read, write)

	read("GET /admin/partners", (*view).showPartners)
	write("POST /admin/partners", (*view).doAddPartner)
	write("POST /admin/partners/at/{id}", (*view).doSavePartner)
	write("POST /admin/partners/at/{id}/key", (*view).doPartnerKey)
	write("POST /admin/partners/at/{id}/key/end", (*view).doEndPartnerKey)
	write("POST /admin/partners/at/{id}/remove", (*view).doRemovePartner)
	read("GET /admin/subscriptions", (*view).showSubscriptions)
	read("GET /admin/subscriptions/at/{id}", (*view).showSubscription)
	write("POST /admin/subscriptions/at/{id}/replay", (*view).doReplay)
	write("POST /admin/subscriptions/at/{id}/remove", (*view).doEndSubscription)

	mux.HandleFunc("GET /admin/illnesses.atom", o.serveFeed)
	read("GET /admin/alerts", (*view).showAlerts)
	read("POST /admin/alerts/feed", (*view).doFeed)
	people("POST /admin/alerts", (*view).doAddAlert)
	people("POST /admin/alerts/at/{id}", (*view).doAlert)
	people("POST /admin/alerts/mail", (*view).doMail)
	read("GET /admin/statistics", (*view).showUsage)
	read("GET /admin/statistics.csv", (*view).showUsageCSV)

	read("GET /admin/me", (*view).showMe)
	read("POST /admin/me", (*view).doMe)
	people("GET /admin/accounts", (*view).showAccounts)
	people("POST /admin/accounts", (*view).doAddAccount)
	people("POST /admin/accounts/at/{id}", (*view).doAccount)
	people("POST /admin/tokens", (*view).doAddToken)
	people("POST /admin/tokens/at/{id}/revoke", (*view).doRevoke)
	people("GET /admin/audit", (*view).showAudit)
	people("GET /admin/audit.csv", (*view).showAuditCSV)
	people("GET /admin/audit.jsonl", (*view).showAuditLines)

	for _, name := range []string{"admin.css", "admin.js"} {
		body, _ := files.ReadFile("pages/" + name) // it is embedded
		mux.HandleFunc("GET "+assetPath(name), func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(body))
		})
	}
	open("/admin/", func(v *view) error { return faultf(Missing, "%s", v.t("Không có trang này.")) })

	// A page elsewhere can't make a browser that is signed in do anything here.
	cross := http.NewCrossOriginProtection()
	_ = cross.AddTrustedOrigin(strings.TrimSuffix(o.opt.PublicURL, "/")) // behind a proxy that renames the host
	return cross.Handler(mux)
}

// assetPath names a file by what is in it, so that it can be kept for ever.
func assetPath(name string) string {
	body, _ := files.ReadFile("pages/" + name) // it is embedded
	sum := sha256.Sum256(body)
	return "/admin/assets/" + hex.EncodeToString(sum[:6]) + "/" + name
}

// page finds out who asks, and shows what came of it.
func (o *Office) page(need Level, do func(*view) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", security)
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cache-Control", "no-store")
		v := &view{Request: r, w: w, o: o, language: language(r), fragment: r.Header.Get("X-Fragment") != ""}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		err := v.enter(need)
		if err == nil {
			err = do(v)
		}
		if err != nil {
			v.fail(err)
		}
	}
}

// maxForm is how much a form may send: an OPML list is the largest.
const maxForm = 11 << 20

// enter signs in by the cookie, and asks who must be known to sign in.
func (v *view) enter(need Level) error {
	if c, err := v.Cookie(v.o.cookieName()); err == nil {
		if v.who, err = v.o.session(v.Context(), c.Value); err != nil {
			return err
		}
	}
	if need == 0 || v.who.Level >= need {
		return nil
	}
	if v.who.Level > 0 {
		return faultf(Refused, "%s", v.t("Tài khoản này không được phép làm việc đó."))
	}
	if v.fragment {
		return faultf(Unknown, "%s", v.t("Phiên làm việc đã hết: hãy đăng nhập lại."))
	}
	next := ""
	if v.Method == http.MethodGet && v.URL.Path != "/admin/" {
		next = "?next=" + url.QueryEscape(v.URL.RequestURI())
	}
	return leaving("/admin/login" + next)
}

// leaving is a redirect, as what ends a request.
type leaving string

func (leaving) Error() string { return "redirect" }

func (v *view) leave(to string) error { return leaving(to) }

// after leads to a page that says what was done, so that reloading it does nothing
// again.
func (v *view) after(to, done string) error {
	sep := "?"
	if strings.Contains(to, "?") {
		sep = "&"
	}
	return leaving(to + sep + "done=" + done)
}

// safeNext is where to go after login: a page of ours or none.
func safeNext(next string) string {
	const home = "/admin/"
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Opaque != "" || u.User != nil || !strings.HasPrefix(next, home) ||
		strings.ContainsAny(next, "\\\r\n\t\x00") || strings.Contains(u.Path, "..") || strings.Contains(u.Path, "//") {
		return home
	}
	return (&url.URL{Path: u.Path, RawQuery: u.RawQuery}).String()
}

func (v *view) fail(err error) {
	if to, ok := err.(leaving); ok { //nolint:errorlint // it is never wrapped
		http.Redirect(v.w, v.Request, string(to), http.StatusSeeOther)
		return
	}
	f := faultOf(err)
	if f == nil {
		v.o.log.Error("a page failed", "method", v.Method, "path", v.URL.Path, "err", err)
		f = faultf(NotHere, "%s", v.t("Kho dữ liệu tạm thời không trả lời: hãy thử lại sau ít phút."))
	}
	v.show(f.status(), "fault", face{Title: v.t("Không thực hiện được"), Faults: f.lines()})
}

// lines are what is wrong, one by one.
func (f *Fault) lines() []string {
	if len(f.Errors) > 0 {
		return f.Errors
	}
	return []string{f.Text}
}

// show writes a page, or the part of it that the script asked for.
func (v *view) show(status int, name string, f face) {
	f.Who, f.Language, f.Site, f.Path = v.who, v.language, v.o.opt.Title, v.URL.RequestURI()
	f.Style, f.Script = assetPath("admin.css"), assetPath("admin.js")
	f.Done = v.t(doneTexts[v.FormValue("done")])
	var b bytes.Buffer
	t := v.o.templates[v.language]
	if v.fragment {
		name = "fragment-" + name
	}
	if err := t.ExecuteTemplate(&b, name, f); err != nil {
		v.o.log.Error("a page can't be made", "page", name, "err", err)
		http.Error(v.w, "this page can't be made; the log says why", http.StatusInternalServerError)
		return
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	_, _ = v.w.Write(b.Bytes())
}

// ok shows a page that is as it should be.
func (v *view) ok(name string, f face) error {
	v.show(http.StatusOK, name, f)
	return nil
}

// again shows a form once more, with what is wrong and what was written.
func (v *view) again(err error, name string, f face) error {
	fault := faultOf(err)
	if fault == nil {
		return err
	}
	f.Faults = fault.lines()
	v.show(fault.status(), name, f)
	return nil
}

// language is what the person chose; Vietnamese first, whatever language the
// browser's maker preferred.
func language(r *http.Request) string {
	if c, err := r.Cookie("tinhub_language"); err == nil && c.Value == "en" {
		return "en"
	}
	return "vi"
}

// parse makes the pages in a language. They are embedded: what is wrong with them
// is found by every test.
func parse(language string, zone *time.Location) *template.Template {
	return template.Must(template.New("").Funcs(funcs(language, zone)).ParseFS(files, "pages/*.html"))
}

// t is a text in the language of the page. The Vietnamese one is its name.
func (v *view) t(vi string) string { return translate(v.language, vi) }

func translate(language, vi string) string {
	if language == "en" {
		if en, ok := english[vi]; ok {
			return en
		}
	} else if word, ok := vietnamese[vi]; ok {
		return word
	}
	return vi
}

package admin

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tinhub/news"
)

// cookieName has the prefix that browsers guard, where the site has TLS.
func (o *Office) cookieName() string {
	if o.secure() {
		return "__Host-tinhub"
	}
	return "tinhub"
}

func (o *Office) secure() bool { return strings.HasPrefix(o.opt.PublicURL, "https:") }

func (v *view) setCookie(value string) {
	c := &http.Cookie{Name: v.o.cookieName(), Value: value, Path: "/", HttpOnly: true, Secure: v.o.secure(), SameSite: http.SameSiteLaxMode, MaxAge: int(sessionLife / time.Second)}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(v.w, c)
}

func (v *view) from() string { return clientOf(v.Request, v.o.opt.TrustedProxies) }

// signing is what the pages that sign somebody in show.
type signing struct {
	Name, Next, Key string
}

func (v *view) showFirst() error {
	key := v.FormValue("key")
	if _, _, err := v.o.link(v.Context(), key); err != nil {
		return err
	}
	return v.ok("first", face{Title: v.t("Tài khoản đầu tiên"), Data: signing{Key: key}})
}

func (v *view) doFirst() error {
	d := signing{Name: v.PostFormValue("name"), Key: v.PostFormValue("key")}
	cookie, err := v.o.first(v.Context(), d.Key, d.Name, v.PostFormValue("password"), v.from())
	if err != nil {
		v.URL.RawQuery = url.Values{"key": {d.Key}}.Encode() // for who goes on in another language
		return v.again(err, "first", face{Title: v.t("Tài khoản đầu tiên"), Data: d})
	}
	v.setCookie(cookie)
	return v.leave("/admin/")
}

func (v *view) showLogin() error {
	next := safeNext(v.FormValue("next"))
	if v.who.Level > 0 {
		return v.leave(next)
	}
	return v.ok("login", face{Title: v.t("Đăng nhập"), Data: signing{Next: next}})
}

func (v *view) doLogin() error {
	d := signing{Name: v.PostFormValue("name"), Next: safeNext(v.PostFormValue("next"))}
	cookie, err := v.o.login(v.Context(), d.Name, v.PostFormValue("password"), v.from())
	if err == errLogin { //nolint:errorlint // it is never wrapped
		err = faultf(Unknown, "%s", v.t("Tên hoặc mật khẩu không đúng."))
	}
	if err != nil {
		return v.again(err, "login", face{Title: v.t("Đăng nhập"), Data: d})
	}
	// What the browser had before, whoever gave it, ends.
	if old, err := v.Cookie(v.o.cookieName()); err == nil {
		if err := v.o.logout(v.Context(), old.Value); err != nil {
			return err
		}
	}
	v.setCookie(cookie)
	return v.leave(d.Next)
}

func (v *view) doLogout() error {
	if c, err := v.Cookie(v.o.cookieName()); err == nil {
		if err := v.o.logout(v.Context(), c.Value); err != nil {
			return err
		}
	}
	v.setCookie("")
	return v.leave("/admin/login")
}

func (v *view) doLanguage() error {
	l := v.PostFormValue("language")
	if l != "en" {
		l = "vi"
	}
	http.SetCookie(v.w, &http.Cookie{Name: "tinhub_language", Value: l, Path: "/admin/", HttpOnly: true, Secure: v.o.secure(), SameSite: http.SameSiteLaxMode, MaxAge: 365 * 24 * 3600})
	return v.leave(safeNext(v.PostFormValue("next")))
}

func (v *view) showMe() error {
	return v.ok("me", face{Title: v.t("Tài khoản của tôi"), Here: "me"})
}

// doMe changes one's own password, by who knows the old one.
func (v *view) doMe() error {
	page := face{Title: v.t("Tài khoản của tôi"), Here: "me"}
	cookie, err := v.o.login(v.Context(), v.who.Name, v.PostFormValue("old"), v.from())
	if err == nil {
		err = v.o.SetPassword(v.Context(), v.who, v.who.Name, v.PostFormValue("password"))
	}
	if err == nil { // the sessions ended, this one too: it goes on with a new one
		cookie, err = v.o.login(v.Context(), v.who.Name, v.PostFormValue("password"), v.from())
	}
	if err == errLogin { //nolint:errorlint // it is never wrapped
		err = faultf(Invalid, "%s", v.t("Mật khẩu hiện tại không đúng."))
	}
	if err != nil {
		return v.again(err, "me", page)
	}
	v.setCookie(cookie)
	return v.after("/admin/me", "password")
}

// accounts is what the page of people shows.
type accounts struct {
	Users  []User
	Tokens []Pass
	New    newUser
	Secret string // of a token that was just made
}

func (v *view) accounts(d accounts) (face, error) {
	var err error
	if d.Users, err = v.o.Users(v.Context(), v.who, "", 0); err != nil {
		return face{}, err
	}
	d.Tokens, err = v.o.Tokens(v.Context(), v.who, "", 0)
	return face{Title: v.t("Tài khoản và khóa API"), Here: "accounts", Data: d}, err
}

func (v *view) showAccounts() error { return v.people(nil, accounts{}) }

// people shows the page of accounts, with what is wrong.
func (v *view) people(wrong error, d accounts) error {
	f, err := v.accounts(d)
	if err != nil {
		return err
	}
	if wrong != nil {
		return v.again(wrong, "accounts", f)
	}
	return v.ok("accounts", f)
}

func (v *view) doAddAccount() error {
	n := newUser{v.PostFormValue("name"), v.PostFormValue("role"), v.PostFormValue("password")}
	if _, err := v.o.AddUser(v.Context(), v.who, n.Name, n.Role, n.Password); err != nil {
		return v.people(err, accounts{New: n})
	}
	return v.after("/admin/accounts", "added")
}

func (v *view) doAccount() error {
	id := v.PathValue("id")
	var err error
	switch v.PostFormValue("do") {
	case "role":
		_, err = v.o.SetRole(v.Context(), v.who, id, v.PostFormValue("role"))
	case "password":
		err = v.o.SetPassword(v.Context(), v.who, id, v.PostFormValue("password"))
	case "remove":
		err = v.o.RemoveUser(v.Context(), v.who, id)
	default:
		err = faultf(Invalid, "%s", v.t("Không rõ phải làm gì."))
	}
	if err != nil {
		return v.people(err, accounts{})
	}
	return v.after("/admin/accounts", "changed")
}

func (v *view) doAddToken() error {
	p, err := v.o.AddToken(v.Context(), v.who, v.PostFormValue("name"), []string{v.PostFormValue("scope")})
	return v.people(err, accounts{Secret: p.Secret})
}

func (v *view) doRevoke() error {
	if err := v.o.RevokeToken(v.Context(), v.who, v.PathValue("id")); err != nil {
		return v.people(err, accounts{})
	}
	return v.after("/admin/accounts", "changed")
}

// audit is what the page of decisions shows.
type audit struct {
	Rows []auditRow
	Next string
}

type auditRow struct {
	news.Decision
	Changes []change
}

// A change is one key that a decision changed.
type change struct{ Key, Before, After string }

func (v *view) showAudit() error {
	list, next, err := v.o.Decisions(v.Context(), v.who, time.Time{}, time.Time{}, v.FormValue("after"), 50)
	if err != nil {
		return badCursor(err)
	}
	d := audit{Next: next}
	for _, one := range list {
		d.Rows = append(d.Rows, auditRow{one, changes(one.Before, one.After)})
	}
	return v.ok("audit", face{Title: v.t("Nhật ký"), Here: "audit", Data: d})
}

// changes are the keys that differ.
func changes(before, after json.RawMessage) (list []change) {
	var a, b map[string]json.RawMessage
	_ = json.Unmarshal(before, &a) // what is no object has no keys to compare
	_ = json.Unmarshal(after, &b)
	for _, k := range keysOf(a, b) {
		if string(a[k]) != string(b[k]) {
			list = append(list, change{k, clip(string(a[k])), clip(string(b[k]))})
		}
	}
	return list
}

func clip(s string) string { return news.Excerpt(s, 200) }

// showAuditCSV exports the whole log.
func (v *view) showAuditCSV() error { return v.exportAudit("text/csv", "csv", v.o.auditCSV) }

// showAuditLines is the same as JSON, a decision a line.
func (v *view) showAuditLines() error {
	return v.exportAudit("application/jsonl", "jsonl", v.o.auditLines)
}

func (v *view) exportAudit(media, suffix string, export func(context.Context, Who, time.Time, time.Time) func(io.Writer) error) error {
	v.w.Header().Set("Content-Type", media+"; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="tinhub-audit.`+suffix+`"`)
	v.o.sendOut(v.w, export(v.Context(), v.who, time.Time{}, time.Time{}))
	return nil
}

// cell keeps a spreadsheet from reading a title as a formula.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

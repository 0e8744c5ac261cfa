package admin

import (
	"strconv"
	"strings"
)

// alertPage is what the page of alerts shows.
type alertPage struct {
	Ill    []Illness
	Feed   string // the address that was just made
	Alerts []Alert
	New    Alert
	Mail   MailServer
}

func (v *view) alerts(wrong error, d alertPage) error {
	var err error
	if d.Ill, err = v.o.Illnesses(v.Context(), v.who); err != nil {
		return err
	}
	if v.who.Level >= Admin {
		if d.Alerts, err = v.o.Alerts(v.Context(), v.who); err != nil {
			return err
		}
		if d.Mail == (MailServer{}) {
			if d.Mail, err = v.o.MailServer(v.Context(), v.who); err != nil {
				return err
			}
		}
	}
	f := face{Title: v.t("Cảnh báo"), Here: "alerts", Data: d}
	if wrong != nil {
		return v.again(wrong, "alerts", f)
	}
	return v.ok("alerts", f)
}

func (v *view) showAlerts() error { return v.alerts(nil, alertPage{}) }

func (v *view) doFeed() error {
	address, err := v.o.NewFeed(v.Context(), v.who)
	return v.alerts(err, alertPage{Feed: address})
}

func (v *view) doAddAlert() error {
	a := Alert{ID: strings.TrimSpace(v.PostFormValue("id")), Kind: v.PostFormValue("kind"), After: strings.TrimSpace(v.PostFormValue("after")),
		Silent: v.PostFormValue("silent") != ""}
	to := strings.TrimSpace(v.PostFormValue("to"))
	if a.Kind == "mail" {
		a.To = strings.FieldsFunc(to, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' || r == '\r' })
	} else {
		a.URL, a.Secret = to, strings.TrimSpace(v.PostFormValue("secret"))
	}
	if _, err := v.o.SetAlert(v.Context(), v.who, a, 0, true); err != nil {
		a.Secret = ""
		return v.alerts(err, alertPage{New: a})
	}
	return v.after("/admin/alerts", "added")
}

// doAlert tries, pauses or removes one.
func (v *view) doAlert() error {
	id, done := v.PathValue("id"), "changed"
	var err error
	switch v.PostFormValue("do") {
	case "test":
		err, done = v.o.TestAlert(v.Context(), v.who, id), "sent"
	case "pause", "resume":
		var a Alert
		if a, err = v.o.Alert(v.Context(), v.who, id); err == nil {
			a.Paused = v.PostFormValue("do") == "pause"
			_, err = v.o.SetAlert(v.Context(), v.who, a, a.Version, false)
		}
	case "remove":
		err, done = v.o.RemoveAlert(v.Context(), v.who, id), "removed"
	default:
		err = faultf(Invalid, "%s", v.t("Không rõ phải làm gì."))
	}
	if err != nil {
		return v.alerts(err, alertPage{})
	}
	return v.after("/admin/alerts", done)
}

func (v *view) doMail() error {
	s := MailServer{Host: strings.TrimSpace(v.PostFormValue("host")), TLS: v.PostFormValue("tls"), User: v.PostFormValue("user"),
		Password: v.PostFormValue("password"), From: strings.TrimSpace(v.PostFormValue("from"))}
	s.Port, _ = strconv.Atoi(v.PostFormValue("port")) // 0 is refused
	if _, err := v.o.SetMailServer(v.Context(), v.who, s); err != nil {
		s.Password = ""
		return v.alerts(err, alertPage{Mail: s})
	}
	return v.after("/admin/alerts", "changed")
}

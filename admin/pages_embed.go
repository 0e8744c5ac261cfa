package admin

import (
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// An embedding is how a partner's page shows a topic: what the form says, the code
// that follows from it, and what it looks like.
type embedding struct {
	Topic                 TopicForm
	Items                 int
	Theme, Size, Heading  string
	Images                bool
	Element, Frame, Shown string // the code of either way, and the address of the preview
}

// showEmbed is the page where a partner's code is made.
func (v *view) showEmbed() error {
	t, _, err := v.o.topics().find(v.Context(), v.PathValue("id"))
	if err != nil {
		return err
	}
	e := embedding{Topic: topicForm(t), Items: 5, Heading: strings.TrimSpace(v.FormValue("heading")), Images: v.FormValue("images") != ""}
	if n, err := strconv.Atoi(v.FormValue("items")); err == nil {
		e.Items = min(max(n, 1), 50)
	}
	if s := v.FormValue("theme"); slices.Contains([]string{"light", "dark"}, s) {
		e.Theme = s
	}
	if s := v.FormValue("size"); slices.Contains([]string{"small", "large"}, s) {
		e.Size = s
	}
	e.write(strings.TrimSuffix(v.o.opt.PublicURL, "/"))
	return v.ok("embed", face{Title: v.t("Mã nhúng") + ": " + t.Title, Here: "topics", Data: e})
}

// write makes the code. What goes into it is escaped, for a title may say anything
// and the code is pasted into somebody's page.
func (e *embedding) write(base string) {
	esc := template.HTMLEscapeString
	var attrs strings.Builder
	attr := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&attrs, ` %s="%s"`, name, esc(value))
		}
	}
	attr("topic", e.Topic.ID)
	attr("items", strconv.Itoa(e.Items))
	attr("heading", e.Heading)
	attr("theme", e.Theme)
	if e.Images {
		attrs.WriteString(" images")
	}
	page := esc(base + "/topics/" + e.Topic.ID)
	e.Element = `<script async src="` + esc(base) + `/embed.js"></script>` + "\n<tinhub-feed" + attrs.String() + `><a href="` + page + `">` + esc(e.Topic.Title) + `</a></tinhub-feed>`

	q := url.Values{"items": {strconv.Itoa(e.Items)}}
	for name, value := range map[string]string{"heading": e.Heading, "theme": e.Theme, "size": e.Size, "images": map[bool]string{true: "1"}[e.Images]} {
		if value != "" {
			q.Set(name, value)
		}
	}
	path := "/embed/" + e.Topic.ID + "?" + q.Encode()
	if e.Topic.Public {
		e.Shown = path
	} else {
		path += "&key=KHOA"
	}
	e.Frame = `<iframe src="` + esc(base+path) + `" title="` + esc(e.Topic.Title) + `" width="480" height="520" loading="lazy" style="border:0"></iframe>`
}

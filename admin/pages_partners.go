package admin

import (
	"encoding/json"
	"strconv"
	"strings"

	"tinhub/news"
)

// partnerList is what the page of partners shows.
type partnerList struct {
	Items  []partnerRow
	New    PartnerForm
	Made   PartnerForm // with the key that was just made
	Topics []string
}

// partnerRow is a partner with what was asked by its key or from its pages.
type partnerRow struct {
	PartnerForm
	Use   plot
	Total DayForm
}

func (v *view) partners(wrong error, d partnerList) error {
	period, err := v.o.period("", "", "", "", periodDefault)
	if err != nil {
		return err
	}
	uses, err := v.o.Uses(v.Context(), v.who, period)
	if err != nil {
		return err
	}
	by := map[string][]news.Use{}
	for _, u := range uses {
		by[u.Partner] = append(by[u.Partner], u)
	}
	list, _ := v.o.partners().list("", 1<<20, nil)
	for _, p := range list {
		used := bars("", daily(period, by[p.ID]), func(d DayForm) int64 { return d.Requests + d.Views })
		d.Items = append(d.Items, partnerRow{partnerForm(p), used, total("", by[p.ID])})
	}
	for _, t := range v.o.deps.Roster.Topics() {
		d.Topics = append(d.Topics, t.ID)
	}
	f := face{Title: v.t("Đối tác"), Here: "partners", Data: d}
	if wrong != nil {
		return v.again(wrong, "partners", f)
	}
	return v.ok("partners", f)
}

func (v *view) showPartners() error { return v.partners(nil, partnerList{}) }

func (v *view) doAddPartner() error {
	n := PartnerForm{ID: strings.TrimSpace(v.PostFormValue("id")), Name: v.PostFormValue("name"),
		Origins: strings.Fields(v.PostFormValue("origins")), Topics: strings.Fields(v.PostFormValue("topics"))}
	p := map[string]any{"id": n.ID, "name": none(n.Name), "topics": n.Topics, "origins": n.Origins}
	if v.PostFormValue("with_key") != "" {
		n.Key = newSecret()
		p["key"] = n.Key
	}
	raw, err := whole(p)
	if err != nil {
		return err
	}
	f, err := v.o.partners().add(v.Context(), v.o, v.who, raw)
	if err != nil {
		n.Key = ""
		return v.partners(err, partnerList{New: n})
	}
	f.Key = n.Key
	if f.Key == "" {
		return v.after("/admin/partners", "added")
	}
	return v.partners(nil, partnerList{Made: f})
}

// doSavePartner changes what the form shows; the key stays.
func (v *view) doSavePartner() error {
	id := v.PathValue("id")
	raw, err := json.Marshal(map[string]any{"name": none(strings.TrimSpace(v.PostFormValue("name"))),
		"topics": strings.Fields(v.PostFormValue("topics")), "origins": strings.Fields(v.PostFormValue("origins"))})
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(v.PostFormValue("version"), 10, 64) // 0: whatever it is
	if _, err := v.o.partners().set(v.Context(), v.o, v.who, id, version, patch[PartnerForm](raw)); err != nil {
		return v.partners(err, partnerList{})
	}
	return v.after("/admin/partners", "changed")
}

func (v *view) doEndPartnerKey() error {
	if _, err := v.o.EndKey(v.Context(), v.who, v.PathValue("id")); err != nil {
		return v.partners(err, partnerList{})
	}
	return v.after("/admin/partners", "changed")
}

func (v *view) doPartnerKey() error {
	f, err := v.o.NewKey(v.Context(), v.who, v.PathValue("id"))
	if err != nil {
		return v.partners(err, partnerList{})
	}
	return v.partners(nil, partnerList{Made: f})
}

func (v *view) doRemovePartner() error {
	if err := v.o.partners().remove(v.Context(), v.o, v.who, v.PathValue("id"), 0); err != nil {
		return v.partners(err, partnerList{})
	}
	return v.after("/admin/partners", "removed")
}

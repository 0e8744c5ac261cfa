package admin

import (
	"strings"
)

// partnerList is what the page of partners shows.
type partnerList struct {
	Items  []PartnerForm
	New    PartnerForm
	Made   PartnerForm // with the key that was just made
	Topics []string
}

func (v *view) partners(wrong error, d partnerList) error {
	list, _ := v.o.partners().list("", 1<<20, nil)
	for _, p := range list {
		d.Items = append(d.Items, partnerForm(p))
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

package admin

// waitingData is what waits, list by list.
type waitingData struct {
	Lists []waitingList
	Undo  string
}

type waitingList struct {
	Name  string
	Items []Waiting
}

func (v *view) showWaiting() error {
	all, err := v.o.Waiting(v.Context(), v.who, "")
	if err != nil {
		return err
	}
	d := waitingData{Undo: v.undoable()}
	for _, l := range waitingLists {
		w := waitingList{Name: l.name}
		for _, x := range all {
			if x.List == l.name {
				w.Items = append(w.Items, x)
			}
		}
		d.Lists = append(d.Lists, w)
	}
	return v.ok("desk-waiting", v.deskFace(v.t("Đang chờ"), d))
}

// decisionsData is what was decided lately.
type decisionsData struct {
	Items []DecisionForm
	Next  string
	Undo  string
}

func (v *view) showDecisions() error { return v.decisions(nil) }

func (v *view) decisions(wrong error) error {
	d := decisionsData{Undo: v.undoable()}
	var err error
	after := v.FormValue("after")
	if d.Items, d.Next, err = v.o.DeskDecisions(v.Context(), v.who, "", after, 100); err != nil {
		return err
	}
	f := v.deskFace(v.t("Quyết định"), d)
	if wrong != nil {
		return v.again(wrong, "desk-decisions", f)
	}
	return v.ok("desk-decisions", f)
}

func (v *view) doUndo() error {
	u, err := v.o.Undo(v.Context(), v.who, v.PathValue("id"))
	if err != nil {
		return v.decisions(err)
	}
	to := v.PostFormValue("next")
	if to == "" {
		to = "/admin/desk/decisions"
	}
	return v.decidedAt(to, u.Decision)
}

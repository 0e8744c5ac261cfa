package admin

// subscriptionList is what the page of subscriptions shows.
type subscriptionList struct {
	subFilter
	Items  []SubscriptionForm
	States []string
	First  bool // it is not behind another page
	Next   string
}

// subscriptionPage is how many subscriptions a page lists.
const subscriptionPage = 100

func (v *view) showSubscriptions() error {
	d := subscriptionList{States: subStates, First: v.FormValue("after") == "",
		subFilter: subFilter{v.FormValue("state"), v.FormValue("topic"), v.FormValue("q")}}
	var err error
	d.Items, d.Next, err = v.o.Subscriptions(v.Context(), v.who, v.FormValue("after"), subscriptionPage, d.subFilter)
	if err != nil {
		return err
	}
	return v.ok("subscriptions", face{Title: v.t("Đăng ký nhận tin"), Here: "subscriptions", Data: d})
}

func (v *view) showSubscription() error { return v.subscription(nil) }

// subscription shows one, with what is wrong.
func (v *view) subscription(wrong error) error {
	s, err := v.o.Subscription(v.Context(), v.who, v.PathValue("id"))
	if err != nil {
		return err
	}
	f := face{Title: v.t("Đăng ký nhận tin"), Here: "subscriptions", Data: s}
	if wrong != nil {
		return v.again(wrong, "subscription", f)
	}
	return v.ok("subscription", f)
}

func (v *view) doReplay() error {
	if err := v.o.Replay(v.Context(), v.who, v.PathValue("id")); err != nil {
		return v.subscription(err)
	}
	return v.after("/admin/subscriptions/at/"+v.PathValue("id"), "replayed")
}

func (v *view) doEndSubscription() error {
	if err := v.o.EndSubscription(v.Context(), v.who, v.PathValue("id")); err != nil {
		return v.subscription(err)
	}
	return v.after("/admin/subscriptions", "ended")
}

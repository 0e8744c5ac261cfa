package admin

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tinhub/news"
)

// TestSubscriptionFilters: each filter gives what it says, page by page.
func TestSubscriptionFilters(t *testing.T) {
	r := newRig(t, Options{})
	for query, want := range map[string][]string{
		"": {"0a", "1b", "2c"}, "state=active": {"1b"}, "state=failing": {"0a"}, "state=ended": {"2c"}, "topic=x": {"0a", "2c"}, "topic=none": nil,
		"q=PARTNER": {"1b"}, "q=rieng": {"1b"}, "q=secret-key": nil, "topic=x&state=ended&q=gone": {"2c"},
	} {
		for _, limit := range []string{"1", "2", "500"} {
			var got []string
			after, pages := "", 0
			for ; pages < 5; pages++ {
				answer := r.ask(Read, "GET", apiRoot+"/subscriptions?limit="+limit+"&after="+after+"&"+query, "")
				var p page[SubscriptionForm]
				if err := json.Unmarshal([]byte(answer.body), &p); err != nil || answer.status != 200 {
					t.Fatalf("%s: %d %s", query, answer.status, answer.body)
				}
				for _, s := range p.Items {
					got = append(got, s.ID)
				}
				if after = p.Next; after == "" {
					break
				}
			}
			if d := cmp.Diff(want, got); d != "" || pages == 5 {
				t.Errorf("%q by %s (-want +got):\n%s", query, limit, d)
			}
		}
	}
	if got := r.ask(Read, "GET", apiRoot+"/subscriptions?state=odd", ""); got.status != 400 || !strings.Contains(got.body, "failing") {
		t.Errorf("a state that there is not: %d %s", got.status, got.body)
	}
}

// TestSubscriptionsKeepKeys: who may only look does not learn a partner's key from
// the topic that somebody subscribed to with it, nor does the audit log.
func TestSubscriptionsKeepKeys(t *testing.T) {
	r := newRig(t, Options{})
	b := r.signIn("viewer")
	r.ask(Write, "POST", apiRoot+"/subscriptions/1b/replay", "")
	for _, body := range []string{
		r.ask(Read, "GET", apiRoot+"/subscriptions", "").body, r.ask(Read, "GET", apiRoot+"/subscriptions/1b", "").body,
		r.ask(Read, "GET", apiRoot+"/deliveries", "").body, r.ask(Admin, "GET", apiRoot+"/audit", "").body,
		b.do("GET", "/admin/subscriptions", nil).body, b.do("GET", "/admin/subscriptions/at/1b", nil).body,
	} {
		if strings.Contains(body, "secret-key") || !strings.Contains(body, Hidden) {
			t.Errorf("the key is shown, or what hides it is not: %s", body)
		}
	}
	for topic, want := range map[string]string{
		"http://x/a.rss": "http://x/a.rss", "http://x/a.rss?key=s": "http://x/a.rss?key=" + Hidden, "http://x/a.rss?KEY=s&key=s": "http://x/a.rss?key=" + Hidden,
		"http://x/a.rss?%zz=1&key=s": "http://x/a.rss?key=" + Hidden, "http://x/a.rss?a=1": "http://x/a.rss?a=1",
	} {
		if got := withoutKey(topic); got != want {
			t.Errorf("%s: %s, want %s", topic, got, want)
		}
	}
}

// TestCallbacksKeepUsers: the name and the password that a subscriber had written
// into its callback are nobody's to see.
func TestCallbacksKeepUsers(t *testing.T) {
	for callback, want := range map[string]string{
		"https://doc.example/cb?a=1": "https://doc.example/cb?a=1", "https://minh:bi%40mat@doc.example/cb": "https://" + Hidden + "@doc.example/cb",
		"https://khoa@doc.example": "https://" + Hidden + "@doc.example", "https://doc.example/@minh": "https://doc.example/@minh", "http://doc.example?q=@x": "http://doc.example?q=@x",
	} {
		f := subscriptionForm(news.Subscription{Callback: callback, Recent: []news.Delivery{{}}}, noon)
		if f.Callback != want || f.Recent[0].Callback != want {
			t.Errorf("%s is shown as %s and %s, want %s", callback, f.Callback, f.Recent[0].Callback, want)
		}
	}
}

// TestOrders: what an editor orders is asked of the hub and written down; what
// can't be done is refused with a sentence, on the page that was open.
func TestOrders(t *testing.T) {
	r := newRig(t, Options{})
	b := r.signIn("editor")
	for _, c := range []struct {
		path   string
		status int
		asked  news.IntentMode
		noted  string
	}{
		{"/admin/subscriptions/at/0a/replay", 303, news.Replay, "subscription.replay"},
		{"/admin/subscriptions/at/0a/remove", 303, news.Remove, "subscription.end"},
		{"/admin/subscriptions/at/2c/remove", 303, news.Remove, "subscription.end"},
		{"/admin/subscriptions/at/2c/replay", 409, "", ""},
		{"/admin/subscriptions/at/none/replay", 404, "", ""},
		{"/admin/subscriptions/at/none/remove", 404, "", ""},
	} {
		r.world.intents, r.world.audit = nil, nil
		got := b.do("POST", c.path, nil)
		if got.status != c.status {
			t.Errorf("%s: %d %s", c.path, got.status, got.body)
		}
		if c.asked == "" {
			if len(r.world.intents) != 0 || len(r.world.audit) != 0 {
				t.Errorf("%s: refused, and done", c.path)
			}
			continue
		}
		in, d := r.world.intents[0], r.world.audit[0]
		if in.Mode != c.asked || in.Nonce == "" || in.At.IsZero() || in.Topic == "" || in.Callback == "" {
			t.Errorf("%s: asked %+v", c.path, in)
		}
		if d.What != c.noted || d.Who != "an-editor" || d.Subject != in.ID || len(d.Before) == 0 {
			t.Errorf("%s: noted %+v", c.path, d)
		}
		if done := b.do("GET", got.header.Get("Location"), nil); done.status != 200 || !strings.Contains(done.body, `role="status"`) {
			t.Errorf("%s: led to %s, which does not say that it was done", c.path, got.header.Get("Location"))
		}
	}
	if body := b.do("GET", "/admin/subscriptions/at/2c", nil).body; strings.Contains(body, "/replay") {
		t.Error("what is refused is offered")
	}
	if body := r.signIn("viewer").do("GET", "/admin/subscriptions/at/0a", nil).body; strings.Contains(body, "/replay") || strings.Contains(body, "/remove") {
		t.Error("a viewer is shown a button that is refused")
	}
}

// TestNoSubscriptions: an empty list says which emptiness it is.
func TestNoSubscriptions(t *testing.T) {
	r := newRig(t, Options{})
	r.world.nobody = true
	b := r.signIn("viewer")
	for path, want := range map[string]string{
		"/admin/subscriptions": "Chưa có ai đăng ký", "/admin/subscriptions?state=failing": "Không có đăng ký nào như vậy", "/admin/subscriptions?after=1b": "Không còn đăng ký nào nữa",
	} {
		if got := b.do("GET", path, nil); !strings.Contains(got.body, want) {
			t.Errorf("%s does not say %q", path, want)
		}
	}
}

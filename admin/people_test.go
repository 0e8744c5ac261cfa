package admin

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tinhub/news"
)

const sentence = "một câu thật dài"

func kindOf(err error) Kind {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f.Kind
	}
	return 0
}

func TestPasswords(t *testing.T) {
	h := newHasher()
	stored := h.hash("mật khẩu dài")
	if !strings.HasPrefix(stored, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Error(stored)
	}
	for password, want := range map[string]bool{
		"mật khẩu dài": true, "ma\u0323\u0302t khâ\u0309u da\u0300i": true, // in parts, as some keyboards send it
		"mat khau dai": false, "": false, strings.Repeat("x", 5000): false,
	} {
		if h.matches(stored, password) != want {
			t.Errorf("%.40q: want %v", password, want)
		}
	}
	for _, broken := range []string{"", "x", "$argon2id$v=19$m=1,t=0,p=0$$", "$argon2i$v=19$m=19456,t=2,p=1$YQ$YQ", "$argon2id$v=19$m=4294967295,t=1,p=1$YQ$YQ"} {
		if h.matches(broken, "mật khẩu dài") {
			t.Errorf("%q matches", broken)
		}
	}
}

// TestLoginTime: who knows no name can't find one by the clock. n is bounded by
// what hashing costs; FAULTS.md's 200 are run without -short.
func TestLoginTime(t *testing.T) {
	n := 200
	if testing.Short() {
		n = 15
	}
	r := newRig(t, Options{})
	r.prepare()
	times := map[string][]time.Duration{}
	for range n {
		for _, name := range []string{"lan", "nobody", "../no name"} {
			r.throttle = newThrottle()
			began := time.Now()
			if _, err := r.login(t.Context(), name, "not the password", "203.0.113.1"); kindOf(err) != Unknown {
				t.Fatal(err)
			}
			times[name] = append(times[name], time.Since(began))
		}
	}
	median := map[string]time.Duration{}
	for name, list := range times {
		slices.Sort(list)
		median[name] = list[len(list)/2]
	}
	t.Log(median)
	for _, other := range []string{"nobody", "../no name"} {
		if ratio := float64(median[other]) / float64(median["lan"]); ratio < 0.8 || ratio > 1.25 {
			t.Errorf("medians differ: %v", median)
		}
	}
}

func TestSessions(t *testing.T) {
	now := noon
	r := newRig(t, Options{Now: func() time.Time { return now }})
	r.prepare()
	ctx := t.Context()
	login := func() string {
		t.Helper()
		c, err := r.login(ctx, "Lan", sentence, "203.0.113.1")
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	who := func(cookie string) string {
		t.Helper()
		w, err := r.session(ctx, cookie)
		if err != nil {
			t.Fatal(err)
		}
		return w.Name
	}
	a, b := login(), login()
	if a == b || who(a) != "lan" || who(b) != "lan" {
		t.Error("two sessions are not two")
	}
	for _, forged := range []string{"", "lan", "lan_", "lan_x", "_" + a, "nobody_" + a, strings.ToUpper(a), a + "x", "lan_" + strings.Repeat("x", 1<<20)} {
		if w, err := r.session(ctx, forged); err != nil || w.Level != 0 {
			t.Errorf("%.30q is %v, %v", forged, w, err)
		}
	}
	if err := r.logout(ctx, a); err != nil || who(a) != "" || who(b) != "lan" {
		t.Errorf("logout: %v", err)
	}
	if err := r.SetPassword(ctx, Who{"lan", Write}, "lan", "một câu khác hẳn"); err != nil || who(b) != "" {
		t.Errorf("a session outlived the password: %v", err)
	}
	if _, err := r.login(ctx, "lan", sentence, "203.0.113.1"); kindOf(err) != Unknown {
		t.Errorf("the old password: %v", err)
	}
	c, err := r.login(ctx, "lan", "một câu khác hẳn", "203.0.113.1")
	if err != nil || who(c) != "lan" {
		t.Fatal(err)
	}
	now = now.Add(sessionLife)
	if who(c) != "" {
		t.Error("a session lives for ever")
	}
	for range maxSessions + 3 {
		if _, err := r.login(ctx, "lan", "một câu khác hẳn", "203.0.113.1"); err != nil {
			t.Fatal(err)
		}
	}
	if u, err := r.User(ctx, Who{"x", Admin}, "lan"); err != nil || u.Sessions != maxSessions {
		t.Errorf("%+v, %v", u, err)
	}
}

// TestPasswordChangedMeanwhile: a login that was checked against the old password
// opens nothing once there is a new one.
func TestPasswordChangedMeanwhile(t *testing.T) {
	r := newRig(t, Options{})
	r.prepare()
	a, _, err := r.deps.Accounts.Get(t.Context(), "lan")
	if err == nil {
		err = r.SetPassword(t.Context(), Who{"x", Admin}, "lan", "một câu khác hẳn")
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.open(t.Context(), "lan", a.Password, ""); kindOf(err) != Unknown {
		t.Error(err)
	}
}

func TestThrottle(t *testing.T) {
	th, now := newThrottle(), noon
	tries := func(name, from string) (n int) {
		for ; n < 100 && th.begin(name, from, now) == 0; n++ {
		}
		return n
	}
	if n := tries("lan", "a"); n != freeAttempts {
		t.Errorf("%d attempts on one name", n)
	}
	if n := tries("minh", "a"); n != freeAttempts {
		t.Errorf("%d on another", n)
	}
	now = now.Add(time.Second)
	if n := tries("lan", "b"); n != 1 {
		t.Errorf("after a second %d", n)
	}
	if wait := th.begin("lan", "c", now); wait != 2*time.Second {
		t.Errorf("then it waits %v", wait)
	}
	for i := range 3 * freeFrom {
		th.begin("name"+strconv.Itoa(i), "d", now)
	}
	if wait := th.begin("fresh", "d", now); wait <= 0 {
		t.Error("one address guesses names without end")
	}
	now = now.Add(throttleForget + time.Second)
	if n := tries("lan", "a"); n != freeAttempts {
		t.Errorf("an hour later %d", n)
	}
	for i := range throttleMost + 100 {
		th.begin("n"+strconv.Itoa(i), "a"+strconv.Itoa(i), now)
	}
	if len(th.seen) > throttleMost {
		t.Errorf("it remembers %d", len(th.seen))
	}
}

func TestFirstLink(t *testing.T) {
	now := noon
	r := newRig(t, Options{Now: func() time.Time { return now }})
	ctx := t.Context()
	a, err := r.FirstLink(ctx)
	b, err2 := r.FirstLink(ctx) // of another process
	if err != nil || err2 != nil || a == "" || b == "" || a == b {
		t.Fatal(a, b, err, err2)
	}
	if _, err := r.first(ctx, "wrong", "lan", sentence, ""); kindOf(err) != Missing {
		t.Error(err)
	}
	if _, err := r.first(ctx, a, "lan", "short", ""); kindOf(err) != Invalid {
		t.Error(err)
	}
	cookie, err := r.first(ctx, a, "lan", sentence, "")
	if err != nil {
		t.Fatal(err)
	}
	if w, err := r.session(ctx, cookie); err != nil || w != (Who{"lan", Admin}) {
		t.Error(w, err)
	}
	for _, used := range []string{a, b} {
		if _, err := r.first(ctx, used, "minh", sentence, ""); kindOf(err) != Missing {
			t.Error("the link works again")
		}
	}
	if c, err := r.FirstLink(ctx); c != "" || err != nil {
		t.Error(c, err)
	}
	old := newRig(t, Options{Now: func() time.Time { return now }})
	c, err := old.FirstLink(ctx)
	now = now.Add(25 * time.Hour)
	if _, err2 := old.first(ctx, c, "lan", sentence, ""); err != nil || kindOf(err2) != Missing {
		t.Error(err, err2)
	}
}

func TestLastAdmin(t *testing.T) {
	r := newRig(t, Options{})
	w, ctx := Who{"x", Admin}, t.Context()
	for name, role := range map[string]string{"a": "admin", "e": "editor"} {
		if _, err := r.AddUser(ctx, w, name, role, sentence); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.SetRole(ctx, w, "a", "viewer"); kindOf(err) != Taken {
		t.Error(err)
	}
	if err := r.RemoveUser(ctx, w, "a"); kindOf(err) != Taken {
		t.Error(err)
	}
	if _, err := r.SetRole(ctx, w, "e", "admin"); err != nil {
		t.Error(err)
	}
	if err := r.RemoveUser(ctx, w, "a"); err != nil {
		t.Error(err)
	}
	if err := r.RemoveUser(ctx, w, "a"); !errors.Is(err, news.ErrNotFound) {
		t.Error(err)
	}
}

func TestRevokedToken(t *testing.T) {
	r := newRig(t, Options{})
	if got := r.ask(Admin, "DELETE", "/api/v1/tokens/t-read", ""); got.status != 204 {
		t.Fatal(got)
	}
	if got := r.ask(Read, "GET", "/api/v1/topics", ""); got.status != 401 {
		t.Errorf("a revoked token: %d", got.status)
	}
}

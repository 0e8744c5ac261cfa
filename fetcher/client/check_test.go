package client

import (
	"net/netip"
	"testing"

	"tinhub/news"
)

func TestCheck(t *testing.T) {
	c := New(Options{Allow: news.Networks{netip.MustParsePrefix("127.0.0.0/8")}})
	for address, want := range map[string]Class{
		"https://bao.example/hook?a=1":         "",
		"http://127.0.0.1:4711/hook":           "", // allowed, and on any port
		"http://[::1]/":                        Forbidden,
		"http://10.0.0.1/":                     Forbidden,
		"http://[::ffff:a9fe:a9fe]/latest/":    Forbidden,
		"http://bao.example:22/":               "", // its address may be an allowed one: judged when it is dialled
		"ftp://bao.example/":                   BadAddress,
		"http:127.0.0.1":                       BadAddress,
		"http://2130706433/":                   Forbidden,
		"http://bao.example@127.0.0.1/trap":    BadAddress,
		"http://user:secret@bao.example/inbox": "",
	} {
		if got := ClassOf(c.Check(address)); got != want {
			t.Errorf("Check(%q): class %q, want %q", address, got, want)
		}
	}
}

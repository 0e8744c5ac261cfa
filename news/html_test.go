package news

import (
	"testing"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"":                       "",
		"chỉ là  chữ":            "chỉ là chữ",
		"<p>Một</p><p>Hai</p>":   "Một\nHai",
		"Một<br>hai</br>ba<br/>": "Một\nhai\nba",
		"a <b>b</b>c<i> d</i>":   "a bc d",
		"<table><tr><td>Lúa</td><td>6.500</td></tr><tr><td>Tôm</td></tr></table>": "Lúa 6.500\nTôm",
		"<ul><li>x<li>y</ul>":                                  "x\ny",
		"A &amp; B &#225;&nbsp;c &lt;script&gt;":               "A & B á c <script>",
		"<style>p{}</style>x<script>if(a<b){}</script>y":       "xy",
		"<figure><img src=a><figcaption>Ảnh: T.T</figcaption>": "Ảnh: T.T",
		"<p>chưa đóng":                                         "chưa đóng",
		"1 < 2":                                                "1 < 2",
	} {
		if got := Text(in); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	const s = "Nông dân Cà Mau, thu hoạch tôm"
	for _, c := range []struct {
		n    int
		want string
	}{{100, s}, {utf8.RuneCountInString(s), s}, {18, "Nông dân Cà Mau…"}, {9, "Nông dân…"}, {8, "Nông…"}, {3, "Nô…"}, {1, "…"}, {0, ""}} {
		if got := Excerpt(s, c.n); got != c.want {
			t.Errorf("Excerpt(%d) = %q, want %q", c.n, got, c.want)
		}
		if got := Excerpt(s, c.n); utf8.RuneCountInString(got) > c.n && got != s {
			t.Errorf("Excerpt(%d) is longer: %q", c.n, got)
		}
	}
}

package admin

import "testing"

func TestSpan(t *testing.T) {
	for in, want := range map[string]string{
		"": "–", "x": "–", "0s": "0 giây", "45s": "45 giây", "1m0s": "1 phút", "10m30s": "10 phút", "1h30m0s": "1 giờ 30 phút", "72h0m0s": "3 ngày", "26h0m5s": "1 ngày 2 giờ",
	} {
		if got := span("vi", in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := span("en", "1h0m0s"); got != "1 h" {
		t.Errorf("in English: %q", got)
	}
}

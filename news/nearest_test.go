package news

import (
	"testing"
)

func TestNearest(t *testing.T) {
	keys := []string{"schedule", "workers", "per_host", "spacing", "timeout", "max_body"}
	for in, want := range map[string]string{
		"shedule": "schedule", "worker": "workers", "perhost": "per_host", "per-host": "per_host", "time_out": "timeout",
		"spaicng": "spacing", "maxbody": "max_body", "colour": "", "x": "", "": "", "Schedule": "schedule",
	} {
		if got := Nearest(in, keys); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", in, got, want)
		}
	}
	if got := Nearest("cà mâu", ProvinceSlugs()); got != "ca-mau" {
		t.Errorf("a name with marks is near its slug, not %q", got)
	}
}

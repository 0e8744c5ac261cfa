package news

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestHistory(t *testing.T) {
	at := time.Date(2026, 11, 24, 8, 30, 0, 123e6, time.UTC)
	h := History{
		{At: at, Took: 45123 * time.Microsecond, Health: Unchanged, Status: 304},
		{At: at.Add(time.Minute), Took: time.Second, Health: OK, Status: 200, Bytes: 112640, Entries: 30, New: 2, Changed: 1, Rejected: 3},
		{At: at.Add(time.Hour), Health: NotAFeed, Status: 200, Bytes: 5, Detail: `nó là "trang web" <html>, không phải nguồn cấp`},
		{At: at.Add(2 * time.Hour), Health: OK, New: 1, Push: true},
		{At: at.Add(3 * time.Hour), Health: Failing, Detail: "no answer"},
	}
	raw, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	var back History
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(h, back); d != "" {
		t.Errorf("%s\n%s", raw, d)
	}
	if want := `[[1795509000123,45123,"unchanged",304],`; !strings.HasPrefix(string(raw), want) {
		t.Errorf("%s, want %s …", raw, want)
	}
	// As earlier versions wrote it, in whatever zone.
	var old History
	if err := json.Unmarshal([]byte(`[{"at":"2026-11-24T15:30:00.123+07:00","took":45123000,"health":"unchanged","status":304}]`), &old); err != nil || len(old) != 1 || !old[0].At.Equal(at) || old[0].Took != h[0].Took || old[0].Health != Unchanged {
		t.Errorf("%+v %v", old, err)
	}
	for _, bad := range []string{`{}`, `[["x"]]`, `[3]`, `[[1,2,"ok",{}]]`} {
		if json.Unmarshal([]byte(bad), &old) == nil {
			t.Errorf("%s was read", bad)
		}
	}
	if raw, _ := json.Marshal(SourceState{Source: "a"}); strings.Contains(string(raw), "history") {
		t.Errorf("an empty history is written: %s", raw)
	}
}

// TestHistoryIsShort: a poll that brought nothing costs a line of some forty bytes.
func TestHistoryIsShort(t *testing.T) {
	var h History
	for i := range PollHistory {
		h = append(h, PollRecord{At: time.Date(2026, 11, 24, 8, i, 0, 123456789, time.UTC), Took: 45123456, Health: Unchanged, Status: 304})
	}
	raw, _ := json.Marshal(h)
	plain, _ := json.Marshal([]PollRecord(h))
	if 2*len(raw) > len(plain) {
		t.Errorf("%d bytes, as objects %d", len(raw), len(plain))
	}
}

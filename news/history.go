package news

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// A History is the last polls of a source, oldest first. All of it is written
// again with every poll, an unchanged one, too: so a line is stored as an array
// of its numbers without what is zero at the end, a third of an object. Times are
// kept to the millisecond, durations to the microsecond.
type History []PollRecord

// MarshalJSON writes the lines as arrays: at, took, health, status, bytes, entries,
// new, changed, rejected, push, detail.
func (h History) MarshalJSON() ([]byte, error) {
	b := make([]byte, 0, 2+48*len(h))
	b = append(b, '[')
	for i, r := range h {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[')
		b = strconv.AppendInt(b, r.At.UnixMilli(), 10)
		b = strconv.AppendInt(append(b, ','), r.Took.Microseconds(), 10)
		b = appendString(append(b, ','), string(r.Health))
		push := int64(0)
		if r.Push {
			push = 1
		}
		numbers := [...]int64{int64(r.Status), r.Bytes, int64(r.Entries), int64(r.New), int64(r.Changed), int64(r.Rejected), push}
		end := len(numbers)
		for r.Detail == "" && end > 0 && numbers[end-1] == 0 {
			end--
		}
		for _, n := range numbers[:end] {
			b = strconv.AppendInt(append(b, ','), n, 10)
		}
		if r.Detail != "" {
			b = appendString(append(b, ','), r.Detail)
		}
		b = append(b, ']')
	}
	return append(b, ']'), nil
}

// appendString appends a text as JSON, which is quick for words.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(s) // a string always can be
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// UnmarshalJSON reads arrays, and the objects that earlier versions wrote.
func (h *History) UnmarshalJSON(data []byte) error {
	var lines []json.RawMessage
	if err := json.Unmarshal(data, &lines); err != nil {
		return err
	}
	out := make(History, len(lines))
	for i, line := range lines {
		if bytes.HasPrefix(line, []byte("{")) {
			if err := json.Unmarshal(line, &out[i]); err != nil {
				return err
			}
			continue
		}
		var at, took int64
		var push int
		r := &out[i]
		if err := json.Unmarshal(line, &[]any{&at, &took, &r.Health, &r.Status, &r.Bytes, &r.Entries, &r.New, &r.Changed, &r.Rejected, &push, &r.Detail}); err != nil {
			return err
		}
		r.At, r.Took, r.Push = time.UnixMilli(at).UTC(), time.Duration(took)*time.Microsecond, push == 1
	}
	*h = out
	return nil
}

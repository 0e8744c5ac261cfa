package news

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// A Decision is one line of the audit log: what somebody decided by hand, an
// editor, an admin, or a court through them.
type Decision struct {
	At      time.Time       `json:"at"`
	Who     string          `json:"who"`               // an account, a token, or "tinhub withdraw"
	What    string          `json:"what"`              // "withdraw", "pin", "source.update" …
	Subject string          `json:"subject,omitempty"` // what it is about: an id
	Before  json.RawMessage `json:"before,omitempty"`
	After   json.RawMessage `json:"after,omitempty"`
	Reason  string          `json:"reason,omitempty"`
	Undoes  string          `json:"undoes,omitempty"` // the ID of the decision that this takes back
}

// ID names a decision by when it was made and what it says.
func (d Decision) ID() string {
	text, err := json.Marshal(d)
	if err != nil { // what was no JSON before or after
		text = []byte(d.What + " " + d.Subject)
	}
	return strconv.FormatInt(d.At.UnixNano(), 36) + "-" + string(KeyOf(string(text)))[:16]
}

// DecidedAt reads off a decision's ID when it was made.
func DecidedAt(id string) (time.Time, bool) {
	at, _, ok := strings.Cut(id, "-")
	n, err := strconv.ParseInt(at, 36, 64)
	return time.Unix(0, n).UTC(), ok && err == nil
}

package news

import (
	"encoding/json"
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
}

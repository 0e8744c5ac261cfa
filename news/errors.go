package news

import "errors"

// The sentinels that rooms agree on. Everything else is wrapped text.
var (
	ErrNotFound = errors.New("not found")
	ErrHeld     = errors.New("held by another")     // a lease that somebody else has
	ErrFenced   = errors.New("a newer owner wrote") // a write under a lease that was lost
	ErrConflict = errors.New("changed in the meantime")
	ErrClosed   = errors.New("closed")
)

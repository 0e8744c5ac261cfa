package admin

import (
	"errors"
	"fmt"

	"tinhub/news"
)

// A Kind is what is wrong with what somebody wants. The HTTP edge makes a status
// of it.
type Kind int

// The kinds of faults.
const (
	Invalid  Kind = iota + 1 // what was sent can't be right
	Unknown                  // nobody knows who asks
	Refused                  // who asks may not
	Missing                  // there is no such thing
	Taken                    // it exists, or was changed in the meantime
	Stale                    // it is not at the version that was named
	ReadOnly                 // the file declares it
	TooLarge
	TooMany
	NotHere // this process can't do it
)

// A Fault is a refusal, in words that say how to mend it.
type Fault struct {
	Kind   Kind
	Text   string
	Errors []string // each one, where there are several
	Now    any      // what is there at present, where somebody else changed it
}

func (f *Fault) Error() string { return f.Text }

func faultf(k Kind, format string, args ...any) *Fault {
	return &Fault{Kind: k, Text: fmt.Sprintf(format, args...)}
}

// faultOf is what an error means to whoever asked; nil: it is ours.
func faultOf(err error) *Fault {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f
	}
	switch {
	case errors.Is(err, news.ErrNotFound):
		return faultf(Missing, "%v", err)
	case errors.Is(err, news.ErrConflict):
		return faultf(Taken, "somebody else changed it in the meantime: read it again, and repeat your change")
	}
	return nil
}

// invalid gathers what is wrong.
func invalid(what string, errs []string) *Fault {
	if len(errs) == 1 {
		return &Fault{Kind: Invalid, Text: errs[0], Errors: errs}
	}
	return &Fault{Kind: Invalid, Text: fmt.Sprintf("%s has %d faults", what, len(errs)), Errors: errs}
}

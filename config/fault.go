package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Position is where something was set. Line and Column count from 1, in
// characters; 0 means the whole of File.
type Position struct {
	File         string // as it was named, or "environment"
	Line, Column int
}

// String is file:line:column.
func (p Position) String() string {
	return fmt.Sprintf("%s:%d:%d", p.File, max(1, p.Line), max(1, p.Column))
}

// A Fault is something wrong with the configuration and how to mend it.
type Fault struct {
	Position
	Text string
}

// String is file:line:column: what and how to mend it.
func (f Fault) String() string { return f.Position.String() + ": " + f.Text }

// Faults are all faults of a configuration, in the order of their places.
type Faults []Fault

// With is f and more, in the order of their places.
func (f Faults) With(more ...Fault) Faults {
	return append(slices.Clone(f), more...).sorted()
}

// Error is one fault a line.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i := range f {
		lines[i] = f[i].String()
	}
	return strings.Join(lines, "\n")
}

// Err is f as an error, nil when there is none.
func (f Faults) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// sorted puts the faults of the file before those of the environment, each in
// reading order, and says nothing twice.
func (f Faults) sorted() Faults {
	slices.SortStableFunc(f, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(source(a), source(b)), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.Compact(f)
}

func source(f Fault) int {
	if f.File == environment {
		return 1
	}
	return 0
}

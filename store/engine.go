package store

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tinhub/news"
)

// What the engines share: the rules of a batch, and the forms in which they
// keep what it says. None of it is for the facets.

// MaxValue is the most bytes of one record or log item.
const MaxValue = 64 << 20

// DefaultLimit is how many things Range and Read return for a limit of 0.
const DefaultLimit = 1000

// maxToken is the largest version and token: what a Lua number holds exactly.
const maxToken = 1<<53 - 1

// Check refuses a batch that no engine could apply as it says. An error here is
// a fault in the calling code, never in data.
func (b Batch) Check() error {
	if err := b.Partition.check(); err != nil {
		return err
	}
	for i, f := range b.Fences {
		if f.Name == "" || f.Token < 0 || f.Token > maxToken {
			return fmt.Errorf("batch for %s: fence %q has no name, or a token outside 0 … 2^53-1: %d", b.Partition, f.Name, f.Token)
		}
		if slices.ContainsFunc(b.Fences[:i], func(e Fence) bool { return e.Name == f.Name }) {
			return fmt.Errorf("batch for %s: fence %q stands twice", b.Partition, f.Name)
		}
	}
	for i, s := range b.Steps {
		if err := s.check(i); err != nil {
			return fmt.Errorf("batch for %s: step %d: %w", b.Partition, i, err)
		}
	}
	return nil
}

func (p Partition) check() error {
	if p == "" {
		return errors.New("a partition needs a name")
	}
	for _, c := range []byte(p) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && !strings.ContainsRune("-:/._", rune(c)) {
			return fmt.Errorf("partition %q: a name has only a-z, 0-9 and -:/._", string(p))
		}
	}
	return nil
}

func (s Step) check(i int) error {
	switch {
	case s.Op != Put && s.Op != Delete && s.Op != Append:
		return fmt.Errorf("there is no operation %q", byte(s.Op))
	case s.If != Always && s.If != Absent && s.If != Present && s.If != At:
		return fmt.Errorf("there is no condition %q", byte(s.If))
	case s.Key == "" || strings.ContainsRune(s.Key, 0):
		return fmt.Errorf("key %q is empty or holds a NUL", s.Key)
	case s.Needs < 0 || s.Needs > i:
		return fmt.Errorf("needs step number %d, which is not an earlier one", s.Needs)
	case s.If == At && (s.Version < 0 || s.Version > maxToken):
		return fmt.Errorf("version %d is outside 0 … 2^53-1", s.Version)
	case s.Op == Append && s.If != Always:
		return errors.New("an append has no record to set a condition on: let it need an earlier step")
	case s.Op != Put && (len(s.Index) > 0 || !s.Expires.IsZero()):
		return errors.New("only a put owns index entries or expires")
	case len(s.Value) > MaxValue:
		return fmt.Errorf("%s: a value of %d bytes is over the limit of %d", s.Key, len(s.Value), MaxValue)
	}
	for _, x := range s.Index {
		if x.Name == "" || x.Name == ExpiryIndex || strings.ContainsRune(x.Name, 0) || strings.ContainsRune(x.Sort, 0) {
			return fmt.Errorf("%s: index entry %q %q: a name is needed, no NUL, and %s is kept by the engine", s.Key, x.Name, x.Sort, ExpiryIndex)
		}
	}
	return nil
}

// Deletes says that a batch only removes, so that it must work in a full store.
func (b Batch) Deletes() bool {
	return len(b.Steps) > 0 && !slices.ContainsFunc(b.Steps, func(s Step) bool { return s.Op != Delete })
}

// Idempotent says that applying a batch twice does what applying it once does.
func (b Batch) Idempotent() bool {
	return !slices.ContainsFunc(b.Steps, func(s Step) bool { return s.Op == Append || s.If != Always })
}

// Logs are those that a batch adds to, which Watch tells of.
func (b Batch) Logs() []Log {
	var all []Log
	for _, s := range b.Steps {
		if l := (Log{b.Partition, s.Key}); s.Op == Append && !slices.Contains(all, l) {
			all = append(all, l)
		}
	}
	return all
}

// Owns is what a put's record owns, its entry in ExpiryIndex included, sorted
// and without repetitions.
func (s Step) Owns() []Index {
	own := slices.Clone(s.Index)
	if !s.Expires.IsZero() {
		own = append(own, Index{Name: ExpiryIndex, Sort: TimeSort(s.Expires)})
	}
	slices.SortFunc(own, func(a, b Index) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(a.Sort, b.Sort)
	})
	return slices.Compact(own)
}

// PackIndex writes entries as name NUL sort NUL, one after another.
func PackIndex(own []Index) string {
	var b strings.Builder
	for _, x := range own {
		b.WriteString(x.Name)
		b.WriteByte(0)
		b.WriteString(x.Sort)
		b.WriteByte(0)
	}
	return b.String()
}

// UnpackIndex reads what PackIndex wrote.
func UnpackIndex(packed string) ([]Index, error) {
	var own []Index
	for packed != "" {
		name, rest, ok := strings.Cut(packed, "\x00")
		sort, rest, ok2 := strings.Cut(rest, "\x00")
		if !ok || !ok2 {
			return nil, errors.New("a record's list of index entries is damaged")
		}
		own, packed = append(own, Index{Name: name, Sort: sort}), rest
	}
	return own, nil
}

// SplitExpiry takes a record's expiry out of what it owns: a dump has it in the
// record.
func SplitExpiry(own []Index) ([]Index, time.Time) {
	var at time.Time
	own = slices.DeleteFunc(own, func(x Index) bool {
		if x.Name == ExpiryIndex {
			at = sortTime(x.Sort)
		}
		return x.Name == ExpiryIndex
	})
	if len(own) == 0 {
		own = nil
	}
	return own, at
}

// PackResults writes a receipt in one short string, so that the last MaxReceipts
// of them cost little: the partition's version before the batch, ":" and for
// each step
//
//	p   a put that was applied; its version is the next one
//	a   a delete or append that was applied; version 0
//	sN; skipped, the record being at version N
func PackResults(before int64, steps []Step, results []Result) string {
	b := strconv.AppendInt(nil, before, 10)
	b = append(b, ':')
	for i, r := range results {
		switch {
		case !r.Applied:
			b = append(strconv.AppendInt(append(b, 's'), r.Version, 10), ';')
		case steps[i].Op == Put:
			b = append(b, 'p')
		default:
			b = append(b, 'a')
		}
	}
	return string(b)
}

// UnpackResults reads what PackResults wrote.
func UnpackResults(packed string) ([]Result, error) {
	bad := errors.New("a batch's receipt is damaged")
	head, rest, ok := strings.Cut(packed, ":")
	version, err := strconv.ParseInt(head, 10, 64)
	if !ok || err != nil {
		return nil, bad
	}
	var out []Result
	for rest != "" {
		c := rest[0]
		rest = rest[1:]
		switch c {
		case 'p':
			version++
			out = append(out, Result{Applied: true, Version: version})
		case 'a':
			out = append(out, Result{Applied: true})
		case 's':
			num, tail, ok := strings.Cut(rest, ";")
			n, err := strconv.ParseInt(num, 10, 64)
			if !ok || err != nil {
				return nil, bad
			}
			out, rest = append(out, Result{Version: n}), tail
		default:
			return nil, bad
		}
	}
	return out, nil
}

// MakePlace joins the life of a log with an engine's own item id.
func MakePlace(epoch, id string) news.Place { return news.Place(epoch + "." + id) }

// SplitPlace undoes MakePlace; "" gives two empty strings.
func SplitPlace(p news.Place) (epoch, id string) {
	epoch, id, _ = strings.Cut(string(p), ".")
	return epoch, id
}

// NewName is a random name of 128 bits: an epoch, or a batch that had none.
func NewName() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

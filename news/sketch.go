package news

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
)

// A Sketch counts how many different things were added to it, and remembers none
// of them: HyperLogLog with 1,024 registers (Flajolet et al. 2007), which is right
// to about 3 %. Sketches of several processes merge, and what both saw counts once.
//
// While few were added it is a sorted list of the registers that are not zero, two
// bytes each (10 bits which, 6 bits how much), which tells no more than the
// registers do; from 512 on it is the registers, a byte each. nil is an empty one.
type Sketch []byte

const (
	sketchBits  = 10
	sketchCells = 1 << sketchBits
	sketchMost  = 64 - sketchBits + 1 // the highest that a register holds
)

// Add counts a thing by a hash of it, all of whose bits are even.
func (s Sketch) Add(hash uint64) Sketch {
	rank := min(bits.LeadingZeros64(hash<<sketchBits)+1, sketchMost)
	return s.raise(uint16(hash>>(64-sketchBits)), byte(rank))
}

// raise sets a register to a rank, unless it is higher.
func (s Sketch) raise(cell uint16, rank byte) Sketch {
	if len(s) == sketchCells {
		s[cell] = max(s[cell], rank)
		return s
	}
	lo, hi := 0, len(s)/2
	for lo < hi {
		mid := (lo + hi) / 2
		if binary.BigEndian.Uint16(s[2*mid:])>>6 < cell {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	word := cell<<6 | uint16(rank)
	if 2*lo < len(s) && binary.BigEndian.Uint16(s[2*lo:])>>6 == cell {
		binary.BigEndian.PutUint16(s[2*lo:], max(word, binary.BigEndian.Uint16(s[2*lo:])))
		return s
	}
	if len(s)+2 < sketchCells {
		return slices.Insert(s, 2*lo, byte(word>>8), byte(word))
	}
	full := make(Sketch, sketchCells)
	s.each(func(cell uint16, rank byte) { full[cell] = rank })
	full[cell] = rank
	return full
}

// each gives the registers that are not zero. A sketch that is none gives none.
func (s Sketch) each(give func(cell uint16, rank byte)) {
	if len(s) == sketchCells {
		for i, rank := range s {
			if rank > 0 {
				give(uint16(i), min(rank, sketchMost))
			}
		}
		return
	}
	for ; len(s) >= 2 && len(s) < sketchCells; s = s[2:] {
		word := binary.BigEndian.Uint16(s)
		give(word>>6, min(byte(word&63), sketchMost))
	}
}

// Merge adds what another sketch saw.
func (s Sketch) Merge(other Sketch) Sketch {
	other.each(func(cell uint16, rank byte) { s = s.raise(cell, rank) })
	return s
}

// Count is how many different things were added, by the estimator of Ertl (2017,
// algorithm 6), which needs no corrections for small numbers.
func (s Sketch) Count() int64 {
	var having [sketchMost + 1]float64 // how many registers have each rank
	having[0] = sketchCells
	s.each(func(_ uint16, rank byte) { having[rank]++; having[0]-- })
	if having[0] == sketchCells {
		return 0
	}
	const m = sketchCells
	z := m * sketchTau(1-having[sketchMost]/m)
	for k := sketchMost - 1; k >= 1; k-- {
		z = 0.5 * (z + having[k])
	}
	z += m * sketchSigma(having[0]/m)
	return int64(min(math.Round(m*m/(2*math.Ln2)/z), 1<<53)) // all registers full: without end
}

func sketchSigma(x float64) float64 {
	y, z := 1.0, x
	for {
		x *= x
		before := z
		z += x * y
		y += y
		if z == before {
			return z
		}
	}
}

func sketchTau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	y, z := 1.0, 1-x
	for {
		x = math.Sqrt(x)
		before := z
		y /= 2
		z -= (1 - x) * (1 - x) * y
		if z == before {
			return z / 3
		}
	}
}

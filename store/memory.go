package store

import (
	"hash/maphash"
	"sync"
)

// Remembering is an engine whose facets decode a record once and give out what
// they made of it for as long as the store says the same: for whoever reads the
// same stories again and again, as the publisher does with each rendering. What
// is read from it is shared, and not to be changed in place. bytes bounds, about,
// what is remembered.
func Remembering(core Core, bytes int) Core {
	return &remembering{Core: core, memory: memory{most: bytes / 2, seed: maphash.MakeSeed()}}
}

type remembering struct {
	Core
	memory memory
}

// memoryOf is an engine's memory, nil where it has none.
func memoryOf(core Core) *memory {
	if r, ok := core.(*remembering); ok {
		return &r.memory
	}
	return nil
}

// unremembered is the engine without its memory, for walks over everything: they
// would fill it with what nobody asks for again.
func unremembered(core Core) Core {
	if r, ok := core.(*remembering); ok {
		return r.Core
	}
	return core
}

// A memory has two generations, each of which may hold most bytes: what was not
// asked for while one was filled is forgotten.
type memory struct {
	most int
	seed maphash.Seed

	mu         sync.Mutex // guards what follows
	young, old map[Ref]decoded
	size       int // about the bytes of young
}

// decoded is what was made of a record, and what tells that it is the same one
// still: its version alone does not, since a store that was emptied or restored
// begins to count anew.
type decoded struct {
	version int64
	length  int
	hash    uint64
	value   any // of the type that its key has
}

// decodedCost is what a decoded record takes: its text as strings, and the
// structs, slices and map entries around them.
func decodedCost(length int) int { return length + length/2 + 1024 }

// decodeInto decodes a record, or remembers what it says. m may be nil.
func decodeInto[T any](m *memory, p Partition, rec Record, into *T) error {
	if m == nil {
		return decode(p, rec, into)
	}
	ref := Ref{p, rec.Key}
	is := decoded{version: rec.Version, length: len(rec.Value), hash: maphash.Bytes(m.seed, rec.Value)}
	if value, ok := m.find(ref, is).(T); ok {
		*into = value
		return nil
	}
	if err := decode(p, rec, into); err != nil {
		return err
	}
	is.value = *into
	m.keep(ref, is)
	return nil
}

func (m *memory) find(ref Ref, is decoded) any {
	m.mu.Lock()
	defer m.mu.Unlock()
	have, young := m.young[ref]
	if !young {
		have = m.old[ref]
	}
	if have.version != is.version || have.length != is.length || have.hash != is.hash {
		return nil
	}
	if !young {
		m.put(ref, have)
	}
	return have.value
}

func (m *memory) keep(ref Ref, is decoded) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(ref, is)
}

// put takes a record among the young; mu is held.
func (m *memory) put(ref Ref, is decoded) {
	cost := decodedCost(is.length)
	if m.young == nil || m.size+cost > m.most {
		m.young, m.old, m.size = map[Ref]decoded{}, m.young, 0
	}
	m.young[ref] = is
	m.size += cost
}

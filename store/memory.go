package store

import "sync"

// Remembering is an engine whose facets read and decode a record once, and give out
// what they made of it for as long as the store has the same version: for whoever reads the
// same stories again and again, as the publisher does with each rendering. What
// is read from it is shared, and not to be changed in place. bytes bounds, about,
// what is remembered.
func Remembering(core Core, bytes int) Core {
	return &remembering{Core: core, memory: memory{most: bytes / 2}}
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

	mu         sync.Mutex // guards what follows
	young, old map[Ref]decoded
	size       int // about the bytes of young
}

// decoded is what was made of a record at a version.
type decoded struct {
	version int64
	cost    int
	value   any // *T, of the type that its key has
}

// decodedCost is what a decoded record takes: its text as strings, and the
// structs, slices and map entries around them.
func decodedCost(length int) int { return length + length/2 + 1024 }

// recall tells in refs which versions are remembered, so that the store need not
// send those again, and gives what they say; nil where nothing is. m may be nil.
func recall[T any](m *memory, refs []Ref) []*T {
	had := make([]*T, len(refs))
	if m == nil {
		return had
	}
	for i := range refs {
		d := m.find(refs[i])
		if value, ok := d.value.(*T); ok {
			had[i], refs[i].Has = value, d.version
		}
	}
	return had
}

// decodeKnown is what a record says that was read by a ref which recall made, and
// notes it. m may be nil.
func decodeKnown[T any](m *memory, ref Ref, rec Record, had *T) (*T, error) {
	if had != nil && rec.Version == ref.Has {
		return had, nil
	}
	value := new(T)
	if err := decode(ref.Partition, rec, value); err != nil {
		return nil, err
	}
	if m != nil {
		ref.Has = 0
		m.keep(ref, decoded{rec.Version, decodedCost(len(rec.Value)), value})
	}
	return value, nil
}

func (m *memory) find(ref Ref) decoded {
	m.mu.Lock()
	defer m.mu.Unlock()
	have, young := m.young[ref]
	if old, ok := m.old[ref]; !young && ok {
		have = old
		m.put(ref, old)
	}
	return have
}

func (m *memory) keep(ref Ref, is decoded) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(ref, is)
}

// put takes a record among the young; mu is held.
func (m *memory) put(ref Ref, is decoded) {
	if m.young == nil || m.size+is.cost > m.most {
		m.young, m.old, m.size = map[Ref]decoded{}, m.young, 0
	}
	m.size += is.cost - m.young[ref].cost
	m.young[ref] = is
}

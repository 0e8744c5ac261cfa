package publisher

import (
	"hash/maphash"
	"sync"
)

// cuts remember the summaries that were cut out of long texts: each rendering of
// a channel asks for the same fifty again. Texts are known by their length and
// two hashes whose seeds nobody outside can know.
type cuts struct {
	seeds [2]maphash.Seed

	mu         sync.Mutex // guards what follows
	young, old map[longText]string
}

type longText struct {
	length int
	hashes [2]uint64
}

func newCuts() *cuts { return &cuts{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}} }

// cutsMost is how many each of two generations holds: of the channels that
// change, all; some 4 MB.
const cutsMost = 4096

// of is what cut makes of a text, now or before.
func (c *cuts) of(text string, cut func(string) string) string {
	key := longText{len(text), [2]uint64{maphash.String(c.seeds[0], text), maphash.String(c.seeds[1], text)}}
	c.mu.Lock()
	defer c.mu.Unlock()
	short, ok := c.young[key]
	if ok {
		return short
	}
	if short, ok = c.old[key]; !ok {
		short = cut(text)
	}
	if c.young == nil || len(c.young) == cutsMost {
		c.young, c.old = map[longText]string{}, c.young
	}
	c.young[key] = short
	return short
}

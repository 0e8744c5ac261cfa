package publisher

import (
	"crypto/sha256"
	"sync"
)

// cuts remember the summaries that were cut out of long texts: each rendering of
// a channel asks for the same fifty again. Texts are known by their hash. Its
// zero value is ready.
type cuts struct {
	mu         sync.Mutex // guards what follows
	young, old map[[sha256.Size]byte]string
}

// cutsMost is how many each of two generations holds: of the channels that
// change, all; some 4 MB.
const cutsMost = 4096

// of is what cut makes of a text, now or before.
func (c *cuts) of(text string, cut func(string) string) string {
	key := sha256.Sum256([]byte(text))
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
		c.young, c.old = map[[sha256.Size]byte]string{}, c.young
	}
	c.young[key] = short
	return short
}

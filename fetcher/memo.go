package fetcher

import (
	"slices"
	"time"

	"tinhub/fetcher/feed"
	"tinhub/news"
)

// A memo is what the last reading of a source made of each item, by the key of
// the item's bytes: an everyday poll brings two new items of thirty, and only
// those are parsed, sanitised and looked up. It lives in memory; without it a
// document is read whole, with the same result.
type memo map[news.Key]remembered

// remembered is one item that reached the store, or was there already.
type remembered struct {
	named news.Key  // by itself
	key   news.Key  // among the others: see distinct
	at    time.Time // its date
}

// knows says that an item need not be read again.
func (m memo) knows(raw news.Key) bool {
	_, ok := m[raw]
	return ok
}

// clashes says that an entry bears the name of an item that was passed over.
// What the two are called is decided on the whole document.
func (m memo) clashes(doc feed.Document) bool {
	old := make(map[news.Key]bool, len(doc.Unchanged))
	for _, raw := range doc.Unchanged {
		old[m[raw].named] = true
	}
	return slices.ContainsFunc(doc.Entries, func(e news.Entry) bool { return old[e.Key] })
}

// next is the memo of a document: what was passed over, and what was read. keys
// are what distinct called the entries.
func (m memo) next(doc feed.Document, keys []news.Key) memo {
	out := make(memo, len(keys)+len(doc.Unchanged))
	for _, raw := range doc.Unchanged {
		out[raw] = m[raw]
	}
	for i, raw := range doc.Raw {
		if i < len(keys) && raw != "" {
			out[raw] = remembered{named: doc.Entries[i].Key, key: keys[i], at: doc.Entries[i].Published.At}
		}
	}
	return out
}

package publisher

import (
	"tinhub/news"
	"tinhub/publisher/feed"
)

// mostTombstones is how many stories an Atom document calls back: the latest. A
// reader who was away for longer reads the document anew, or the archive.
const mostTombstones = 50

// tombstones are what a channel calls back of what was withdrawn from it, but for
// what it shows again.
func tombstones(withdrawn []news.Story, entries []entry) []feed.Tombstone {
	shown := make(map[string]bool, len(entries))
	for _, e := range entries {
		shown[e.story.ID] = true
	}
	var out []feed.Tombstone
	for _, s := range withdrawn {
		if !s.Withdrawn.IsZero() && !shown[s.ID] {
			out = append(out, feed.Tombstone{ID: feed.StoryID(s.ID), When: s.Withdrawn})
		}
	}
	return out
}

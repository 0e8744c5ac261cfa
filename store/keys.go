package store

import (
	"fmt"
	"time"

	"tinhub/news"
)

// What lives where.
//
//	paper/00 … paper/1f     a shard of papers (news.ShardOf(family))
//	  source/ID             news.SourceState
//	  seen/SOURCE/KEY       hash of an entry, expires after keep.seen
//	  alias/KEY             article id that an identity key leads to, expires after keep.seen
//	  article/ID            news.Article; index "kept" by last seen, "dated" by date
//	  rejected/…            news.Rejected; expires
//	  place/NAME            how far NAME read this shard's wire
//	  log "wire"            news.Entry
//	  log "articles"        news.ArticleChange
//	desk                    stories, in one partition: grouping needs one truth
//	  story/ID              news.Story; index "c/CHANNEL" by the channel's order, "due", "dated"
//	  of/ARTICLE            id of the story that an article belongs to
//	  alias/STORY           id of the story that another one became part of
//	  topic/ID              what a topic was filed by (the rule's fingerprint), pins, hides
//	  place/articles/SHARD  how far each shard's article log was filed
//	  log "stories"         news.StoryChange
//	out/CHANNEL             a channel's outputs
//	  FORMAT                header and bytes of news.Output in every encoding
//	  log "revisions"       one line a new revision, which the hub delivers
//	lease                   lease/NAME: who owns what; member/ID: live processes
//	publish                 place/stories
//	admin, hub              accounts, tokens, partners, audit; subscriptions
const (
	Desk    Partition = "desk"
	Leases  Partition = "lease"
	Publish Partition = "publish"
	Admin   Partition = "admin"
	Hub     Partition = "hub"
)

// Paper is the partition of a shard of papers.
func Paper(shard int) Partition { return Partition(fmt.Sprintf("paper/%02x", shard)) }

// Out is the partition of a channel's outputs.
func Out(channel string) Partition { return Partition("out/" + channel) }

// TimeSort makes a time into 20 digits that sort as times do. Times before 1970
// sort as 1970.
func TimeSort(t time.Time) string {
	n := t.UnixNano()
	if t.Year() < 1970 || n < 0 {
		n = 0
	}
	if t.Year() > 2261 {
		n = 1<<63 - 1
	}
	return fmt.Sprintf("%020d", n)
}

// ofPaper is the partition an article lives in.
func ofPaper(articleID string) (Partition, error) {
	n, ok := news.Shard(articleID)
	if !ok {
		return "", fmt.Errorf("article %q: %w", articleID, news.ErrNotFound)
	}
	return Paper(n), nil
}

package store

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tinhub/news"
)

// What lives where.
//
//	paper/00 … paper/1f     a shard of papers (news.ShardOf(family))
//	  source/ID             news.SourceState; index "sources" by ID
//	  seen/SOURCE/KEY       hash of an entry and when it was last known to stand in
//	                        the feed, expires after keep.seen
//	  alias/KEY             article id that an identity key leads to, with "+" where the
//	                        sweeper spared it, expires after keep.seen
//	  article/ID            news.Article; index "kept" by when to think of forgetting
//	                        it (from last seen), "dated" by date
//	  rejected/SOURCE/KEY   news.Rejected; index "rejected/SOURCE" by time, expires
//	  page/SOURCE/KEY       news.Page: an article page to be read, index "pages" by when it
//	                        is due, or what became of it, without an index; expires
//	  recheck/ARTICLE       news.Recheck; index "rechecks" by when the article's address is
//	                        looked at again, "missing" too where it was not found; expires
//	  sealed/ARTICLE        news.Article as it was when it was withdrawn, which nothing
//	                        serves; expires
//	  ask/SOURCE            index "asked" by the time that somebody wants it polled
//	                        since, expires
//	  push/ID               news.Push: a subscription of ours at a source's hub; index "pushes"
//	                        by source, expires a month after all that is to happen to it
//	  pushed/SOURCE/KEY     news.Notification: what a hub sent, until it is read; index "pushed"
//	                        by source and time, expires
//	  place/curate          how far the curator read this shard's wire
//	  log "wire"            news.Entry
//	  log "articles"        news.ArticleChange
//	  log "asks"            source ids that something is asked of, or told by a hub; only
//	                        there to give a hint
//	desk                    stories, in one partition: grouping needs one truth
//	  story/ID              news.Story; index "c/CHANNEL" by the channel's order, "due", "dated", "late" (dated long before it was first seen, by that),
//	                        "gone/CHANNEL" by when it was withdrawn from there
//	  kept/STORY            index "kept" by when to think of forgetting the story
//	  of/ARTICLE            id of the story that an article belongs to
//	  alias/STORY           the story that another one became part of, expires after keep.seen
//	  order/ID              news.Instruction, until it is acted on; index "orders" by time
//	  curation/STORY        news.Curation, what editors decided; it goes with its story
//	  topic/ID              news.TopicState; index "topics" by ID
//	  place/articles/SHARD  how far each shard's article log was filed
//	  log "stories"         news.StoryChange
//	out/CHANNEL             a channel's outputs
//	  heads                 for each format its news.Output without bytes; what Save
//	                        is conditional on
//	  output/FORMAT         header and bytes of news.Output, see packOutput
//	  log "revisions"       formats that have a new revision, "" where the channel was dropped;
//	                        only there to give a hint
//	lease                   lease/NAME: who owns what
//	  member/GROUP/HOLDER   a live process; index "m/GROUP" by until when, expires
//	publish                 place/stories: how far the renderer read the desk's log
//	admin                   objects made in the pages and the API, one kind a folder:
//	  KIND/ID               see Kept; index "kind/KIND" by ID
//	                        (source, topic, partner; account and token, without secrets;
//	                        link, by which the first account is made)
//	  answer/KEY            what a request with an Idempotency-Key was answered, expires
//	  audit/…               news.Decision; index "audit" by time, expires after keep.audit
//	  log "changes"         KIND/ID of what changed; only there to give a hint
//	hub/0 … hub/f           a shard of subscriptions (news.HubShardOf)
//	  sub/ID                news.Subscription; index "subs" by ID, expires a day after its end
//	  intent/ID             news.Intent; index "intents" by ID, expires after a day
//	  place/asks            how far the shard's owner took its log up
//	  log "asks"            ids of subscriptions that something is asked of
//	hub/10                  what is asked of all shards (news.HubAll)
//	  log "asks"            pings
//	usage                   what readers asked for, without who they are
//	  use/DAY/CHANNEL       counts of news.Use; index "used" by DAY/CHANNEL, expires after 400 days
//	  salt/DAY              what that day's readers are hashed with, expires when it is over
//
// Fences: "poll" in paper/…, raised by the leases of shards; "curate" in paper/…
// and desk; "publish" in out/… and publish; "hub" in hub/…. They are named for the work and not
// for the lease, so that two leases on one work could never both write.
const (
	DeskPartition    Partition = "desk"
	LeasePartition   Partition = "lease"
	PublishPartition Partition = "publish"
	AdminPartition   Partition = "admin"
	UsagePartition   Partition = "usage"

	paperPrefix = "paper/"
	outPrefix   = "out/"
	hubPrefix   = "hub/"
)

// The fences.
const (
	fencePoll    = "poll"
	fenceCurate  = "curate"
	fencePublish = "publish"
	fenceHub     = "hub"
)

// The logs, and the records that say how far they were read.
const (
	logWire      = "wire"
	logArticles  = "articles"
	logAsks      = "asks"
	logStories   = "stories"
	logRevisions = "revisions"
	logChanges   = "changes"

	placeCurate  = "place/curate"
	placeStories = "place/stories"
	placeAsks    = "place/asks"
)

// The ordered indexes whose names are fixed.
const (
	indexSources = "sources"
	indexKept    = "kept"
	indexDated   = "dated"
	indexLate    = "late"
	indexAsked   = "asked"
	indexPages   = "pages"
	indexDue     = "due"
	indexTopics  = "topics"
	indexAudit   = "audit"
	indexRecheck = "rechecks"
	indexMissing = "missing" // of these, those of articles that were not found at their address
	indexOrders  = "orders"
	indexSubs    = "subs"
	indexIntents = "intents"
	indexUsed    = "used"
	indexPushes  = "pushes"
	indexPushed  = "pushed"
)

// Paper is the partition of a shard of papers.
func Paper(shard int) Partition { return Partition(fmt.Sprintf("%s%02x", paperPrefix, shard)) }

// shardOfPaper is the inverse of Paper.
func shardOfPaper(p Partition) (int, bool) {
	hex, ok := strings.CutPrefix(string(p), paperPrefix)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(hex, 16, 8)
	return int(n), err == nil && n < news.Shards
}

// Out is the partition of a channel's outputs.
func Out(channel string) Partition { return Partition(outPrefix + channel) }

// channelOfOut is the inverse of Out.
func channelOfOut(p Partition) (string, bool) { return strings.CutPrefix(string(p), outPrefix) }

// HubShard is the partition of a shard of subscriptions, or of news.HubAll.
func HubShard(shard int) Partition { return Partition(fmt.Sprintf("%s%x", hubPrefix, shard)) }

// shardOfHub is the inverse of HubShard.
func shardOfHub(p Partition) (int, bool) {
	hex, ok := strings.CutPrefix(string(p), hubPrefix)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(hex, 16, 8)
	return int(n), err == nil && n <= news.HubAll
}

func keySub(id string) string    { return "sub/" + id }
func keyIntent(id string) string { return "intent/" + id }

func keySource(id string) string               { return "source/" + id }
func keySeen(source string, k news.Key) string { return "seen/" + source + "/" + string(k) }
func keyAlias(k news.Key) string               { return "alias/" + string(k) }
func keyArticle(id string) string              { return "article/" + id }
func keyAsk(source string) string              { return "ask/" + source }
func keyRecheck(article string) string         { return "recheck/" + article }
func keySealed(article string) string          { return "sealed/" + article }
func keyPush(id string) string                 { return "push/" + id }

func keyPushed(source string, k news.Key) string { return "pushed/" + source + "/" + string(k) }

func keyPage(source string, k news.Key) string { return "page/" + source + "/" + string(k) }

func keyRejected(source string, k news.Key) string { return "rejected/" + source + "/" + string(k) }
func indexRejected(source string) string           { return "rejected/" + source }

func keyStory(id string) string      { return "story/" + id }
func keyKept(story string) string    { return "kept/" + story }
func keyOf(article string) string    { return "of/" + article }
func keyGone(story string) string    { return "alias/" + story }
func keyOrder(id string) string      { return "order/" + id }
func keyCuration(s string) string    { return "curation/" + s }
func keyTopic(id string) string      { return "topic/" + id }
func indexChannel(c string) string   { return "c/" + c }
func indexGone(c string) string      { return "gone/" + c }
func placeArticles(shard int) string { return fmt.Sprintf("place/articles/%02x", shard) }

const keyHeads = "heads"

func keyOutput(f news.Format) string { return "output/" + string(f) }

func keyAnswer(key string) string              { return "answer/" + key }
func keyLease(name string) string              { return "lease/" + name }
func keyMember(group, holder string) string    { return "member/" + group + "/" + holder }
func indexMembers(group string) string         { return "m/" + group }
func keyAudit(at time.Time, k news.Key) string { return "audit/" + TimeSort(at) + "/" + string(k) }
func keyUse(day, channel string) string        { return "use/" + useSort(day, channel) }
func keySalt(day string) string                { return "salt/" + day }
func useSort(day, channel string) string       { return day + "/" + channel }
func indexKind(kind string) string             { return "kind/" + kind }

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
	digits := [20]byte{} // by hand: an article takes several
	for i := len(digits) - 1; i >= 0; i-- {
		digits[i] = '0' + byte(n%10)
		n /= 10
	}
	return string(digits[:])
}

// sortTime is the inverse of TimeSort; what is no such digits, as "", is no time.
func sortTime(s string) time.Time {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

// ofPaper is the partition an article lives in.
func ofPaper(articleID string) (Partition, error) {
	n, ok := news.Shard(articleID)
	if !ok {
		return "", fmt.Errorf("article %q: %w", articleID, news.ErrNotFound)
	}
	return Paper(n), nil
}

package tally

import (
	"crypto/sha256"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"tinhub/news"
)

// An agent is what a User-Agent says.
type agent struct {
	reader      string  // the software's name
	subscribers int64   // that it says it reads for
	hash        [8]byte // of all of it
}

// agents remembers the last ones.
type agents struct {
	mu    sync.RWMutex
	known map[string]agent // guarded by mu
}

// The bounds of what strangers write: that of a header which is looked at, and how
// many are remembered.
const (
	agentMost  = 400
	agentsMost = 2048
)

func (all *agents) of(text string) agent {
	text = text[:min(len(text), agentMost)]
	all.mu.RLock()
	a, ok := all.known[text]
	all.mu.RUnlock()
	if ok {
		return a
	}
	a = readAgent(text)
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.known == nil || len(all.known) >= agentsMost {
		all.known = map[string]agent{}
	}
	all.known[strings.Clone(text)] = a
	return a
}

// subscribersMost bounds what anybody may say of himself.
const subscribersMost = 10_000_000

var saysSubscribers = regexp.MustCompile(`\b(\d{1,9}) (?:subscriber|reader)s?\b`)

// readers are how software calls itself, by what is in its User-Agent, in the order
// that they are looked for: services first, what is in many others' last.
var readers = []struct{ in, name string }{
	{"feedly", "Feedly"}, {"inoreader", "Inoreader"}, {"newsblur", "NewsBlur"}, {"feedbin", "Feedbin"}, {"theoldreader", "The Old Reader"},
	{"bazqux", "BazQux"}, {"netvibes", "Netvibes"}, {"feedfetcher-google", "Google"}, {"flipboard", "Flipboard"}, {"bloglovin", "Bloglovin"},
	{"g2reader", "G2Reader"}, {"feedspot", "Feedspot"}, {"readwise", "Readwise"}, {"commafeed", "CommaFeed"}, {"feed wrangler", "Feed Wrangler"},
	{"miniflux", "Miniflux"}, {"freshrss", "FreshRSS"}, {"tiny tiny rss", "Tiny Tiny RSS"}, {"nextcloud-news", "Nextcloud News"}, {"yarr/", "Yarr"},
	{"netnewswire", "NetNewsWire"}, {"reeder", "Reeder"}, {"newsboat", "Newsboat"}, {"liferea", "Liferea"}, {"akregator", "Akregator"},
	{"thunderbird", "Thunderbird"}, {"quiterss", "QuiteRSS"}, {"rss guard", "RSS Guard"}, {"rssguard", "RSS Guard"}, {"rssowl", "RSSOwl"}, {"vienna", "Vienna"},
	{"fluent reader", "Fluent Reader"}, {"fluentreader", "Fluent Reader"}, {"newsflash", "NewsFlash"}, {"capyreader", "Capy Reader"}, {"read you", "Read You"},
	{"feeder", "Feeder"}, {"flym", "Flym"}, {"feedbro", "Feedbro"}, {"rss-parser", "rss-parser"}, {"feedparser", "feedparser"}, {"simplepie", "SimplePie"},
	{"rome client", "ROME"}, {"magpierss", "MagpieRSS"}, {"wordpress", "WordPress"}, {"drupal", "Drupal"},
	{"outlook", "Outlook"}, {"windows-rss-platform", "Windows RSS"}, {"zapier", "Zapier"}, {"ifttt", "IFTTT"}, {"tinhub", "tinhub"},
}

// robots are words of those who come and read nothing.
var robots = regexp.MustCompile(`bot\b|bot/|crawl|spider|slurp|monitor|uptime|pingdom|facebookexternalhit|headlesschrome|lighthouse|validator|archive\.org|scan`)

// readAgent finds out which software a User-Agent is of, and for how many it reads.
func readAgent(text string) agent {
	a := agent{reader: news.ReaderOther}
	sum := sha256.Sum256([]byte(text))
	copy(a.hash[:], sum[:])
	low := strings.ToLower(text)
	if m := saysSubscribers.FindStringSubmatch(low); m != nil {
		n, err := strconv.ParseInt(m[1], 10, 64)
		if err == nil {
			a.subscribers = min(n, subscribersMost)
		}
		// A service's number changes, and it is the same service.
		sum = sha256.Sum256([]byte(saysSubscribers.ReplaceAllString(low, "")))
		copy(a.hash[:], sum[:])
	}
	for _, r := range readers {
		if strings.Contains(low, r.in) {
			a.reader = r.name
			return a
		}
	}
	switch {
	case robots.MatchString(low):
		a.reader, a.subscribers = news.ReaderRobot, 0
	case strings.HasPrefix(low, "mozilla/") || strings.HasPrefix(low, "opera/"):
		a.reader = news.ReaderBrowser
	}
	return a
}

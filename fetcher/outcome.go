package fetcher

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"tinhub/fetcher/client"
	"tinhub/news"
)

// An Outcome is what one visit to a source brought, in the terms that are
// decided on: no bytes, no clock.
type Outcome struct {
	At   time.Time // when the visit began
	Took time.Duration

	Class     client.Class // of the failure to get an answer, "" when there was one
	Status    int          // HTTP, 0 without an answer
	Detail    string       // what was wrong, for the admin
	Challenge bool         // the answer asks for a browser that runs scripts
	Barred    bool         // robots.txt says no: nothing was asked
	Panicked  bool         // reading it failed in our own code
	NotAFeed  bool         // it was answered with something else
	Truncated bool         // the document ended early: what it completes counts, its validators do not

	Known        bool // the body is the one that was read last time
	ETag         string
	LastModified string
	BodyHash     news.Key

	Bytes    int64 // of the body, inflated
	Entries  int   // that the document has
	New      int
	Changed  int
	Rejected int
	Standing []news.Key
	Newest   time.Time // latest date among the entries

	Title, Format string
	Hubs          []string // that it names
	Self          string   // what they know it by
	Foreign       bool     // a hub sent a document of somebody else
	Pace          news.Pace
	Repairs       []news.Repair

	Fresh      time.Duration // Cache-Control, Expires: how long the answer says that it holds
	RetryAfter time.Duration // what the answer asks for; 0: nothing that can be kept
	Permanent  string        // where permanent redirects alone led
}

// maxRetryAfter bounds what a source may ask for: a header can be wrong, and a
// source that is silent for longer has to be looked at anyway.
const maxRetryAfter = 7 * 24 * time.Hour

// retryAfter reads RFC 9110, section 10.2.3: seconds, or a date. What is past is
// no wish, what is absurd is a week, and what is neither is ignored.
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if header == "" {
		return 0
	}
	if strings.Trim(header, "0123456789") == "" {
		if len(header) > 9 {
			return maxRetryAfter
		}
		seconds := 0
		for _, d := range header {
			seconds = seconds*10 + int(d-'0')
		}
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	at, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}

// freshness reads how long an answer says that it holds: Cache-Control's max-age
// less Age, else Expires less Date (RFC 9111, section 4.2.1). An answer that is
// not to be used again unasked says nothing about the next one, in whichever
// order it says so; must-revalidate speaks of the time after, and private of
// caches that others share.
func freshness(h http.Header, now time.Time) time.Duration {
	age, told := time.Duration(0), false
	for part := range strings.SplitSeq(strings.ToLower(strings.Join(h.Values("Cache-Control"), ",")), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			if !told { // the first counts, as in section 4.2.1
				age, told = max(seconds(strings.Trim(value, `"`))-seconds(h.Get("Age")), 0), true
			}
		}
	}
	if told {
		return age
	}
	expires, err := http.ParseTime(h.Get("Expires"))
	if err != nil {
		return 0
	}
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		date = now
	}
	return max(expires.Sub(date), 0)
}

// seconds reads a count of at most a week; anything else is 0.
func seconds(s string) time.Duration {
	s = strings.TrimSpace(s)
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0
	}
	return retryAfter(s, time.Time{})
}

// challenged recognises an answer that is meant for a browser which runs its
// script first: such walls are respected and never evaded. The last kind is the
// cookie test that hosting companies put before their customers' sites.
func challenged(status int, h http.Header, body []byte) bool {
	if strings.EqualFold(h.Get("Cf-Mitigated"), "challenge") || h.Get("X-Amzn-Waf-Action") != "" {
		return true
	}
	if len(body) > 64<<10 || !bytes.Contains(bytes.ToLower(body[:min(len(body), 2048)]), []byte("<")) {
		return false
	}
	has := func(s string) bool { return bytes.Contains(body, []byte(s)) }
	switch {
	case has("/cdn-cgi/challenge-platform/") && status >= 400:
		return true
	case len(body) < 32<<10 && slices.ContainsFunc(walls, has) && !markedFeed(body):
		return true
	case has("document.cookie") && len(body) < 8<<10 &&
		(has("location.reload") || has("location.href") || has("location.replace")):
		return true
	}
	return false
}

// walls are what only the pages of such walls have in them: Cloudflare's, DDoS-Guard's,
// Imperva's, Sucuri's, AWS's, Anubis'.
var walls = []string{"_cf_chl_opt", "/.well-known/ddos-guard/", "_Incapsula_Resource", "sucuri_cloudproxy_js", "awsWafCookieDomainList", "anubis_challenge"}

// markedFeed says that a document begins as a feed does: it may well write of walls.
func markedFeed(body []byte) bool {
	head := bytes.ToLower(body[:min(len(body), 1024)])
	return bytes.Contains(head, []byte("<rss")) || bytes.Contains(head, []byte("<feed")) || bytes.Contains(head, []byte("<rdf:rdf")) || bytes.HasPrefix(bytes.TrimSpace(head), []byte("{"))
}

// emptyDetail words a success without a document.
func emptyDetail(status int, size int) string {
	switch {
	case status == http.StatusPartialContent:
		return "206: a part, though the whole was asked for; ask the paper to mend its server"
	case size > 0:
		return fmt.Sprintf("%d where a document comes with 200; ask the paper to mend its server", status)
	}
	return fmt.Sprintf("%d with nothing in it; look for the feed's address with tinhub source test HOMEPAGE", status)
}

// statusDetail words an answer that brought no document.
func statusDetail(status int) string {
	switch status {
	case http.StatusNotModified:
		return "304 to a question that had no condition: a cache before the server is confused; ask the paper to mend it"
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return fmt.Sprintf("%d: it redirects without saying where; look for the feed's address with tinhub source test HOMEPAGE", status)
	case http.StatusUnauthorized:
		return "401: it asks for a name and a password; set basic_auth or headers of the source"
	case http.StatusForbidden:
		return "403: it refuses this reader; ask the paper to admit fetch.user_agent"
	case http.StatusNotFound:
		return "404: there is nothing at this address; look for the feed's new one with tinhub source test HOMEPAGE"
	case http.StatusGone:
		return "410: the paper says that this address is gone for good; give the source a new one or disable it"
	case http.StatusTooManyRequests:
		return "429: it is asked too often; raise the source's schedule"
	case http.StatusUnavailableForLegalReasons:
		return "451: withheld for legal reasons"
	}
	if text := http.StatusText(status); text != "" {
		return fmt.Sprintf("%d: %s", status, strings.ToLower(text))
	}
	return fmt.Sprintf("status %d, which is not known", status)
}

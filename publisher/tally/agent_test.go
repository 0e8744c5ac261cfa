package tally

import (
	"fmt"
	"strings"
	"testing"
)

func TestReadAgent(t *testing.T) {
	for _, c := range []struct {
		text, reader string
		subscribers  int64
	}{
		{"Feedly/1.0 (+http://www.feedly.com/fetcher.html; 13 subscribers; like FeedFetcher-Google)", "Feedly", 13},
		{"Mozilla/5.0 (compatible; inoreader.com; 2 subscribers)", "Inoreader", 2},
		{"Inoreader/1.0 (+http://www.inoreader.com/feed-fetcher; 1 subscribers; )", "Inoreader", 1},
		{"Feedbin feed-id:12345 - 7 subscribers", "Feedbin", 7},
		{"NewsBlur Feed Fetcher - 42 subscribers - http://www.newsblur.com/site/1/x", "NewsBlur", 42},
		{"Mozilla/5.0 (compatible; theoldreader.com; 1 subscribers; feed-id=5a)", "The Old Reader", 1},
		{"Feed Wrangler/1.0 (1 subscriber; feed-id=3; http://feedwrangler.net)", "Feed Wrangler", 1},
		{"Miniflux/2.2.3 (https://miniflux.app)", "Miniflux", 0},
		{"FreshRSS/1.24.3 (Linux; https://freshrss.org)", "FreshRSS", 0},
		{"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0", "Thunderbird", 0},
		{"NetNewsWire (RSS Reader; https://netnewswire.com/)", "NetNewsWire", 0},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36", "browser", 0},
		{"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "robot", 0},
		{"SomeBot/1.0 (99 subscribers)", "robot", 0},
		{"curl/8.5.0", "other", 0},
		{"", "other", 0},
		{"Feedly/1.0 (999999999 subscribers)", "Feedly", subscribersMost},
		{"Feedly/1.0 (99999999999999999999 subscribers)", "Feedly", 0}, // no number of readers
		{"Feedly/1.0 (-3 subscribers)", "Feedly", 3},
	} {
		if a := readAgent(c.text); a.reader != c.reader || a.subscribers != c.subscribers {
			t.Errorf("%s: %s, %d", c.text, a.reader, a.subscribers)
		}
	}
}

// TestAgentIsOneReader: a service is the same one when its number changes.
func TestAgentIsOneReader(t *testing.T) {
	a, b := readAgent("Feedly/1.0 (13 subscribers)"), readAgent("Feedly/1.0 (14 subscribers)")
	if a.hash != b.hash {
		t.Error("a service that gained a subscriber is another reader")
	}
	if a.hash == readAgent("Miniflux/2").hash {
		t.Error("two readers have one hash")
	}
}

// TestAgentsAreBounded: strangers can't fill the memory with names.
func TestAgentsAreBounded(t *testing.T) {
	var all agents
	all.of("agent " + strings.Repeat("x", 10_000))
	for n := range agentsMost + agentsMost/2 {
		all.of(fmt.Sprint("agent ", n))
	}
	for text := range all.known {
		if len(text) > agentMost {
			t.Fatalf("%d bytes are remembered", len(text))
		}
	}
	if len(all.known) > agentsMost {
		t.Errorf("%d are remembered", len(all.known))
	}
}

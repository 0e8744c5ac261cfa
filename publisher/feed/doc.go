// Package feed writes stories as RSS, Atom, JSON Feed and OPML bytes.
package feed

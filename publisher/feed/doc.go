// Package feed writes stories as RSS 2.0, Atom 1.0, JSON Feed 1.1 and OPML.
//
// It is pure: the same channel gives the same bytes, for ever. There is no
// clock, no random id and no map order in here; times are the stories' own.
// gorilla/feeds makes the base of each document; what it cannot say (several
// links, authors, categories and enclosures, Media RSS, Dublin Core, the source)
// is added by embedding its exported structs in ours.
package feed

// Package embed is the widget that partner sites put on their pages: the script
// with its custom element, the page for an iframe, and oEmbed.
//
// The widget reads a topic's JSON Feed as any program elsewhere would: who may read
// what is not public is decided where feeds are served, by key or Origin, and not a
// second time here.
package embed

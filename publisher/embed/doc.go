// Package embed is the widget that partner sites put on their pages.
package embed

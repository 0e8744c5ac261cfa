// Package markup is what reading feeds and reading pages both need: dates as
// newspapers write them, links made absolute, and HTML made safe to show.
package markup

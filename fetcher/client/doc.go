// Package client is the one way out to the internet: every poll, page, robots.txt and hub callback goes through it.
package client

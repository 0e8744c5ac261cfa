// Package page takes an article from its page: text, author, time, section, lead image.
package page

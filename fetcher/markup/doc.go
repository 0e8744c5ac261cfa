// Package markup is what reading feeds and reading pages share: sanitising HTML, links, dates.
package markup

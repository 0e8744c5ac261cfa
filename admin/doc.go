// Package admin is the operators' and editors' web pages and REST API.
package admin

// Package admin is the operators' and editors' web pages and REST API.
//
// Both are thin: what they do is done by the Office, which knows who asks, what
// they may do, and writes every change into the audit log with what was before
// and after. The pages know people by sessions, the API knows programs by
// tokens; neither believes the other's.
package admin

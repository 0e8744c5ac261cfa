package feed

import "strings"

// StoryID is what a story is called in every format: the Atom id, the RSS guid
// and the JSON id are this one string.
//
// It is a UUID (RFC 9562, version 8: the story's own 128 bits, less the six that
// say so) as a URN. A URL of ours or a tag: URI would change with public_url,
// when a site moves to its own name or to https, and every reader would see all
// news again; urn:tinhub: is not a registered namespace. The same story has the
// same id on every tinhub, so that a reader of two sees it once.
func StoryID(id string) string {
	const digits = "0123456789abcdef"
	var hex [32]byte
	for i := range hex {
		hex[i] = '0'
		if i < len(id) && strings.IndexByte(digits, id[i]) >= 0 {
			hex[i] = id[i]
		}
	}
	hex[12] = '8'
	hex[16] = "89ab"[strings.IndexByte(digits, hex[16])&3]
	s := string(hex[:])
	return "urn:uuid:" + s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

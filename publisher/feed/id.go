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
	var hex [32]byte
	for i := range hex {
		hex[i] = '0'
		if i < len(id) && strings.IndexByte(digits, id[i]) >= 0 {
			hex[i] = id[i]
		}
	}
	hex[12] = '8'
	hex[16] = "89ab"[strings.IndexByte(digits, hex[16])&3]
	return "urn:uuid:" + dashed(string(hex[:]))
}

// StoriesCalled are the ids of the 64 stories that StoryID calls by one name, of
// which hardly ever more than one exists; none where it is no name of StoryID's.
func StoriesCalled(name string) []string {
	s := strings.ReplaceAll(strings.TrimPrefix(strings.ToLower(strings.TrimSpace(name)), "urn:uuid:"), "-", "")
	if len(s) != 32 || strings.Trim(s, "0123456789abcdef") != "" || StoryID(s) != "urn:uuid:"+dashed(s) {
		return nil
	}
	var out []string
	for version := range 16 {
		for variant := range 4 {
			hex := []byte(s)
			hex[12] = digits[version]
			hex[16] = digits[variant<<2|strings.IndexByte(digits, s[16])&3]
			out = append(out, string(hex))
		}
	}
	return out
}

const digits = "0123456789abcdef"

func dashed(s string) string {
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

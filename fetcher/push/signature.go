package push

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // one of the methods that hubs sign with
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"strings"
)

// A trust is how far a notification is believed.
type trust int

const (
	none  trust = iota // it is not signed as was agreed: it never happened
	weak               // it is, by a method that is not to be relied on: ignored too, but it is seen why
	whole              // its content is
)

// A method is one of X-Hub-Signature's (7.1.1). Of SHA-1 the Recommendation says
// that it is compromised and that SHA-256 is the least to be used (8.3): of what is
// signed with it, as older hubs do, nothing is believed.
type method struct {
	make  func() hash.Hash
	trust trust
}

var methods = map[string]method{
	"sha1": {sha1.New, weak}, "sha256": {sha256.New, whole}, "sha384": {sha512.New384, whole}, "sha512": {sha512.New, whole},
}

// believe checks X-Hub-Signature, method=hex, in constant time (7.1.2).
func believe(header, secret string, body []byte) trust {
	name, digits, _ := strings.Cut(strings.TrimSpace(header), "=")
	m, known := methods[strings.ToLower(name)]
	claimed, err := hex.DecodeString(digits)
	if !known || err != nil || secret == "" {
		return none
	}
	mac := hmac.New(m.make, []byte(secret))
	mac.Write(body)
	if !hmac.Equal(claimed, mac.Sum(nil)) {
		return none
	}
	return m.trust
}

package admin

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// The cost of a password, after OWASP's second choice for argon2id: 19 MiB, two
// passes, one lane. Two at a time fit into a small machine's memory.
const (
	argonMemory = 19 << 10 // KiB
	argonPasses = 2
	argonLanes  = 1
	argonKey    = 32
	argonSalt   = 16
	argonAtOnce = 2
)

// What a password may be. The upper bound is held before anything is hashed.
const (
	minPassword = 8    // characters
	maxPassword = 1024 // bytes
)

// A hasher hashes few passwords at a time: each takes 19 MiB.
type hasher struct {
	turn  chan struct{}
	dummy string // what an unknown name's password is compared with
}

func newHasher() *hasher {
	h := &hasher{turn: make(chan struct{}, argonAtOnce)}
	h.dummy = h.hash(rand.Text())
	return h
}

// checkPassword says what is wrong with a new password.
func checkPassword(p string) error {
	switch {
	case !utf8.ValidString(p):
		return faultf(Invalid, "the password is not valid UTF-8")
	case len(p) > maxPassword:
		return faultf(Invalid, "the password is longer than %d bytes", maxPassword)
	case utf8.RuneCountInString(p) < minPassword:
		return faultf(Invalid, "the password is shorter than %d characters: take a longer one, a sentence say", minPassword)
	}
	return nil
}

// hash makes what is stored of a password, in the PHC string format.
func (h *hasher) hash(password string) string {
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt) // never fails
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonPasses, argonLanes,
		b64.EncodeToString(salt), b64.EncodeToString(h.key(password, salt, argonPasses, argonMemory, argonLanes)))
}

// key composes Vietnamese first: a keyboard may send "ộ" in one or three parts.
func (h *hasher) key(password string, salt []byte, passes, memory uint32, lanes uint8) []byte {
	h.turn <- struct{}{}
	defer func() { <-h.turn }()
	return argon2.IDKey([]byte(norm.NFC.String(password)), salt, passes, memory, lanes, argonKey)
}

// matches says whether a password is the one that was hashed. "" as stored (there
// is no such account) takes as long as any other, and never matches.
func (h *hasher) matches(stored, password string) bool {
	known := stored != ""
	if !known {
		stored = h.dummy
	}
	if len(password) > maxPassword {
		password, known = "", false
	}
	var version int
	var memory, passes uint32
	var lanes uint8
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &passes, &lanes); err != nil || version != argon2.Version {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || err2 != nil || memory > 1<<20 || passes == 0 || passes > 64 || lanes == 0 {
		return false
	}
	got := h.key(password, salt, passes, memory, lanes)
	return subtle.ConstantTimeCompare(got, want) == 1 && known
}

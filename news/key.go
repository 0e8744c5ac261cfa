package news

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
)

// A Key names something by what it is: 128 bits of SHA-256, as 32 hex digits.
// Hostile text cannot make two things share one.
type Key string

// KeyOf hashes parts so that no two lists of parts read the same.
func KeyOf(parts ...string) Key {
	h := sha256.New()
	var n [20]byte
	for _, p := range parts {
		h.Write(append(strconv.AppendInt(n[:0], int64(len(p)), 10), ':'))
		h.Write([]byte(p))
	}
	return Key(hex.EncodeToString(h.Sum(nil)[:16]))
}

// ShardOf is the shard of a paper.
func ShardOf(family string) int {
	sum := sha256.Sum256([]byte(family))
	return int(sum[0]) % Shards
}

// ArticleID makes an article's id from its paper and the key it was first known by.
func ArticleID(family string, first Key) string {
	return fmt.Sprintf("%02x", ShardOf(family)) + string(KeyOf(family, string(first)))[:30]
}

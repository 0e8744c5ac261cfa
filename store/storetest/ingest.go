package storetest

import (
	"fmt"
	"strings"

	"tinhub/store"
)

// Ingest is the n-th batch of new entries that the engines' benchmarks commit:
// for each a claim that must be absent, and if it was, a record of 2 KB with
// three index entries.
func Ingest(n, entries int) store.Batch {
	text := strings.Repeat("Tin mới trong tỉnh hôm nay. ", 80)[:2048]
	b := store.Batch{Partition: "paper/00", ID: fmt.Sprint("poll", n)}
	for i := range entries {
		key := fmt.Sprintf("%08d%03d", n, i)
		b.Steps = append(b.Steps,
			store.Step{Op: store.Put, Key: "seen/source/" + key, If: store.Absent, Value: []byte("0123456789abcdef")},
			store.Step{Op: store.Put, Key: "article/" + key, Needs: 2*i + 1, Value: []byte(text), Index: []store.Index{
				{Name: "kept", Sort: key}, {Name: "dated", Sort: key}, {Name: "c/tat-ca", Sort: key}}})
	}
	return b
}

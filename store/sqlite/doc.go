// Package sqlite is the store's core embedded in one file: one transaction a
// group of batches.
//
// One goroutine writes. It takes every batch that waits, applies them in one
// transaction and answers their callers after the COMMIT, so that many writers
// share the cost of one. Whether a batch is refused is known before its first
// write, so a refused batch leaves nothing behind for its neighbours; when
// SQLite itself fails, the transaction is rolled back and each batch is tried
// alone. Readers use connections of their own and see only what is committed.
//
// A second process may open the same file: writers then take turns.
package sqlite

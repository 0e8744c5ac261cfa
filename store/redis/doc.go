// Package redis is the store's core on Redis 7 or Valkey, alone, under Sentinel
// or as a Cluster: one script a batch.
//
// A partition is a handful of keys with one hash tag, the same ones however much
// it holds, so that every key a script touches is declared: on a slot that is
// moving between masters a script with undeclared keys sees some of them as
// absent, without an error, while with all declared it is refused and tried
// again.
//
//	PREFIX{P}:r      hash: record's key -> "VERSION LENGTH:" OWNED VALUE (store.PackIndex; LENGTH is OWNED's)
//	PREFIX{P}:x      sorted set, all scores 0: INDEX NUL SORT NUL KEY, so that order is by bytes
//	PREFIX{P}:m      hash: v last version, e epoch of the logs, n batches with an id, f:NAME a fence's token,
//	                 l:LOG last id of a log, which outlives its items
//	PREFIX{P}:q      hash: iID -> receipt (store.PackResults), #N -> the id that is in slot N of the ring
//	PREFIX{P}:l:LOG  stream: field v is an item's value
//	PREFIX{P}:b:ID:… a backup's copy of r and the streams; expires
//	PREFIXabout      hash: epoch of the store, form of these keys
//	PREFIXchanged    channel: partitions whose logs grew
//
// Nothing a batch does is retried by the client library. This package resends a
// batch itself, for a bounded time, because every batch is either idempotent or
// has an id: one without gets one.
package redis

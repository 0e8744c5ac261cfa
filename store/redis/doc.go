// Package redis is the store's core on Redis: one script a batch.
package redis

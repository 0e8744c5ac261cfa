// Package storetest holds every engine of the store to the same behaviour: one
// suite of examples (Core), one random test against a model in memory
// (Differential), and the servers that tests of the Redis engine need (Redis,
// Cluster).
package storetest

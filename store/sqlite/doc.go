// Package sqlite is the store's core embedded in one file: one transaction a group of batches.
package sqlite

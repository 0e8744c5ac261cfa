// Package storetest holds every engine of the store to the same behaviour.
package storetest

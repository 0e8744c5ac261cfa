// Package websub is the hub: it verifies intent, keeps subscriptions and delivers.
package websub

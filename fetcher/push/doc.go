// Package push is the WebSub subscriber: sources that push.
package push

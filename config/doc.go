// Package config reads tinhub.yaml and the environment and validates them; nothing else.
//
// Load reads the whole file before it judges: what it hands back is either a
// configuration that the rooms can rely on, or every fault at once, each with
// its place and how to mend it. It keeps nothing and changes nothing, so that a
// half-written file on a reload costs nothing but its message.
package config

package config

import _ "embed" // the sample below

// Example is a sample file with every key and its default, for people to begin
// from.
//
//go:embed example.yaml
var Example string

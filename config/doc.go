// Package config reads tinhub.yaml and the environment and validates them; nothing else.
package config

package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set by the linker in a release: -X main.version=v1.2.3.
var version string

type versionCmd struct {
	JSON bool `help:"Print JSON."`
}

func (versionCmd) Help() string { return "Example:\n  tinhub version" }

func (c versionCmd) Run(p *program) error {
	v := versionName()
	if c.JSON {
		return p.json(map[string]string{"version": v, "go": runtime.Version(), "system": runtime.GOOS + "/" + runtime.GOARCH})
	}
	_, err := fmt.Fprintf(p.out, "tinhub %s (%s, %s/%s)\n", v, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// versionName is the release, or what the build knows of the commit.
func versionName() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "devel-" + s.Value[:12]
		}
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	return "devel"
}

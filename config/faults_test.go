package config

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the faults as they are into testdata/faults/*.txt")

// testEnviron is what the fixtures may refer to.
var testEnviron = []string{"TITLE=Tin tỉnh", "STORE=mysql://root:hunter2@db/tin", "HOME=/root", "TINHUB_UNKNOWN_SECTION=1"}

// Each file of testdata/faults is a configuration with what is wrong in its
// name; the .txt beside it holds every fault with its place.
func TestFaults(t *testing.T) {
	files, err := filepath.Glob("testdata/faults/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d fixtures, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			_, faults := Load(file, testEnviron)
			got := strings.ReplaceAll(faults.Error(), file, name+".yaml") + "\n"
			if len(faults) == 0 {
				t.Error("no fault was found")
			}
			if strings.Contains(got, "hunter2") {
				t.Error("a fault shows a password")
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Error(d)
			}
		})
	}
}

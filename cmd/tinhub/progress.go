package main

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress is a bar on a terminal, and plain lines elsewhere.
type progress struct {
	p     *program
	bar   *progressbar.ProgressBar
	what  string
	total int
	done  int
	said  time.Time
}

func newProgress(p *program, total int, what string) *progress {
	g := &progress{p: p, total: total, what: what, said: time.Now()}
	if p.terminal {
		g.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(p.err), progressbar.OptionSetDescription(what),
			progressbar.OptionShowCount(), progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(65*time.Millisecond))
	}
	return g
}

// step says that one more is done. Plain lines come at most every two seconds.
func (g *progress) step(last string) {
	g.done++
	if g.bar != nil {
		g.bar.Describe(g.what + " " + last)
		_ = g.bar.Add(1) // a terminal that went away is no fault
		return
	}
	if time.Since(g.said) >= 2*time.Second || g.done == g.total {
		g.said = time.Now()
		g.p.say("%s: %d of %d (%s)", g.what, g.done, g.total, last)
	}
}

func (g *progress) end() {
	if g.bar != nil {
		_ = g.bar.Finish()
	}
}

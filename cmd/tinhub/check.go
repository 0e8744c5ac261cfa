package main

import (
	"fmt"

	"tinhub/news"
)

type checkCmd struct {
	configFlag
	JSON bool `help:"Print the faults as JSON lines."`
}

func (checkCmd) Help() string {
	return `Every fault is a line FILE:LINE:COLUMN: what is wrong and how to mend it. With faults the exit code is 1.

Example:
  tinhub check -c /etc/tinhub/tinhub.yaml`
}

func (c *checkCmd) Run(p *program) error {
	s, faults := readSettings(c.path(), p.environ)
	if len(faults) > 0 {
		for _, f := range faults {
			var err error
			if c.JSON {
				err = p.json(struct {
					File   string `json:"file"`
					Line   int    `json:"line"`
					Column int    `json:"column"`
					Fault  string `json:"fault"`
				}{f.File, f.Line, f.Column, f.Text})
			} else {
				_, err = fmt.Fprintln(p.out, f)
			}
			if err != nil {
				return err
			}
		}
		p.say("tinhub: the configuration has %s", count(len(faults), "fault", "faults"))
		return errSaid
	}
	name := s.File
	if name == "" {
		name = "the built-in starter"
	}
	if c.JSON {
		return nil // no faults, no lines
	}
	_, err := fmt.Fprintf(p.out, "%s is good: %s (%d enabled), %s, %s\n", name,
		count(len(s.Sources), "source", "sources"), enabled(s.Sources), count(len(s.Topics), "topic", "topics"), count(len(s.Partners), "partner", "partners"))
	return err
}

// enabled counts the sources that are polled.
func enabled(list []news.Source) int {
	n := 0
	for _, s := range list {
		if s.Enabled {
			n++
		}
	}
	return n
}

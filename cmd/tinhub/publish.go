package main

import (
	"errors"
	"fmt"

	"tinhub/news"
)

type publishCmd struct {
	configFlag
	JSON   bool     `help:"Print the names of the files as JSON."`
	Out    string   `required:"" placeholder:"DIR" help:"Folder to write to; it is made where there is none."`
	Topics []string `arg:"" optional:"" name:"topic" help:"Ids of topics, or provinces/SLUG (default: all public ones)."`
}

func (publishCmd) Help() string {
	return `For any static host or CDN: each file is replaced atomically, and one that does not change is left
alone. It works beside a running serve.

Example:
  tinhub publish --out /srv/www/tin
  tinhub publish -c tinhub.yaml --out public hoc-tap-bac provinces/ca-mau`
}

func (c *publishCmd) Run(p *program) error {
	s, err := c.load(p)
	if err != nil {
		return err
	}
	roles, _ := parseRoles("publish") // it is known
	h, err := openHouse(p.ctx, s, roles, p.logger(levelQuiet))
	if err != nil {
		return err
	}
	defer h.close()
	names, err := h.publisher.Write(p.ctx, c.Out, c.Topics...)
	if errors.Is(err, news.ErrNotFound) && len(names) == 0 {
		return usageError{err}
	}
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	if c.JSON {
		return p.json(map[string][]string{"files": names})
	}
	for _, name := range names {
		if _, err := fmt.Fprintln(p.out, name); err != nil {
			return err
		}
	}
	p.say("%s in %s", count(len(names), "file", "files"), c.Out)
	return nil
}

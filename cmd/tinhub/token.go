package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"tinhub/admin"
)

type tokenCmd struct {
	Add    tokenAddCmd    `cmd:"" help:"Make an API token. It is printed once."`
	Revoke tokenRevokeCmd `cmd:"" help:"End a token, at once."`
	List   tokenListCmd   `cmd:"" help:"List the tokens, without their secrets."`
}

type tokenAddCmd struct {
	configFlag
	JSON  bool     `help:"Print the token as JSON."`
	Scope []string `required:"" placeholder:"SCOPE" help:"read, write or admin; each holds those before it."`
	Name  string   `arg:"" help:"What the token is for: a-z, 0-9 and -."`
}

func (tokenAddCmd) Help() string {
	return `The token goes to standard output, and can't be shown again. A running serve knows it at once.

Example:
  tinhub token add portal --scope read
  curl -H "Authorization: Bearer $TOKEN" http://localhost:8080/api/v1/sources`
}

func (c *tokenAddCmd) Run(p *program) error {
	return withOffice(p, c.configFlag, func(o *admin.Office) error {
		scopes, err := admin.ReadScopes(strings.Join(c.Scope, ","))
		if err != nil {
			return called(err)
		}
		t, err := o.AddToken(p.ctx, operator("token"), c.Name, scopes)
		if err != nil {
			return called(err)
		}
		if c.JSON {
			return p.json(t)
		}
		_, err = fmt.Fprintln(p.out, t.Secret)
		return err
	})
}

type tokenRevokeCmd struct {
	configFlag
	Name string `arg:"" help:"Which token."`
}

func (tokenRevokeCmd) Help() string {
	return `Example:
  tinhub token revoke portal`
}

func (c *tokenRevokeCmd) Run(p *program) error {
	return withOffice(p, c.configFlag, func(o *admin.Office) error {
		if err := o.RevokeToken(p.ctx, operator("token"), c.Name); err != nil {
			return err
		}
		p.say("the token %s is revoked", c.Name)
		return nil
	})
}

type tokenListCmd struct {
	configFlag
	JSON bool `help:"Print one JSON object a line."`
}

func (tokenListCmd) Help() string {
	return `Example:
  tinhub token list`
}

func (c *tokenListCmd) Run(p *program) error {
	return withOffice(p, c.configFlag, func(o *admin.Office) error {
		list, err := o.Tokens(p.ctx, operator("token"), "", 0)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
		for _, t := range list {
			if c.JSON {
				err = p.json(t)
			} else {
				_, err = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", t.Name, strings.Join(t.Scopes, ","), t.Created.Format(time.DateOnly), t.By)
			}
			if err != nil {
				return err
			}
		}
		return w.Flush()
	})
}

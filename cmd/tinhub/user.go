package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"tinhub/admin"
)

type userCmd struct {
	Add    userAddCmd    `cmd:"" help:"Make an account; the password is read from standard input."`
	Passwd userPasswdCmd `cmd:"" help:"Give an account another password, and end its sessions."`
	List   userListCmd   `cmd:"" help:"List the accounts."`
}

type userAddCmd struct {
	configFlag
	JSON bool   `help:"Print the account as JSON."`
	Role string `required:"" placeholder:"ROLE" help:"admin, editor or viewer."`
	Name string `arg:"" help:"What the person signs in with."`
}

func (userAddCmd) Help() string {
	return `The password is one line of standard input, of 8 characters or more. A running serve knows the account at once.

Example:
  tinhub user add lan --role editor < password.txt`
}

func (c *userAddCmd) Run(p *program) error {
	return withOffice(p, c.configFlag, func(o *admin.Office) error {
		password, err := readPassword(p)
		if err != nil {
			return err
		}
		u, err := o.AddUser(p.ctx, operator("user"), c.Name, c.Role, password)
		if err != nil {
			return called(err)
		}
		if c.JSON {
			return p.json(u)
		}
		_, err = fmt.Fprintf(p.out, "%s\t%s\n", u.Name, u.Role)
		return err
	})
}

type userPasswdCmd struct {
	configFlag
	Name string `arg:"" help:"Whose password."`
}

func (userPasswdCmd) Help() string {
	return `The password is one line of standard input. Whoever is signed in with the old one is signed out.

Example:
  tinhub user passwd lan < password.txt`
}

func (c *userPasswdCmd) Run(p *program) error {
	return withOffice(p, c.configFlag, func(o *admin.Office) error {
		password, err := readPassword(p)
		if err != nil {
			return err
		}
		if err := o.SetPassword(p.ctx, operator("user"), strings.ToLower(c.Name), password); err != nil {
			return called(err)
		}
		p.say("%s has a new password, and is signed out everywhere", c.Name)
		return nil
	})
}

type userListCmd struct {
	configFlag
	JSON bool `help:"Print one JSON object a line."`
}

func (userListCmd) Help() string {
	return `Example:
  tinhub user list`
}

func (c *userListCmd) Run(p *program) error {
	return withOffice(p, c.configFlag, func(o *admin.Office) error {
		list, err := o.Users(p.ctx, operator("user"), "", 0)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
		for _, u := range list {
			if c.JSON {
				err = p.json(u)
			} else {
				_, err = fmt.Fprintf(w, "%s\t%s\t%s\n", u.Name, u.Role, u.Created.Format(time.DateOnly))
			}
			if err != nil {
				return err
			}
		}
		return w.Flush()
	})
}

// withOffice opens the store for a command about people or tokens.
func withOffice(p *program, f configFlag, do func(*admin.Office) error) error {
	s, err := f.load(p)
	if err != nil {
		return err
	}
	core, err := openStore(p.ctx, s, p.logger(levelQuiet))
	if err != nil {
		return err
	}
	defer core.Close()
	return do(officeOver(core, s, p.logger(levelQuiet)))
}

// called makes of a refusal of what was written on the command line a wrong call.
func called(err error) error {
	if f, ok := errors.AsType[*admin.Fault](err); ok && f.Kind == admin.Invalid {
		return usageError{err}
	}
	return err
}

// readPassword reads one line; at a terminal it is not shown, and asked for twice.
func readPassword(p *program) (string, error) {
	if f, ok := p.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return askPassword(p, f)
	}
	line, err := bufio.NewReader(io.LimitReader(p.in, 8<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", usagef("no password came on standard input: write it into a file or a pipe, as in < password.txt")
	}
	return line, nil
}

func askPassword(p *program, f *os.File) (string, error) {
	var lines [2]string
	for i, prompt := range []string{"Password: ", "Once more: "} {
		fmt.Fprint(p.err, prompt)
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(p.err)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		lines[i] = string(b)
	}
	if lines[0] != lines[1] {
		return "", usagef("the two passwords differ: try again")
	}
	return lines[0], nil
}

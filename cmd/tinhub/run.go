package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/lmittmann/tint"
	"golang.org/x/term"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// usageError is a call that can't be right whatever the state of the world:
// exit code 2.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// errSaid is a failure that was told already, in full: only the exit code is left.
var errSaid = errors.New("failed")

// A program is what a command has of the world. Results go to out, messages to
// err; nothing else reads the environment or knows of a terminal.
type program struct {
	ctx      context.Context
	environ  []string
	in       io.Reader
	out, err io.Writer
	terminal bool // err is one, so that a bar and colours make sense
}

// commands is the command line, in the order that --help shows.
type commands struct {
	Serve       serveCmd       `cmd:"" help:"Run everything, or some roles, until SIGTERM. SIGHUP rereads the configuration."`
	Demo        demoCmd        `cmd:"" help:"Simulate a provincial press on loopback and read it. Needs nothing, shows everything."`
	Check       checkCmd       `cmd:"" help:"Validate the configuration and name every fault."`
	Fetch       fetchCmd       `cmd:"" help:"Poll sources now and curate what they give."`
	Publish     publishCmd     `cmd:"" help:"Write the outputs as files, for any static host."`
	Explain     explainCmd     `cmd:"" help:"Tell where an article came from and why it is where it is."`
	Topic       topicCmd       `cmd:"" help:"Try topics."`
	Source      sourceCmd      `cmd:"" help:"Try sources."`
	Page        pageCmd        `cmd:"" help:"Try article pages."`
	Story       storyCmd       `cmd:"" help:"Try the grouping of articles into stories."`
	OPML        opmlCmd        `cmd:"" name:"opml" help:"Export or import subscription lists."`
	Withdraw    withdrawCmd    `cmd:"" help:"Take an article out of everything now, with its trace."`
	Backup      backupCmd      `cmd:"" help:"Save everything in the store to a file."`
	Restore     restoreCmd     `cmd:"" help:"Fill an empty store from a backup, whatever its engine."`
	User        userCmd        `cmd:"" help:"Accounts of the admin pages."`
	Token       tokenCmd       `cmd:"" help:"Tokens of the API."`
	Healthcheck healthcheckCmd `cmd:"" help:"Exit 0 when the local server is ready."`
	Version     versionCmd     `cmd:"" help:"Print the version."`
}

// leaving is how kong's --help ends the program without ending the process.
type leaving int

// run is tinhub: everything but the process around it.
func run(ctx context.Context, args, environ []string, in io.Reader, out, errs io.Writer) (code int) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case leaving:
			code = int(v)
		default:
			panic(v)
		}
	}()
	var c commands
	k, err := kong.New(&c,
		kong.Name("tinhub"),
		kong.Description("News of the provinces: gathered, recognised, sorted into topics, and given back as feeds and pages."),
		kong.Writers(out, errs),
		kong.Exit(func(code int) { panic(leaving(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 100}),
		kong.UsageOnError(),
	)
	if err != nil {
		fmt.Fprintf(errs, "tinhub: %v\n", err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	chosen, err := k.Parse(args)
	if err != nil {
		command := "tinhub"
		if bad, ok := errors.AsType[*kong.ParseError](err); ok && bad.Context != nil && bad.Context.Selected() != nil {
			command = bad.Context.Selected().FullPath() // whose flags and arguments they are
		}
		hint := ""
		if file, ok := strings.CutPrefix(err.Error(), "unexpected argument "); ok && slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(file)) {
			hint = ": did you mean -c " + file + "?"
		}
		fmt.Fprintf(errs, "tinhub: %v%s\nTry: %s --help\n", err, hint, command)
		return exitUsage
	}
	p := &program{ctx: ctx, environ: environ, in: in, out: out, err: errs, terminal: isTerminal(errs)}
	return p.code(chosen.Run(p))
}

// code says an error, once, and makes the exit code of it.
func (p *program) code(err error) int {
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errSaid):
		return exitFailed
	case errors.As(err, &usage):
		fmt.Fprintf(p.err, "tinhub: %v\n", err)
		return exitUsage
	case errors.Is(err, context.Canceled) && p.ctx.Err() != nil:
		fmt.Fprintln(p.err, "tinhub: interrupted")
		return exitFailed
	default:
		fmt.Fprintf(p.err, "tinhub: %v\n", err)
		return exitFailed
	}
}

// open opens a file that an argument names; - is standard input.
func (p *program) open(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(p.in), nil
	}
	if scheme, _, ok := strings.Cut(name, "://"); ok {
		return nil, fmt.Errorf("%.20q addresses are not fetched; want http://, https:// or a file", scheme)
	}
	return os.Open(name)
}

// say writes a message for the person at the terminal.
func (p *program) say(format string, args ...any) {
	fmt.Fprintf(p.err, format+"\n", args...)
}

// json writes one result as a line of JSON.
func (p *program) json(v any) error {
	e := json.NewEncoder(p.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// logger is readable on a terminal and JSON elsewhere.
func (p *program) logger(level slog.Level) *slog.Logger {
	if p.terminal {
		return slog.New(tint.NewTextHandler(p.err, &tint.Options{Level: level, TimeFormat: time.TimeOnly}))
	}
	return slog.New(slog.NewJSONHandler(p.err, &slog.HandlerOptions{Level: level}))
}

// isTerminal says whether somebody sees what is written.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

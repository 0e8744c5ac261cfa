package main

import (
	"context"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"reflect"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"tinhub/store"
)

// The roles that a process may have.
var roleNames = []string{"fetch", "curate", "publish", "hub", "admin"}

type serveCmd struct {
	configFlag
	Roles string `placeholder:"ROLES" help:"What this process does, of fetch,curate,publish,hub,admin (default: all)."`
	Debug bool   `help:"Log what is done, too, not only what matters."`
}

func (serveCmd) Help() string {
	return `Without a configuration file it gathers the built-in catalogue of provincial papers into the starter
topics. SIGTERM lets requests in flight finish; SIGHUP rereads the file, and a file with faults is
refused while the old one goes on.

Example:
  tinhub serve
  tinhub serve -c /etc/tinhub/tinhub.yaml --roles fetch,curate`
}

func (c *serveCmd) Run(p *program) error {
	roles, err := parseRoles(c.Roles)
	if err != nil {
		return err
	}
	s, err := c.load(p)
	if err != nil {
		return err
	}
	log := p.logger(level(c.Debug))
	if s.File == "" {
		log.Info("no configuration file: gathering the built-in catalogue into the starter topics; write a tinhub.yaml to change that",
			"sources", len(s.Sources), "topics", len(s.Topics))
	}
	listener, err := listenHTTP(p.ctx, s.HTTP.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	h, err := openHouse(p.ctx, s, roles, log)
	if err != nil {
		return err
	}
	defer h.close()
	announce(log, s, listener.Addr())
	if h.office != nil {
		h.invite(p.ctx, openAddress(listener.Addr()))
	}
	return h.run(p.ctx, listener, func() (settings, bool) { return c.reread(p, log) })
}

func level(debug bool) slog.Level {
	if debug {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// parseRoles reads --roles; "" means all.
func parseRoles(list string) (map[string]bool, error) {
	roles := map[string]bool{}
	if strings.TrimSpace(list) == "" {
		for _, r := range roleNames {
			roles[r] = true
		}
		return roles, nil
	}
	for _, r := range strings.Split(list, ",") {
		r = strings.TrimSpace(r)
		if !slices.Contains(roleNames, r) {
			return nil, unknown("role", r, roleNames)
		}
		roles[r] = true
	}
	return roles, nil
}

// reread reads the file again, and refuses one with faults.
func (c *serveCmd) reread(p *program, log *slog.Logger) (settings, bool) {
	s, faults := readSettings(c.path(), p.environ)
	for _, f := range faults {
		log.Error("the configuration has a fault", "at", f.Position.String(), "fault", f.Text)
	}
	if len(faults) > 0 {
		log.Error("the reread configuration is refused; the old one goes on", "faults", len(faults))
		return settings{}, false
	}
	return s, true
}

// openHouse opens the store and wires the rooms over it.
func openHouse(ctx context.Context, s settings, roles map[string]bool, log *slog.Logger) (*house, error) {
	core, err := openStore(ctx, s, log)
	if err != nil {
		return nil, err
	}
	k, err := readKept(ctx, core)
	if err != nil {
		core.Close()
		return nil, err
	}
	h, err := newHouse(s, k, core, roles, log)
	if err != nil {
		core.Close()
		return nil, err
	}
	return h, nil
}

func (h *house) close() {
	h.client.Close()
	if err := h.core.Close(); err != nil {
		h.log.Error("closing the store", "err", err)
	}
}

// run lets everybody work and serves readers, until ctx ends. reread is called
// at SIGHUP; nil ignores it.
func (h *house) run(ctx context.Context, listener net.Listener, reread func() (settings, bool)) error {
	// Workers are stopped after the server, so that a reader in flight is served
	// by a whole house.
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var workers sync.WaitGroup
	for _, w := range h.workers() {
		workers.Go(func() { supervise(work, h.log, w.name, w.run) })
	}
	if reread != nil {
		workers.Go(func() { h.listenToSignals(work, reread) })
	}
	err := serveHTTP(ctx, listener, h.front().handler(), h.log)
	h.log.Info("ending: requests are answered, leases are given back")
	stop()
	workers.Wait()
	return err
}

// announce says where to look, in one line that a person and a program can read.
func announce(log *slog.Logger, s settings, at net.Addr) {
	log.Info("tinhub is at work: open "+openAddress(at), "listen", at.String(), "version", versionName(),
		"store", storeName(s.Store.URL), "sources", len(s.Sources), "topics", len(s.Topics))
}

// storeName is a store's URL without its password.
func storeName(url string) string {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok {
		return url
	}
	if i := strings.LastIndex(rest, "@"); i >= 0 {
		rest = rest[i+1:]
	}
	rest, _, _ = strings.Cut(rest, "?")
	return scheme + "://" + rest
}

// listenToSignals rereads the file at each SIGHUP.
func (h *house) listenToSignals(ctx context.Context, reread func() (settings, bool)) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hup:
			s, ok := reread()
			h.metrics.reloads.WithLabelValues(map[bool]string{true: "taken", false: "refused"}[ok]).Inc()
			if ok {
				h.reload(s)
			}
		}
	}
}

// reload takes over a reread file, but for what only a restart changes.
func (h *house) reload(s settings) {
	for _, what := range waiting(h.settings, s) {
		h.log.Warn("a changed setting waits for a restart", "setting", what)
	}
	h.roster.declare(s)
	h.log.Info("the configuration was reread", "sources", len(s.Sources), "topics", len(s.Topics))
}

// waiting names the settings that the rooms were wired with and that differ in a
// reread file: they count after a restart.
func waiting(wired, now settings) (list []string) {
	for _, c := range []struct {
		what       string
		wired, now any
	}{
		{"store.url", wired.Store.URL, now.Store.URL},
		{"http", wired.HTTP, now.HTTP},
		{"fetch", wired.Fetch, now.Fetch},
		{"hub", wired.Hub, now.Hub},
		{"withdraw", wired.Withdraw, now.Withdraw},
		{"keep", wired.Keep, now.Keep},
		{"publish.embargo", wired.Publish.Embargo, now.Publish.Embargo},
		{"publish.without_agreement (the admin pages)", wired.Publish.WithoutAgreement, now.Publish.WithoutAgreement},
		{"publish.agreement_notice", wired.Publish.AgreementNotice, now.Publish.AgreementNotice},
		{"site.timezone (the fetcher, the admin pages)", wired.Site.Timezone, now.Site.Timezone},
		{"site.title (the admin pages)", wired.Site.Title, now.Site.Title},
		{"site.public_url (the admin pages, callbacks)", wired.Site.PublicURL, now.Site.PublicURL},
	} {
		if !reflect.DeepEqual(c.wired, c.now) {
			list = append(list, c.what)
		}
	}
	return list
}

// sweepEvery is how often the store is rid of what is past its time.
const sweepEvery = 10 * time.Minute

// sweep forgets what is past its time, a little at a time.
func (h *house) sweep(ctx context.Context) error {
	sweeper := store.NewSweeper(h.core, h.settings.keep())
	for {
		done, err := sweeper.Sweep(ctx, time.Now(), 0)
		if err != nil {
			return err
		}
		h.metrics.sweep(done)
		if done.Stories+done.Articles > 0 {
			h.log.Info("forgot what is past keep.articles", "stories", done.Stories, "articles", done.Articles)
		}
		pause := sweepEvery
		if done.More {
			pause = time.Second
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

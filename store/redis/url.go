package redis

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// A target is what a store's URL says.
type target struct {
	cluster    bool
	master     string // Sentinel's name for it
	addrs      []string
	db         int
	user, pass string
	tls        bool

	sentinelUser, sentinelPass string
}

// parse reads
//
//	redis://[USER:PASSWORD@]HOST[:PORT][/DB]
//	redis+cluster://[USER:PASSWORD@]HOST[:PORT],HOST[:PORT]…
//	redis+sentinel://[USER:PASSWORD@]HOST[:PORT],HOST[:PORT]…/MASTER[/DB][?sentinel_username=U&sentinel_password=P]
//
// with rediss for TLS. net/url cannot: it takes one host. Errors never contain
// the password.
func parse(raw string) (target, error) {
	var t target
	scheme, rest, ok := strings.Cut(raw, "://")
	base, kind, _ := strings.Cut(scheme, "+")
	if !ok || (base != "redis" && base != "rediss") || (kind != "" && kind != "cluster" && kind != "sentinel") || strings.HasSuffix(scheme, "+") {
		return t, fmt.Errorf("there is no store of the kind %q: use redis://, rediss://, redis+cluster:// or redis+sentinel://", scheme)
	}
	t.tls, t.cluster = base == "rediss", kind == "cluster"
	rest, query, _ := strings.Cut(rest, "?")
	authority, path, _ := strings.Cut(rest, "/")
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		user, pass, _ := strings.Cut(authority[:i], ":")
		var err, err2 error
		t.user, err = url.PathUnescape(user)
		t.pass, err2 = url.PathUnescape(pass)
		if err != nil || err2 != nil {
			return t, errors.New("the user or password has a % that starts no escape: write it as %25")
		}
		authority = authority[i+1:]
	}
	if err := t.hosts(authority, kind); err != nil {
		return t, err
	}
	if err := t.path(path, kind); err != nil {
		return t, err
	}
	return t, t.query(query, kind)
}

func (t *target) hosts(authority, kind string) error {
	port := "6379"
	if kind == "sentinel" {
		port = "26379"
	}
	for host := range strings.SplitSeq(authority, ",") {
		u, err := url.Parse("//" + host)
		if err != nil || u.Hostname() == "" || u.Host != host {
			return fmt.Errorf("%q is not a host or host:port", host)
		}
		p := u.Port()
		if p == "" {
			p = port
		}
		if n, err := strconv.Atoi(p); err != nil || n < 1 || n > 65535 {
			return fmt.Errorf("%q has no port between 1 and 65535", host)
		}
		t.addrs = append(t.addrs, net.JoinHostPort(u.Hostname(), p))
	}
	if kind == "" && len(t.addrs) > 1 {
		return errors.New("several hosts are a redis+cluster:// or redis+sentinel://")
	}
	return nil
}

func (t *target) path(path, kind string) error {
	db := strings.Trim(path, "/")
	if kind == "sentinel" {
		t.master, db, _ = strings.Cut(db, "/")
		if t.master == "" {
			return errors.New("redis+sentinel:// needs the master's name: redis+sentinel://HOST,HOST/NAME")
		}
	}
	if db == "" {
		return nil
	}
	n, err := strconv.Atoi(db)
	if err != nil || n < 0 {
		return fmt.Errorf("%q is not the number of a database", db)
	}
	if t.cluster && n != 0 {
		return errors.New("a cluster has database 0 only: leave the number out")
	}
	t.db = n
	return nil
}

func (t *target) query(query, kind string) error {
	q, err := url.ParseQuery(query)
	if err != nil {
		return errors.New("what follows the ? cannot be read")
	}
	for name := range q {
		switch {
		case name == "sentinel_username" && kind == "sentinel":
			t.sentinelUser = q.Get(name)
		case name == "sentinel_password" && kind == "sentinel":
			t.sentinelPass = q.Get(name)
		default:
			return fmt.Errorf("there is no option %q in a store's URL of this kind", name)
		}
	}
	return nil
}

// name is the target for errors and logs, without what is secret.
func (t target) name() string { return strings.Join(t.addrs, ",") }

// tlsConfig names no server: go-redis dials with tls.Dialer, which verifies the
// certificate for the host that it dials.
func (t target) tlsConfig() *tls.Config {
	if !t.tls {
		return nil
	}
	return &tls.Config{MinVersion: tls.VersionTLS12}
}

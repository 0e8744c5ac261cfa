package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"tinhub/fetcher/client"
	"tinhub/news"
)

type healthcheckCmd struct {
	configFlag
	JSON bool `help:"Print JSON."`
}

func (healthcheckCmd) Help() string {
	return `For Docker's HEALTHCHECK and the like: it asks http.listen for /readyz.

Example:
  tinhub healthcheck -c /etc/tinhub/tinhub.yaml`
}

func (c *healthcheckCmd) Run(p *program) error {
	conf, err := c.load(p)
	if err != nil {
		return err
	}
	answer, err := askReady(p.ctx, conf.HTTP.Listen)
	if c.JSON {
		if jerr := p.json(map[string]any{"ready": err == nil, "answer": answer}); jerr != nil {
			return jerr
		}
	} else if err == nil {
		fmt.Fprintln(p.out, "ready")
	}
	return err
}

// askReady asks the server that listens on addr whether it is ready.
func askReady(ctx context.Context, addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("http.listen %q: %w", addr, err)
	}
	ip, err := netip.ParseAddr(host)
	if host == "" || (err == nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	allow := news.Networks{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	if err == nil {
		allow = append(allow, netip.PrefixFrom(ip, ip.BitLen()))
	}
	c := client.New(client.Options{Allow: allow, Timeout: 5 * time.Second, UserAgent: "tinhub-healthcheck"})
	defer c.Close()
	url := "http://" + net.JoinHostPort(host, port) + "/readyz"
	resp, err := c.Fetch(ctx, client.Request{URL: url, MaxBody: 64 << 10, Redirects: -1})
	if err != nil {
		return "", fmt.Errorf("%s: %w", url, err)
	}
	defer resp.Close()
	answer := firstLine(string(resp.Body))
	if resp.Status != 200 {
		if answer == "" {
			answer = fmt.Sprint("status ", resp.Status)
		}
		return answer, errors.New(answer)
	}
	return answer, nil
}

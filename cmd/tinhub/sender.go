package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"tinhub/admin"
	"tinhub/fetcher/client"
	"tinhub/news"
)

// A sender takes alerts out of the house, through the one way out.
type sender struct {
	client *client.Client
	roots  *x509.CertPool // of mail servers; nil means the system's
}

// Check implements admin.Sender, as what follows does.
func (s sender) Check(url string) error { return s.client.Check(url) }

func (s sender) Post(ctx context.Context, url string, header map[string]string, body []byte) error {
	h := http.Header{}
	for k, v := range header {
		h.Set(k, v)
	}
	resp, err := s.client.Fetch(ctx, client.Request{Method: http.MethodPost, URL: url, Header: h, Body: body, MaxBody: 4 << 10, Cut: true, Redirects: -1})
	if err != nil {
		return err
	}
	defer resp.Close()
	if resp.Status < 200 || resp.Status > 299 {
		return fmt.Errorf("it answered %d %s: %s", resp.Status, http.StatusText(resp.Status), news.Excerpt(news.Text(string(resp.Body)), 200))
	}
	return nil
}

// mailTime bounds each step of a conversation with a mail server.
const mailTime = 15 * time.Second

func (s sender) Mail(ctx context.Context, server admin.MailServer, m admin.Mail) error {
	msg := mail.NewMsg()
	if err := msg.From(server.From); err != nil {
		return err
	}
	if err := msg.To(m.To...); err != nil {
		return err
	}
	msg.Subject(m.Subject)
	msg.SetDate()
	_, domain, _ := strings.Cut(server.From, "@")
	msg.SetMessageIDWithValue(m.ID + "@" + domain)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nobody's absence answers it
	msg.SetBodyString(mail.TypeTextPlain, m.Text)

	c, err := s.mailClient(server)
	if err != nil {
		return err
	}
	if err := c.DialAndSendWithContext(ctx, msg); err != nil {
		return fmt.Errorf("the mail server %s:%d: %w", server.Host, server.Port, err)
	}
	return nil
}

// mailClient speaks SMTP over the guarded client's connections.
func (s sender) mailClient(server admin.MailServer) (*mail.Client, error) {
	secure := &tls.Config{ServerName: server.Host, MinVersion: tls.VersionTLS12, RootCAs: s.roots}
	dial, auth := s.client.DialMail, mail.SMTPAuthAutoDiscover
	options := []mail.Option{mail.WithPort(server.Port), mail.WithTimeout(mailTime), mail.WithTLSConfig(secure)}
	switch server.TLS {
	case "tls":
		options, auth = append(options, mail.WithSSL()), mail.SMTPAuthPlain // what is found out, it only finds out after STARTTLS
		dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			raw, err := s.client.DialMail(ctx, network, address)
			if err != nil {
				return nil, err
			}
			conn := tls.Client(raw, secure)
			if err := conn.HandshakeContext(ctx); err != nil {
				raw.Close()
				return nil, err
			}
			return conn, nil
		}
	case "none":
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if server.User != "" {
		options = append(options, mail.WithSMTPAuth(auth), mail.WithUsername(server.User), mail.WithPassword(server.Password))
	}
	return mail.NewClient(server.Host, append(options, mail.WithDialContextFunc(dial))...)
}

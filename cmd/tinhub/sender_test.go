package main

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"

	"tinhub/admin"
	"tinhub/fetcher/client"
	"tinhub/news"
)

// A postOffice is an SMTP server that keeps what it gets.
type postOffice struct {
	t      *testing.T
	host   string
	port   int
	tls    *tls.Config
	roots  *x509.CertPool
	direct bool // TLS from the first byte
	bare   bool // no STARTTLS

	mu   sync.Mutex
	got  []string // messages
	said []string // commands, with what was encrypted marked
}

func newPostOffice(t *testing.T, direct, bare bool) *postOffice {
	lend := httptest.NewTLSServer(nil) // for its certificate
	defer lend.Close()
	p := &postOffice{t: t, host: "127.0.0.1", direct: direct, bare: bare, roots: x509.NewCertPool(), tls: &tls.Config{Certificates: lend.TLS.Certificates}}
	p.roots.AddCert(lend.Certificate())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.port = l.Addr().(*net.TCPAddr).Port
	var wg sync.WaitGroup
	t.Cleanup(func() { l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { p.talk(conn) })
		}
	})
	return p
}

func (p *postOffice) talk(conn net.Conn) {
	defer func() { conn.Close() }()
	secure := p.direct
	if p.direct {
		conn = tls.Server(conn, p.tls)
	}
	r := bufio.NewReader(conn)
	say := func(format string, args ...any) { fmt.Fprintf(conn, format+"\r\n", args...) }
	say("220 post office")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		p.mu.Lock()
		p.said = append(p.said, map[bool]string{true: "tls ", false: "clear "}[secure]+line)
		p.mu.Unlock()
		switch word, _, _ := strings.Cut(strings.ToUpper(line), " "); word {
		case "EHLO":
			say("250-post office")
			if !secure && !p.bare {
				say("250-STARTTLS")
			}
			say("250 AUTH PLAIN")
		case "STARTTLS":
			say("220 go on")
			conn, secure = tls.Server(conn, p.tls), true
			r = bufio.NewReader(conn)
		case "AUTH":
			say("235 welcome")
		case "DATA":
			say("354 go on")
			var b strings.Builder
			for {
				text, err := r.ReadString('\n')
				if err != nil || text == ".\r\n" {
					break
				}
				b.WriteString(text)
			}
			p.mu.Lock()
			p.got = append(p.got, b.String())
			p.mu.Unlock()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (p *postOffice) server(how string) admin.MailServer {
	return admin.MailServer{Host: p.host, Port: p.port, TLS: how, From: "tinhub@tin.example.vn"}
}

func loopbackSender(p *postOffice) sender {
	s := sender{client: client.New(client.Options{Allow: news.Networks{netip.MustParsePrefix("127.0.0.0/8")}, Limits: client.Limits{Spacing: -1}})}
	if p != nil {
		s.roots = p.roots
	}
	return s
}

var letter = admin.Mail{To: []string{"lan@cong.example.vn", "minh@cong.example.vn"}, Subject: "[Tin tỉnh] 2 nguồn gặp lỗi", Text: "Gặp lỗi:\n- Báo Mẫu: Bị chặn\n", ID: "abc"}

// TestMail: over STARTTLS and TLS with a password that is never sent in the clear,
// and without either where that was chosen.
func TestMail(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"starttls", "tls", "none"} {
		t.Run(how, func(t *testing.T) {
			p := newPostOffice(t, how == "tls", how == "none")
			server := p.server(how)
			if how != "none" {
				server.User, server.Password = "tinhub", "mật khẩu"
			}
			if err := loopbackSender(p).Mail(t.Context(), server, letter); err != nil {
				t.Fatal(err)
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			secret := base64.StdEncoding.EncodeToString([]byte("\x00tinhub\x00mật khẩu"))
			for _, line := range p.said {
				if strings.HasPrefix(line, "clear ") && strings.Contains(line, "AUTH") {
					t.Errorf("in the clear: %s", line)
				}
			}
			if all := strings.Join(p.said, "\n"); how != "none" && !strings.Contains(all, "tls AUTH PLAIN "+secret) ||
				!strings.Contains(all, "RCPT TO:<lan@cong.example.vn>") || !strings.Contains(all, "RCPT TO:<minh@cong.example.vn>") {
				t.Errorf("it was said\n%s", all)
			}
			if len(p.got) != 1 {
				t.Fatalf("%d messages", len(p.got))
			}
			m, err := mail.ReadMessage(strings.NewReader(p.got[0]))
			if err != nil {
				t.Fatal(err)
			}
			subject, _ := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
			body, _ := io.ReadAll(quotedprintable.NewReader(m.Body))
			if subject != letter.Subject || !strings.Contains(strings.ReplaceAll(string(body), "\r", ""), letter.Text) ||
				m.Header.Get("Message-Id") != "<abc@tin.example.vn>" || m.Header.Get("Auto-Submitted") != "auto-generated" {
				t.Errorf("%q\n%v\n%s", subject, m.Header, body)
			}
		})
	}
}

// TestMailRefused: a server without the encryption that was chosen, one whose
// certificate nobody vouches for, and one in a network that is not allowed get nothing.
func TestMailRefused(t *testing.T) {
	t.Parallel()
	bare := newPostOffice(t, false, true)
	good := newPostOffice(t, false, false)
	guarded := sender{client: client.New(client.Options{})}
	for name, c := range map[string]struct {
		p    *postOffice
		s    sender
		want string
	}{
		"no STARTTLS":       {bare, loopbackSender(bare), "STARTTLS"},
		"no certificate":    {good, loopbackSender(nil), "certificate"},
		"no such network":   {good, guarded, "fetch.allow_networks"},
		"nobody is there":   {&postOffice{host: "127.0.0.1", port: 1}, loopbackSender(nil), "refuse"},
		"localhost by name": {&postOffice{host: "localhost", port: 25}, guarded, "fetch.allow_networks"},
	} {
		err := c.s.Mail(t.Context(), c.p.server("starttls"), letter)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if len(c.p.got) > 0 {
			t.Errorf("%s: it got the message", name)
		}
	}
}

// TestWebhook: a webhook gets JSON that it can check, and what it answers is judged.
func TestWebhook(t *testing.T) {
	t.Parallel()
	answer, got := 200, ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got = r.Method + " " + r.Header.Get("X-Tinhub-Signature") + " " + string(b)
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(answer)
		_, _ = io.WriteString(w, "<p>không nhận</p>")
	}))
	defer server.Close()
	mac := hmac.New(sha256.New, []byte("k"))
	body, _ := json.Marshal(map[string]string{"text": "x"})
	mac.Write(body)
	header := map[string]string{"X-Tinhub-Signature": "sha256=" + hex.EncodeToString(mac.Sum(nil))}
	if err := loopbackSender(nil).Post(t.Context(), server.URL, header, body); err != nil || got != "POST "+header["X-Tinhub-Signature"]+" "+string(body) {
		t.Errorf("%v, %s", err, got)
	}
	for _, answer = range []int{302, 404, 500} {
		if err := loopbackSender(nil).Post(t.Context(), server.URL, header, body); err == nil || !strings.Contains(err.Error(), strconv.Itoa(answer)) || strings.Contains(err.Error(), "<p>") {
			t.Errorf("%d: %v", answer, err)
		}
	}
	guarded := sender{client: client.New(client.Options{})}
	if err := guarded.Post(t.Context(), server.URL, header, body); err == nil || guarded.Check(server.URL) == nil {
		t.Errorf("a private address: %v", err)
	}
}

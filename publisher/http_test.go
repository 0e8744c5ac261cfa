package publisher

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

type answer struct {
	status int
	header http.Header
	body   []byte
}

// get asks over the socket, without following redirects or decoding; headers are
// pairs of name and value, and Host may be among them.
func get(t *testing.T, srv *httptest.Server, path string, headers ...string) answer {
	t.Helper()
	return do(t, srv, http.MethodGet, path, headers...)
}

func do(t *testing.T, srv *httptest.Server, method, path string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequest(method, srv.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		}
		req.Header.Add(headers[i], headers[i+1])
	}
	client := http.Client{
		Transport:     &http.Transport{DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, body}
}

func contains(body []byte, s string) bool { return bytes.Contains(body, []byte(s)) }

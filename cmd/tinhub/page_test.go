package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// aPage is an article page as a provincial paper shows it.
const aPage = `<!doctype html><html lang="vi"><head><title>Mở lớp dạy bơi cho trẻ em - Báo Thử</title></head><body>
<div class="breadcrumb"><a href="/">Trang chủ</a> » <a href="/xa-hoi">Xã hội</a></div><h1>Mở lớp dạy bơi cho trẻ em</h1><div class="date">Thứ Hai, 12/10/2026 | 08:30</div>
<div class="newscontent"><p>Hội chữ thập đỏ xã vừa mở lớp dạy bơi miễn phí cho gần một trăm trẻ em sống ven sông, kéo dài hết tháng mười.</p>
<p><img src="/anh/boi.jpg"></p><p align="center"><em>Một buổi học bơi. Ảnh: T.T</em></p>
<p>Mỗi buổi học có hai người hướng dẫn và một người cứu hộ đứng trên bờ.<script>alert(1)</script></p><p align="right"><strong>Thu Hà</strong></p></div>
<div class="poll"><h3>Thăm dò ý kiến</h3></div></body></html>`

func TestPageTest(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/robots.txt":
			fmt.Fprint(w, "User-agent: *\nDisallow: /rieng/\n")
		case "/bai-1.html", "/rieng/bai-2.html":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, aPage)
		case "/closed":
			w.WriteHeader(403)
		case "/soft":
			fmt.Fprint(w, "<title>Báo Thử</title><h1>Bài viết không tồn tại</h1>")
		case "/home":
			http.Redirect(w, r, "/", http.StatusFound)
		case "/":
			fmt.Fprint(w, "<title>Báo Thử</title>")
		default:
			http.NotFound(w, r)
		}
	}))
	defer srv.Close()
	file := filepath.Join(t.TempDir(), "saved.html")
	if err := os.WriteFile(file, []byte(aPage), 0o600); err != nil {
		t.Fatal(err)
	}
	inputs := []string{srv.URL + "/bai-1.html", srv.URL + "/rieng/bai-2.html", srv.URL + "/closed", srv.URL + "/none", srv.URL + "/soft", srv.URL + "/home", file, file + ".missing", "-"}
	wants := []string{"", "robots.txt", "403", "404", "does not exist", "front page", "", "no such file", ""}
	var out, errs bytes.Buffer
	environ := []string{"TINHUB_FETCH_ALLOW_NETWORKS=127.0.0.0/8", "TINHUB_FETCH_SPACING=1ms"}
	code := run(t.Context(), append([]string{"page", "test", "--json", "--base", "https://bao.example.vn/x/y.html"}, inputs...), environ, strings.NewReader(aPage), &out, &errs)
	if code != exitFailed {
		t.Errorf("exit code %d, %s", code, errs.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != len(inputs) {
		t.Fatalf("%d lines for %d arguments:\n%s", len(lines), len(inputs), out.String())
	}
	for i, line := range lines {
		var r pageResult
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		switch {
		case r.Input != inputs[i]:
			t.Errorf("line %d is of %s", i, r.Input)
		case wants[i] != "":
			if !strings.Contains(r.Error, wants[i]) || r.Text != "" {
				t.Errorf("%s: error %q, text %q", r.Input, r.Error, r.Text)
			}
		default:
			checkPage(t, r)
		}
	}
}

func checkPage(t *testing.T, r pageResult) {
	t.Helper()
	image, caption := "https://bao.example.vn/anh/boi.jpg", "Một buổi học bơi. Ảnh: T.T"
	if strings.HasPrefix(r.Input, "http") { // no reader can see an image on a private address
		image, caption = "", ""
	}
	for _, c := range []struct{ what, got, want string }{
		{"error", r.Error, ""}, {"title", r.Title, "Mở lớp dạy bơi cho trẻ em"}, {"section", r.Section, "Xã hội"},
		{"image", r.Image, image}, {"caption", r.Caption, caption},
		{"published", r.Published.Format("2006-01-02T15:04:05Z07:00"), "2026-10-12T08:30:00+07:00"},
		{"text", r.Text, "Hội chữ thập đỏ xã vừa mở lớp dạy bơi miễn phí cho gần một trăm trẻ em sống ven sông, kéo dài hết tháng mười.\n\n" +
			"Mỗi buổi học có hai người hướng dẫn và một người cứu hộ đứng trên bờ."},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s is %q, want %q", r.Input, c.what, c.got, c.want)
		}
	}
	if len(r.Authors) != 1 || r.Authors[0].Name != "Thu Hà" || strings.Contains(r.HTML, "alert") || strings.Contains(r.HTML, "<img") != (image != "") {
		t.Errorf("%s: authors %v, html %s", r.Input, r.Authors, r.HTML)
	}
}

func TestPageTestForPeople(t *testing.T) {
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"page", "test", "--base", "https://bao.example.vn/y.html", "-"}, nil, strings.NewReader(aPage), &out, &errs)
	for _, want := range []string{"title", "Mở lớp dạy bơi", "2026-10-12 08:30", "Thu Hà", "đứng trên bờ"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	if code != exitDone || errs.Len() > 0 {
		t.Errorf("exit code %d, %s", code, errs.String())
	}
	if code := run(t.Context(), []string{"page", "test", "--base", "saved", "-"}, nil, strings.NewReader(""), &out, &errs); code != exitUsage {
		t.Errorf("a base that is no address: exit code %d", code)
	}
}

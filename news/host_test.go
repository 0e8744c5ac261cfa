package news

import "testing"

func TestOurHost(t *testing.T) {
	const public = "https://tin.example.vn:8443"
	for host, want := range map[string]bool{
		"tin.example.vn:8443": true, "TIN.example.vn": true, "localhost": true, "localhost:8080": true, "localhost.": true, "127.0.0.1:80": true, "[::1]:80": true, "[::1]": true,
		"evil.example": false, "tin.example.vn.evil.example": false, "": false, "localhost.evil.example": false, "127.0.0.1.evil.example": false,
	} {
		if OurHost(host, public) != want {
			t.Errorf("%q: want %v", host, want)
		}
	}
	if OurHost("", "") {
		t.Error("no host is ours")
	}
}

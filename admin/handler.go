package admin

import (
	"net/http"
	"strings"

	"tinhub/news"
)

// Handler serves /admin/ and /api/, under the names that are ours.
func (o *Office) Handler() http.Handler {
	api, pages := o.api(), o.pages()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "same-origin")
		switch {
		case !news.OurHost(r.Host, o.opt.PublicURL):
			problem(w, http.StatusMisdirectedRequest, faultf(Missing, "this server does not answer to that name; use %s", o.opt.PublicURL))
		case strings.HasPrefix(r.URL.Path, "/api/"):
			api.ServeHTTP(w, r)
		default:
			pages.ServeHTTP(w, r)
		}
	})
}

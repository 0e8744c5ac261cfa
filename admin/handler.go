package admin

import "net/http"

// Handler serves /admin/ and /api/, under the names that are ours.
func (o *Office) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/api/", o.api())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "same-origin")
		if !ours(r.Host, o.opt.PublicURL) {
			problem(w, http.StatusMisdirectedRequest, faultf(Missing, "this server does not answer to that name; use %s", o.opt.PublicURL))
			return
		}
		mux.ServeHTTP(w, r)
	})
}

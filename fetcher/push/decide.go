package push

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tinhub/news"
)

// ErrBusy says that the hub's turn did not come: nothing was asked.
var ErrBusy = errors.New("the hub's turn did not come")

// An act is what is to be done about a subscription.
type act string

const (
	subscribe   act = "subscribe" // anew, again, or to renew
	unsubscribe act = "unsubscribe"
	forget      act = "forget"
)

// A deed is an act on a subscription. One without an ID is to be made.
type deed struct {
	act
	news.Push
}

// plan says what is to be done for one source: what it advertises (no Source: it
// is gone or disabled) against the subscriptions there are. base is what our
// callbacks begin with.
//
// A subscription that no longer fits, because the source names another hub or
// topic or we have another address, is left once the one in its place is
// confirmed (6.1): until then it may bring news.
func plan(want news.Advertised, have []news.Push, base string, now time.Time) []deed {
	var deeds []deed
	var fit, misfit []news.Push
	hubs := candidates(want.Hubs)
	for _, p := range have {
		switch {
		case !p.Leaving.IsZero():
			deeds = append(deeds, leave(p, now)...)
		case want.Source == "" || p.Address != want.Address:
			deeds = append(deeds, end(p, now))
		case p.Topic == want.Topic && slices.Contains(hubs, p.Hub) && strings.HasPrefix(p.Callback, base):
			fit = append(fit, p)
		default:
			misfit = append(misfit, p)
		}
	}
	slices.SortStableFunc(fit, func(a, b news.Push) int { return slices.Index(hubs, a.Hub) - slices.Index(hubs, b.Hub) })
	alive := func(p news.Push) bool { return p.Until.After(now) }
	if at := slices.IndexFunc(fit, alive); at >= 0 {
		for i, p := range fit {
			if i != at && alive(p) {
				misfit = append(misfit, p)
			}
		}
		for _, p := range misfit {
			deeds = append(deeds, end(p, now))
		}
		if best := fit[at]; !best.Due.After(now) {
			deeds = append(deeds, deed{subscribe, best})
		}
		return deeds
	}
	wait := false // a source that names another hub at every poll must not make us ask each
	for _, p := range misfit {
		recent := now.Sub(p.Since).Abs() < settleTime && strings.HasPrefix(p.Callback, base)
		wait = wait || recent
		if !alive(p) && !recent {
			deeds = append(deeds, deed{forget, p})
		}
	}
	if wait {
		return deeds
	}
	return append(deeds, begin(want, fit, hubs, now)...)
}

// begin asks the first hub that can be hoped for.
func begin(want news.Advertised, fit []news.Push, hubs []string, now time.Time) []deed {
	for _, hub := range hubs {
		at := slices.IndexFunc(fit, func(p news.Push) bool { return p.Hub == hub })
		switch {
		case at < 0:
			return []deed{{subscribe, news.Push{Source: want.Source, Address: want.Address, Hub: hub, Topic: want.Topic}}}
		case !fit[at].Due.After(now):
			return []deed{{subscribe, fit[at]}}
		case fit[at].State(now) == news.PushAsked:
			return nil // it is about to confirm
		}
	}
	return nil
}

// candidates are the hubs to try, in order: of one that is advertised without TLS
// the address with TLS comes first (8.2), where its port does not say otherwise.
func candidates(hubs []string) []string {
	var list []string
	add := func(h string) {
		if !slices.Contains(list, h) {
			list = append(list, h)
		}
	}
	for _, h := range hubs {
		if u, err := url.Parse(h); err == nil && u.Scheme == "http" && u.Port() == "" {
			u.Scheme = "https"
			add(u.String())
		}
		add(h)
	}
	return list
}

// end begins to end a subscription. What no hub ever confirmed, or what has run
// out, is forgotten: a hub that asks later is told that it is not wanted.
func end(p news.Push, now time.Time) deed {
	if !p.Until.After(now) {
		return deed{forget, p}
	}
	p.Leaving, p.Due, p.Tries, p.Detail = now, now, 0, ""
	return deed{unsubscribe, p}
}

// leave goes on to end one. It is remembered for a while, because a hub whose
// question was answered may put it again.
func leave(p news.Push, now time.Time) []deed {
	switch {
	case now.Sub(p.Leaving).Abs() > leftTime, !p.Left && (p.Tries >= leaveMost || !p.Until.After(now)) && !p.Due.After(now):
		return []deed{{forget, p}}
	case !p.Left && !p.Due.After(now):
		return []deed{{unsubscribe, p}}
	}
	return nil
}

// asked is a subscription about which its hub is asked now. It is stored before
// the hub is, and says when to ask again should nothing more be heard of it.
func asked(p news.Push, now time.Time) news.Push {
	if p.Tries > 0 && p.Detail == "" {
		p.Detail = "the hub accepted the request and never confirmed it; can it reach site.public_url?"
	}
	p.Asked, p.Due, p.Denied = now, now.Add(flightTime), false
	p.Tries++
	return p
}

// judged is a subscription after its hub's answer (5.1.2). chance, from 0 to 1,
// spreads those that failed together.
func judged(p news.Push, a Answer, err error, chance float64, now time.Time) news.Push {
	if errors.Is(err, ErrBusy) {
		p.Tries--
		p.Due = now.Add(time.Duration((1 + chance) * 10 * float64(time.Second)))
		return p
	}
	pause := spread(min(retryPause<<min(p.Tries-1, 16), retryMost), chance)
	_, hopeless := errors.AsType[*Hopeless](err)
	switch {
	case err == nil && a.Status >= 200 && a.Status < 300:
		p.Due = now.Add(max(verifyWait, pause))
		return soon(p, now)
	case err != nil:
		p.Detail = brief(err.Error())
	default:
		p.Detail = fmt.Sprintf("the hub answered %d", a.Status)
		if text := brief(string(a.Body)); text != "" && a.Status >= 400 {
			p.Detail += ": " + text
		}
		pause = max(pause, retryAfter(a.RetryAfter, now))
	}
	if hopeless || err == nil && refused(a.Status) {
		pause = max(pause, spread(min(24*time.Hour<<min(p.Tries-1, 8), refusedMost), chance))
	}
	p.Due = now.Add(pause)
	return soon(p, now)
}

// soon asks again before a lease ends, whatever the hub said.
func soon(p news.Push, now time.Time) news.Push {
	if left := p.Until.Sub(now); left > 0 && p.Leaving.IsZero() && p.Due.After(now.Add(left/2)) {
		p.Due = now.Add(max(left/2, min(retryPause, left)))
	}
	return p
}

// refused says that an answer is a no for good: 410, a 4xx that is about the
// request and not about the moment, and what is no hub.
func refused(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	case http.StatusNotImplemented:
		return true
	}
	return status >= 300 && status < 500
}

func spread(d time.Duration, chance float64) time.Duration {
	return d + time.Duration(chance*float64(d)/4)
}

// retryAfter reads the header (RFC 9110 section 10.2.3); what is absurd is a week.
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	d := time.Duration(0)
	if n, err := strconv.ParseUint(header, 10, 63); err == nil || errors.Is(err, strconv.ErrRange) {
		d = time.Duration(min(n, uint64(refusedMost/time.Second))) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		d = at.Sub(now)
	}
	return min(max(d, 0), refusedMost)
}

// brief makes a text that a stranger chose into one short line.
func brief(s string) string {
	s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xfffd {
			return ' '
		}
		return r
	}, s)), " ")
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "…"
	}
	return s
}

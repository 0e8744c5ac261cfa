package markup

import "strings"

// maxHeaderLinks is how many links of one header are read.
const maxHeaderLinks = 64

// HeaderLinks finds the addresses of one relation ("hub", "self") in Link headers
// (RFC 8288 section 3), absolute and in their order. A link about something else
// than the document (anchor) says nothing of it. What cannot be read is passed
// over: servers write these by hand.
func HeaderLinks(headers []string, base, rel string) []string {
	var found []string
	n := 0
	for _, h := range headers {
		for h != "" && n < maxHeaderLinks {
			var target string
			var params map[string]string
			target, params, h = nextLink(h)
			n++
			if anchor := params["anchor"]; anchor != "" && Resolve(base, anchor) != Resolve(base, base) {
				continue
			}
			for _, r := range strings.Fields(params["rel"]) {
				if address := Address(base, target); strings.EqualFold(r, rel) && address != "" {
					found = append(found, address)
					break
				}
			}
		}
	}
	return found
}

// nextLink reads one link-value, and gives what stands behind it. Of a parameter
// that stands more than once the first counts.
func nextLink(h string) (target string, params map[string]string, rest string) {
	begin := strings.IndexByte(h, '<')
	if begin < 0 {
		return "", nil, ""
	}
	target, rest, ok := strings.Cut(h[begin+1:], ">")
	if !ok {
		return "", nil, ""
	}
	params = map[string]string{}
	for {
		rest = strings.TrimLeft(rest, " \t")
		switch {
		case rest == "":
			return target, params, ""
		case rest[0] == ',':
			return target, params, rest[1:]
		case rest[0] != ';':
			rest = rest[1:] // no parameter; on to the next separator
			continue
		}
		var name, value string
		name, value, rest = nextParam(rest[1:])
		if _, twice := params[name]; !twice {
			params[name] = value
		}
	}
}

// nextParam reads name, name=token or name="quoted string" up to the separator
// behind it.
func nextParam(s string) (name, value, rest string) {
	end := strings.IndexAny(s, "=;,")
	if end < 0 {
		return strings.ToLower(strings.TrimSpace(s)), "", ""
	}
	name, rest = strings.ToLower(strings.TrimSpace(s[:end])), s[end:]
	if rest[0] != '=' {
		return name, "", rest
	}
	rest = strings.TrimLeft(rest[1:], " \t")
	if !strings.HasPrefix(rest, `"`) {
		if end = strings.IndexAny(rest, ";,"); end < 0 {
			end = len(rest)
		}
		return name, strings.TrimSpace(rest[:end]), rest[end:]
	}
	var b strings.Builder
	for i := 1; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == '"':
			return name, b.String(), rest[i+1:]
		case c == '\\' && i+1 < len(rest):
			i++
			b.WriteByte(rest[i])
		default:
			b.WriteByte(c)
		}
	}
	return name, b.String(), "" // the quote was never closed
}

package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tinhub/news"
)

// A Config is all that tinhub.yaml and the environment say, with the defaults
// of what they do not.
type Config struct {
	File   string // as it was named; "" for the built-in starter
	Folder string // what relative paths are from

	Site     Site
	Store    Store
	HTTP     HTTP
	Fetch    Fetch
	Publish  Publish
	Hub      Hub
	Withdraw Withdraw
	Keep     Keep

	Sources  []news.Source
	Topics   []news.Topic
	Partners []news.Partner

	places map[string]Position
}

// Site is who publishes, and where.
type Site struct {
	Title     string
	PublicURL string // scheme and host, no slash at the end
	Language  string
	Timezone  string         // IANA name
	Location  *time.Location // of Timezone
	Owner     string         // the legal footer: who answers for the site,
	Contact   string         // how to reach them,
	Licence   string         // and under which licence
	Profile   Profile
}

// A Profile is a set of defaults.
type Profile string

// The profiles. VNAggregator has what Vietnamese law asks of an aggregator: an
// embargo of 60 minutes, links only without an agreement, three agencies a
// topic, the legal footer, and agency, time and link with every item.
const (
	Open         Profile = "open"
	VNAggregator Profile = "vn-aggregator"
)

// Store is where everything is kept: file:FOLDER (absolute, or relative to the
// working directory), redis://, rediss://, redis+cluster:// or redis+sentinel://.
type Store struct {
	URL string
}

// Embedded is the folder of the embedded store, and whether it is the store.
func (s Store) Embedded() (folder string, ok bool) { return strings.CutPrefix(s.URL, "file:") }

// HTTP is what is served to whom.
type HTTP struct {
	Listen         string        // host:port
	TrustedProxies news.Networks // whose X-Forwarded-For is believed
	MetricsFrom    news.Networks // who may read /metrics besides loopback
}

// Fetch is how sources are polled.
type Fetch struct {
	Schedule      string // the fastest pace of a source without its own
	Workers       int
	PerHost       int // requests to one host at a time
	Spacing       time.Duration
	Timeout       time.Duration // of a whole poll
	MaxBody       int64         // bytes, inflated
	UserAgent     string
	AllowNetworks news.Networks // private ranges that may be dialled, on any port
}

// A Footer says whether the legal footer must be filled in.
type Footer string

// The values of Publish.Footer.
const (
	FooterOptional Footer = "optional"
	FooterRequired Footer = "required"
)

// A Requirement is what an item must have to be published.
type Requirement string

// The values of Publish.Require.
const (
	RequireAgency Requirement = "agency"
	RequireAuthor Requirement = "author"
	RequireTime   Requirement = "time"
	RequireLink   Requirement = "link"
)

// Publish is what outputs hold.
type Publish struct {
	Limit            int
	Content          news.Scope
	Formats          []news.Format
	Embargo          time.Duration
	WithoutAgreement news.Scope
	AgreementNotice  time.Duration // how long before an agreement ends editors are told
	Require          []Requirement
	Footer           Footer
	MinAgencies      int // independent agencies that a topic's output must draw on
}

// Hub is the leases of WebSub subscriptions.
type Hub struct {
	LeaseMin, Lease, LeaseMax time.Duration
}

// Withdraw is how withdrawals are noticed.
type Withdraw struct {
	Recheck time.Duration // the first interval between two looks at a published link; it stretches with age
	Confirm time.Duration // how long a page must be gone before its article is withdrawn
}

// Keep is for how long things are kept.
type Keep struct {
	Articles time.Duration // since an article last stood in its feed
	Seen     time.Duration // what was seen is remembered longer than what it said
	Audit    time.Duration
}

// At is where a path was set (topics[2].where, publish.limit), or, where it was
// not, what stands around it. Other rooms' faults about a value get their place
// from it.
func (c Config) At(path string) Position {
	for path != "" {
		if p, ok := c.places[path]; ok {
			return p
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return Position{File: c.file()}
}

// Fault is a fault at a path.
func (c Config) Fault(path, format string, args ...any) Fault {
	return Fault{c.At(path), fmt.Sprintf(format, args...)}
}

func (c Config) file() string {
	if c.File == "" {
		return starterName
	}
	return c.File
}

// Load reads a configuration file and the environment ("NAME=value", as
// os.Environ gives it). With path "" it is the built-in starter, under the
// environment's settings. The configuration is good when there are no faults;
// with faults it holds what could be read and is only fit to look at.
func Load(path string, environ []string) (Config, Faults) {
	if path == "" {
		l := newLoader(starterName, ".", environ)
		return l.load(nil, starter)
	}
	l := newLoader(path, filepath.Dir(path), environ)
	data, err := os.ReadFile(path)
	if err != nil {
		l.fault(Position{File: path}, "%s", readFault(err))
		return l.cfg, l.faults
	}
	return l.Parse(data)
}

// Parse is Load of a file's bytes that are at hand; path names them in faults
// and its folder is what relative paths are from.
func Parse(path string, data []byte, environ []string) (Config, Faults) {
	return newLoader(path, filepath.Dir(path), environ).Parse(data)
}

func readFault(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file: name another with -c, or none to run with the starter catalogue"
	case errors.Is(err, fs.ErrPermission):
		return "the file may not be read: give this user the right to read it"
	}
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Sprintf("the file cannot be read (%v): name another with -c", err)
}

// A loader gathers a configuration and its faults.
type loader struct {
	file   string
	cfg    Config
	env    map[string]string
	places map[string]Position
	faults Faults

	sourceAt map[string]Position // where each id stands
	topicAt  map[string]Position // ids and former ids

	topicsAt, partnersAt []*node // those of the file, as they stand in cfg
}

func newLoader(file, folder string, environ []string) *loader {
	l := &loader{
		file: file, env: map[string]string{}, places: map[string]Position{},
		sourceAt: map[string]Position{}, topicAt: map[string]Position{},
	}
	for _, v := range environ {
		if name, value, ok := strings.Cut(v, "="); ok {
			l.env[name] = value
		}
	}
	l.cfg = Config{Folder: folder, places: l.places}
	if file != starterName {
		l.cfg.File = file
	}
	return l
}

func (l *loader) fault(at Position, format string, args ...any) {
	l.faults = append(l.faults, Fault{at, fmt.Sprintf(format, args...)})
}

// Parse reads a file's bytes.
func (l *loader) Parse(data []byte) (Config, Faults) {
	root := l.parse(data)
	if root == nil {
		return l.cfg, l.faults.sorted()
	}
	return l.load(root, nil)
}

// load reads the sections, then the lists that depend on them. fill adds what
// no file declares.
func (l *loader) load(root *node, fill func(*loader)) (Config, Faults) {
	l.defaults(l.profile(root))
	sections := l.sections()
	keys := make([]key, 0, len(sections)+3)
	for _, s := range sections {
		keys = append(keys, key{s.name, func(l *loader, n *node) { l.object(n, s.name, s.keys) }})
	}
	var sources, topics, partners *node
	keys = append(keys,
		key{"sources", func(_ *loader, n *node) { sources = n }},
		key{"topics", func(_ *loader, n *node) { topics = n }},
		key{"partners", func(_ *loader, n *node) { partners = n }})
	l.object(root, "the file", keys)
	l.environment(sections)
	l.finish()
	l.readSources(sources)
	l.readTopics(topics)
	l.readPartners(partners)
	if fill != nil {
		fill(l)
	}
	l.checkRules()
	return l.cfg, l.faults.sorted()
}

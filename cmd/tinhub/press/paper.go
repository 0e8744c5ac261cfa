package press

// A Format is what a paper's feed is written in.
type Format string

// The formats.
const (
	RSS  Format = "rss"
	Atom Format = "atom"
	JSON Format = "json"
)

// Quirks are the habits of a paper's CMS, each seen in real feeds.
type Quirks uint32

// The quirks.
const (
	GMT7          Quirks = 1 << iota // dates end in "GMT+7", which Go reads as UTC
	DotNet                           // dates as .NET writes them for Americans: month first, AM/PM, no zone
	DayFirst                         // dates as people write them: 07/09/2026 19:41
	NoGUID                           // entries have no id
	PlainGUID                        // ids are bare numbers
	BOM                              // a byte order mark and a blank line before the declaration
	Windows1258                      // bytes in windows-1258: combining tone marks
	Relative                         // links without a host
	Tracked                          // links with tracking parameters that differ at each poll
	HTTPSVariant                     // every second poll says https where the paper only answers http
	SlugDrift                        // the link's words change, its number does not
	DoubleEscape                     // titles escaped twice
	Undeclared                       // HTML's entities in XML that declares none
	Trailing                         // markup after the root element
	Shuffled                         // another order at each poll
	FullText                         // the whole article in content:encoded
	Unconditional                    // knows no validators: always 200
	Secured                          // all addresses say https, where the paper only answers http
)

// Sickness is what ails a paper's server.
type Sickness string

// The sicknesses; "" is health.
const (
	Hangs  Sickness = "hangs"  // sends half a feed and then nothing
	HTML   Sickness = "html"   // answers an error page with 200
	Busy   Sickness = "busy"   // 503 with Retry-After
	Closed Sickness = "closed" // 410
)

// A Paper is one simulated newspaper.
type Paper struct {
	ID       string // as a source id: a-z0-9-
	Name     string
	Province string // slug of a province in force
	Place    string // the province's name as its stories call it
	Section  string // of all its entries; "": each entry names its own
	Format   Format // "": RSS
	Quirks   Quirks
	Sick     Sickness
}

// has says whether a paper has a quirk.
func (p Paper) has(q Quirks) bool { return p.Quirks&q != 0 }

// feedPath is where its feed lies.
func (p Paper) feedPath() string {
	switch p.Format {
	case Atom:
		return "/atom.xml"
	case JSON:
		return "/feed.json"
	default:
		return "/rss/home.rss"
	}
}

// DemoPapers are the papers of "tinhub demo". Their names are made up, so that
// nobody takes their news for a real paper's.
func DemoPapers() []Paper {
	return []Paper{
		{ID: "bao-song-trang", Name: "Báo Sông Trăng", Province: "can-tho", Place: "Cần Thơ"},
		{ID: "bao-mui-dat", Name: "Báo Mũi Đất", Province: "ca-mau", Place: "Cà Mau", Quirks: GMT7 | NoGUID | BOM | Tracked},
		{ID: "bao-bien-bac", Name: "Báo Biển Bạc", Province: "khanh-hoa", Place: "Khánh Hòa", Quirks: Windows1258},
		{ID: "bao-doi-che", Name: "Báo Đồi Chè", Province: "thai-nguyen", Place: "Thái Nguyên", Quirks: DotNet | Relative | PlainGUID | DoubleEscape},
		{ID: "bao-cao-nguyen", Name: "Báo Cao Nguyên Gió", Province: "lam-dong", Place: "Lâm Đồng", Format: Atom, Quirks: Undeclared},
		{ID: "bao-lam-giang", Name: "Báo Lam Giang", Province: "nghe-an", Place: "Nghệ An", Quirks: FullText | Trailing | Shuffled | Unconditional},
		{ID: "bao-ruong-may", Name: "Báo Ruộng Mây", Province: "lao-cai", Place: "Lào Cai", Format: JSON, Quirks: Tracked},
		{ID: "bao-duong-xa", Name: "Báo Đường Xa", Province: "son-la", Place: "Sơn La", Sick: Hangs},
		{ID: "bao-cua-dong", Name: "Báo Cửa Đóng", Province: "hung-yen", Place: "Hưng Yên", Sick: HTML},
		{ID: "bao-gio-nghi", Name: "Báo Giờ Nghỉ", Province: "tay-ninh", Place: "Tây Ninh", Sick: Busy},
	}
}

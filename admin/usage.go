package admin

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"tinhub/news"
)

// A UseForm is what was asked of one output on one day by one kind of reader.
type UseForm struct {
	Day       string `json:"day"`
	Topic     string `json:"topic"`  // or provinces/SLUG, or tat-ca
	Output    string `json:"output"` // rss, atom, json, html; push: deliveries; widget: widgets shown
	Reader    string `json:"reader,omitempty"`
	Partner   string `json:"partner,omitempty"`
	Requests  int64  `json:"requests"`
	Unchanged int64  `json:"unchanged"` // of them, told that nothing changed
	Bytes     int64  `json:"bytes"`
	Readers   int64  `json:"readers"` // different ones, to about 3 %
	Claimed   int64  `json:"claimed"` // for so many the service says that it reads
}

// A DayForm is what was asked on one day.
type DayForm struct {
	Day        string `json:"day"`
	Readers    int64  `json:"readers"` // each once, and those that services say they read for
	Requests   int64  `json:"requests"`
	Unchanged  int64  `json:"unchanged"`
	Bytes      int64  `json:"bytes"`
	Deliveries int64  `json:"deliveries"` // that subscribers took
	Views      int64  `json:"views"`      // of widgets
}

// A Period is what statistics are asked about.
type Period struct {
	From, To string // days, both included
	Topic    string // "" is all
	Partner  string // "" is everybody
}

// The longest period, and the one that is meant where none is named.
const (
	periodMost    = 400
	periodDefault = 30
)

// period reads one; empty days are those up to today.
func (o *Office) period(from, to, topic, partner string, days int) (Period, error) {
	end := o.now().In(o.opt.Zone)
	var err error
	if to != "" {
		if end, err = time.Parse(time.DateOnly, to); err != nil {
			return Period{}, faultf(Invalid, "to is %.40q: write a day as 2026-01-31", to)
		}
	}
	begin := end.AddDate(0, 0, 1-days)
	if from != "" {
		if begin, err = time.Parse(time.DateOnly, from); err != nil {
			return Period{}, faultf(Invalid, "from is %.40q: write a day as 2026-01-31", from)
		}
	}
	p := Period{From: begin.Format(time.DateOnly), To: end.Format(time.DateOnly), Topic: topic, Partner: partner}
	if n := len(p.days()); n == 0 || n > periodMost {
		return Period{}, faultf(Invalid, "from %s to %s is no period of 1 to %d days", p.From, p.To, periodMost)
	}
	return p, nil
}

// days are those of a period; none where it ends before it begins.
func (p Period) days() (list []string) {
	begin, _ := time.Parse(time.DateOnly, p.From) // it was checked
	for n := range periodMost + 1 {
		d := begin.AddDate(0, 0, n).Format(time.DateOnly)
		if d > p.To {
			break
		}
		list = append(list, d)
	}
	return list
}

// Uses reads what was counted, by day, topic, output, reader and partner.
func (o *Office) Uses(ctx context.Context, w Who, p Period) ([]news.Use, error) {
	if err := w.must(Read); err != nil {
		return nil, err
	}
	list, err := o.deps.Usage.Between(ctx, p.From, p.To, func(channel string) bool { return p.Topic == "" || channel == p.Topic })
	if err != nil {
		return nil, err
	}
	if p.Partner != "" {
		list = slices.DeleteFunc(list, func(u news.Use) bool { return u.Partner != p.Partner })
	}
	return list, nil
}

func useForm(u news.Use) UseForm {
	return UseForm{
		Day: u.Day, Topic: u.Channel, Output: u.Output, Reader: u.Reader, Partner: u.Partner,
		Requests: u.Requests, Unchanged: u.Unchanged, Bytes: u.Bytes, Readers: u.Readers.Count(), Claimed: u.Subscribers,
	}
}

// cursor names a row among its list.
func (f UseForm) cursor() string {
	return strings.Join([]string{f.Day, f.Topic, f.Output, f.Reader, f.Partner}, "|")
}

// total is what was asked altogether. Readers of two days count twice: nobody can
// know that they are the same.
func total(day string, uses []news.Use) DayForm {
	d := DayForm{Day: day, Readers: news.CountReaders(slices.DeleteFunc(slices.Clone(uses), func(u news.Use) bool { return u.Output == news.UsePush }))}
	for _, u := range uses {
		d.Bytes += u.Bytes
		switch u.Output {
		case news.UsePush:
			d.Deliveries += u.Requests
		case news.UseWidget:
			d.Views += u.Requests
		default:
			d.Requests += u.Requests
			d.Unchanged += u.Unchanged
		}
	}
	return d
}

// daily is each day of a period, in which nothing may have been asked.
func daily(p Period, uses []news.Use) []DayForm {
	by := map[string][]news.Use{}
	for _, u := range uses {
		by[u.Day] = append(by[u.Day], u)
	}
	var list []DayForm
	for _, d := range p.days() {
		list = append(list, total(d, by[d]))
	}
	return list
}

// writeUses writes them as CSV.
func writeUses(w io.Writer, uses []news.Use) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"day", "topic", "output", "reader", "partner", "requests", "unchanged", "bytes", "readers", "claimed"})
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	for _, u := range uses {
		f := useForm(u)
		_ = out.Write([]string{f.Day, f.Topic, f.Output, cell(f.Reader), cell(f.Partner), n(f.Requests), n(f.Unchanged), n(f.Bytes), n(f.Readers), n(f.Claimed)})
	}
	out.Flush()
	return out.Error()
}

// A share is what one of several had of the whole.
type share struct {
	Name    string
	Total   DayForm
	PerDay  float64 // readers, on the days that anything was asked
	Percent int     // of the requests of all
}

// shares are what is counted by a name, the most asked first.
func shares(uses []news.Use, name func(news.Use) string) []share {
	by, whole := map[string][]news.Use{}, int64(0)
	for _, u := range uses {
		if n := name(u); n != "" {
			by[n] = append(by[n], u)
			whole += u.Requests
		}
	}
	var list []share
	for n, part := range by {
		days := map[string]bool{}
		for _, u := range part {
			days[u.Day] = true
		}
		s := share{Name: n, Total: total("", part)}
		s.PerDay = float64(s.Total.Readers) / float64(len(days))
		s.Percent = int(100 * s.asked() / max(whole, 1))
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b share) int {
		if a.asked() != b.asked() {
			return int(min(max(b.asked()-a.asked(), -1), 1))
		}
		return strings.Compare(a.Name, b.Name)
	})
	return list
}

// asked is all that was asked of one, in whatever way.
func (s share) asked() int64 { return s.Total.Requests + s.Total.Deliveries + s.Total.Views }

// Readers is how many a day, in a short form.
func (s share) Readers() string { return fmt.Sprintf("%.0f", s.PerDay) }

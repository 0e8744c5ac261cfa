package admin

import (
	"bytes"
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"time"

	"tinhub/news"
)

// statistics is what their page shows.
type statistics struct {
	Period
	Days     string
	Topics   []string
	Partners []string
	Total    DayForm
	PerDay   int64 // readers, on the days that anything was asked
	Plots    []plot
	Outputs  []share
	Readers  []share
	ByTopic  []share
	Hosts    []share // by partner
	Query    string
}

// usagePeriod is what the page is asked about.
func (v *view) usagePeriod() (Period, string, error) {
	days, err := strconv.Atoi(cmp.Or(v.FormValue("days"), strconv.Itoa(periodDefault)))
	if err != nil || days < 1 || days > periodMost {
		days = periodDefault
	}
	p, err := v.o.period("", "", v.FormValue("topic"), v.FormValue("partner"), days)
	return p, strconv.Itoa(days), err
}

func (v *view) showUsage() error {
	p, days, err := v.usagePeriod()
	if err != nil {
		return err
	}
	uses, err := v.o.Uses(v.Context(), v.who, p)
	if err != nil {
		return err
	}
	d := statistics{Period: p, Days: days, Topics: []string{news.Everything}}
	for _, t := range v.o.deps.Roster.Topics() {
		d.Topics = append(d.Topics, t.ID)
	}
	for _, x := range v.o.deps.Roster.Partners() {
		d.Partners = append(d.Partners, x.ID)
	}
	list := daily(p, uses)
	d.Total = total("", uses)
	busy := slices.DeleteFunc(slices.Clone(list), func(d DayForm) bool { return d.Readers == 0 })
	d.PerDay = d.Total.Readers / max(int64(len(busy)), 1)
	for _, one := range []struct {
		name string
		of   func(DayForm) int64
	}{
		{v.t("Bạn đọc mỗi ngày"), func(d DayForm) int64 { return d.Readers }},
		{v.t("Lượt hỏi"), func(d DayForm) int64 { return d.Requests }},
		{v.t("Lượt gửi"), func(d DayForm) int64 { return d.Deliveries }},
		{v.t("Lượt xem khung tin"), func(d DayForm) int64 { return d.Views }},
	} {
		d.Plots = append(d.Plots, bars(one.name, list, one.of))
	}
	d.Outputs = shares(uses, func(u news.Use) string { return v.t(cmp.Or(outputTexts[u.Output], u.Output)) })
	d.ByTopic = shares(uses, func(u news.Use) string { return u.Channel })
	d.Hosts = shares(uses, func(u news.Use) string { return u.Partner })
	d.Readers = shares(uses, func(u news.Use) string {
		if u.Output == news.UsePush {
			return ""
		}
		return v.t(cmp.Or(readerTexts[u.Reader], u.Reader))
	})
	d.Query = url.Values{"days": {days}, "topic": {p.Topic}, "partner": {p.Partner}}.Encode()
	return v.ok("usage", face{Title: v.t("Thống kê"), Here: "usage", Data: d})
}

func (v *view) showUsageCSV() error {
	p, _, err := v.usagePeriod()
	if err != nil {
		return err
	}
	uses, err := v.o.Uses(v.Context(), v.who, p)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := writeUses(&b, uses); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="tinhub-statistics-`+p.From+`.csv"`)
	_, _ = v.w.Write(b.Bytes())
	return nil
}

// A plot is a bar for each day.
type plot struct {
	Name  string
	Bars  []bar
	Total int64
	Most  int64
	Begin string // the first day and the last, as people write them
	End   string
	Width int
}

// A bar is drawn in a box of plotHigh units.
type bar struct {
	X, Y, High int
	Day        string
	N          int64
}

// The measures of a plot, in units of its own: it is as wide as it is shown.
const (
	plotHigh = 100
	barWide  = 10
)

// bars draws the days of a period, in their order.
func bars(name string, days []DayForm, of func(DayForm) int64) plot {
	p := plot{Name: name, Width: barWide * len(days)}
	for _, d := range days {
		p.Most = max(p.Most, of(d))
	}
	for i, d := range days {
		n := of(d)
		high := int(plotHigh * n / max(p.Most, 1))
		if n > 0 {
			high = max(high, 2) // a little is not nothing
		}
		p.Bars = append(p.Bars, bar{X: i * barWide, Y: plotHigh - high, High: high, Day: shortDay(d.Day), N: n})
		p.Total += n
	}
	if len(p.Bars) > 0 {
		p.Begin, p.End = p.Bars[0].Day, p.Bars[len(p.Bars)-1].Day
	}
	return p
}

// shortDay is a day as people write it.
func shortDay(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.Format("02/01/2006")
}

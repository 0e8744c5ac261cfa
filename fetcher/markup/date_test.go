package markup

import (
	"os"
	"strings"
	"testing"
	"time"

	"tinhub/news"
)

var dateNow = time.Date(2026, 11, 24, 9, 0, 0, 0, Vietnam())

// TestDateSamples reads every vector of the domain's table of date forms.
func TestDateSamples(t *testing.T) {
	table, err := os.ReadFile("../../../shared/vn/samples/date_formats.tsv")
	if err != nil {
		t.Skipf("the domain's samples are not beside this repository: %v", err)
	}
	lines := strings.Split(strings.TrimSuffix(string(table), "\n"), "\n")[1:]
	for _, line := range lines {
		f := strings.Split(line, "\t")
		input, want, precision := f[0], f[1], news.Precision(f[2])
		if strings.HasPrefix(input, "%") { // a strftime pattern, its example stands in the second column
			input, want = want, "2023-06-16T16:35:00+07:00"
		}
		if precision == news.Relative {
			want = dateNow.Add(-26 * time.Minute).Format(time.RFC3339)
		}
		got, ok := Date(input, nil, dateNow)
		if !ok {
			t.Errorf("Date(%q): unknown, want %s", input, want)
			continue
		}
		layout := time.RFC3339
		if precision == news.Day {
			layout = time.DateOnly
		}
		if at := got.At.In(Vietnam()).Format(layout); at != want || got.Precision != precision {
			t.Errorf("Date(%q) = %s %s, want %s %s", input, at, got.Precision, want, precision)
		}
	}
}

func TestDate(t *testing.T) {
	for _, c := range []struct {
		in, want  string
		precision news.Precision
	}{
		// Vietnamese
		{"16/06/2023 4:35 CH", "2023-06-16T16:35:00+07:00", news.Minute},
		{"05/06/2023 9:05:10 SA", "2023-06-05T09:05:10+07:00", news.Second},
		{"05/06/2023 12:05 SA", "2023-06-05T00:05:00+07:00", news.Minute},
		{"16h35 ngày 16/6/2023", "2023-06-16T16:35:00+07:00", news.Minute},
		{"Cập nhật lúc 16:35, Thứ Sáu, ngày 16/06/2023", "2023-06-16T16:35:00+07:00", news.Minute},
		{"Chủ nhật, ngày 18 tháng 6 năm 2023", "2023-06-18T00:00:00+07:00", news.Day},
		{"18 Tháng Sáu, 2023", "2023-06-18T00:00:00+07:00", news.Day},
		{"18 Tháng Mười Hai 2023 07:15", "2023-12-18T07:15:00+07:00", news.Minute},
		{"CN, 18/06/2023 07:15 (GMT+7)", "2023-06-18T07:15:00+07:00", news.Minute},
		{"16.06.2023 16:35", "2023-06-16T16:35:00+07:00", news.Minute},
		{"Hôm qua, 16:35", "2026-11-23T16:35:00+07:00", news.Minute},
		{"3 giờ trước", "2026-11-24T06:00:00+07:00", news.Relative},
		{"2 ngày trước", "2026-11-22T09:00:00+07:00", news.Relative},
		{"Thu\u031b\u0301 Sáu, 16/06/2023", "2023-06-16T00:00:00+07:00", news.Day}, // NFD
		// a weekday decides what is ambiguous
		{"Thứ Hai, 05/06/2023 08:00", "2023-06-05T08:00:00+07:00", news.Minute},
		{"Sat, 05/06/2023 08:00", "2023-05-06T08:00:00+07:00", news.Minute},
		{"Monday, 5/6/2023 8:00 AM", "2023-06-05T08:00:00+07:00", news.Minute},
		{"13/6/2023 8:00:00 AM", "2023-06-13T08:00:00+07:00", news.Second},
		// zones
		{"Fri, 16 Jun 2023 16:35:00 +7", "2023-06-16T16:35:00+07:00", news.Second},
		{"Fri, 16 Jun 2023 16:35:00 UTC+07:00", "2023-06-16T16:35:00+07:00", news.Second},
		{"Fri, 16 Jun 2023 16:35:00 Z", "2023-06-16T23:35:00+07:00", news.Second},
		{"1686908100000", "2023-06-16T16:35:00+07:00", news.Second},
		// feedparser's forms
		{"Κυρ, 11 Ιούλ 2004 12:00:00 EST", "2004-07-11T17:00:00Z", news.Second},
		{"2004-július-13T9:15-05:00", "2004-07-13T14:15:00Z", news.Minute},
		{"-0312", "2003-12-01T00:00:00+07:00", news.Day},
		{"031231", "2003-12-31T00:00:00+07:00", news.Day},
		{"03-12-31", "2003-12-31T00:00:00+07:00", news.Day},
		{"-03-12", "2003-12-01T00:00:00+07:00", news.Day},
		{"03335", "2003-12-01T00:00:00+07:00", news.Day},
		{"20031231", "2003-12-31T00:00:00+07:00", news.Day},
		{"2003335", "2003-12-01T00:00:00+07:00", news.Day},
		{"2003-335", "2003-12-01T00:00:00+07:00", news.Day},
		{"20031231101455", "2003-12-31T10:14:55+07:00", news.Second},
		{"2003-12-31T10:14:55.1234Z", "2003-12-31T10:14:55Z", news.Second},
		{"2003-012-31T10:14:55+00:00", "2003-12-31T10:14:55Z", news.Second},
		{"2004-05-25 오후 11:23:17", "2004-05-25T23:23:17+07:00", news.Second},
		{"2004년 05월 28일  01:31:15", "2004-05-28T01:31:15+07:00", news.Second},
		{"Fri, 2006/09/15 08:19:53 EDT", "2006-09-15T12:19:53Z", news.Second},
		{"Thu, 30 Apr 2015 08:57:00 MEST", "2015-04-30T06:57:00Z", news.Second},
		{"Thu, 01 Jan 04 19:48:21 GMT", "2004-01-01T19:48:21Z", news.Second},
		{"Wed, 19 Aug 2009 18:28:00 Etc/GMT", "2009-08-19T18:28:00Z", news.Second},
		{"Wed, 19 Feb 2012 22:40:00 GMT-01:01", "2012-02-19T23:41:00Z", news.Second},
		{"Mon, 13 Feb, 2012 06:28:00 UTC", "2012-02-13T06:28:00Z", news.Second},
		{"Thu, 01 Jan 2004 00:00 GMT", "2004-01-01T00:00:00Z", news.Minute},
		{"Thu, 01 Jan 2004", "2004-01-01T00:00:00+07:00", news.Day},
		{"Mon, 26 January 2004 16:31:00 PT", "2004-01-27T00:31:00Z", news.Second},
		{"Thu Aug 30 2012 17:26:16 +0200", "2012-08-30T15:26:16Z", news.Second},
		{"Fri,24 Nov 2023 18:28:36 -0000", "2023-11-24T18:28:36Z", news.Second},
		{"Sun Jan  4 16:29:06 2004", "2004-01-04T16:29:06+07:00", news.Second},
		{"Sun Jul 15 01:16:00 +0000 2012", "2012-07-15T01:16:00Z", news.Second},
		{"Sun Jan  4 16:29:06 PST 2004", "2004-01-05T00:29:06Z", news.Second},
		{"2004-07-08 23:56:58 -00:20", "2004-07-09T00:16:58Z", news.Second},
		{"2004-07-08 23:56:58.0", "2004-07-08T23:56:58+07:00", news.Second},
		{"2003-12-31T10:14Z", "2003-12-31T10:14:00Z", news.Minute},
		{"2003-12-31T10Z", "2003-12-31T10:00:00Z", news.Minute},
		{"2003-12", "2003-12-01T00:00:00+07:00", news.Day},
		{"2003", "2003-01-01T00:00:00+07:00", news.Day},
		{"2004-02-28T18:14:55-08:00", "2004-02-29T02:14:55Z", news.Second},
		{"June 16, 2023 4:35 PM", "2023-06-16T16:35:00+07:00", news.Minute},
		{"16-Jun-2023", "2023-06-16T00:00:00+07:00", news.Day},
	} {
		got, ok := Date(c.in, nil, dateNow)
		want, err := time.Parse(time.RFC3339, c.want)
		if err != nil {
			t.Fatal(err)
		}
		if !ok || !got.At.Equal(want) || got.Precision != c.precision {
			t.Errorf("Date(%q) = %v %s %v, want %v %s", c.in, got.At, got.Precision, ok, c.want, c.precision)
		}
	}
}

func TestDateUnknown(t *testing.T) {
	for _, in := range []string{
		"", " ", "không rõ", "32/13/2026", "00/00/0000", "0000-00-00 00:00:00", "1970-01-01T00:00:00Z",
		"Thu, 01 Jan 1970 00:00:00 GMT", "0", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-99:99", "2003-12-31T25:14:55Z",
		"2003-12-31T10:61:55Z", "013", "2013-01-27-01", "2013-01-28T11:30:00-06:00Textra",
		"2013-xx-27", "2013-01-28T09:xx:00Z", "2013-01-28T09:00:00+00:xx", "Sun, 16 Dec 2012 1:2:3:4 GMT",
		"Sun, 16 zzz 2012 11:47:32 GMT", "Sun, Dec x 2012 11:47:32 GMT", "Sun, 16 Dec zz 11:47:32 GMT",
		"Sun, 16 Dec 2012 11:47:32 +zz:00", "Sun, 16 Dec 2012 11:47:32 +00:zz", "Sun, 99 Jun 2009 12:00:00 GMT",
		"Sun, 31 Dec 9999 23:59:59 -9999", "Thu, 01 Jan 0100 00:00:01 +0100", "16:35", "Thứ Sáu", strings.Repeat("1", 5000),
	} {
		if got, ok := Date(in, nil, dateNow); ok {
			t.Errorf("Date(%.60q) = %v, want unknown", in, got.At)
		}
	}
}

func TestDateUsesTheZoneOfTheSource(t *testing.T) {
	got, ok := Date("2023-06-16 16:35", time.UTC, dateNow)
	if want := time.Date(2023, 6, 16, 16, 35, 0, 0, time.UTC); !ok || !got.At.Equal(want) {
		t.Errorf("got %v, want %v", got.At, want)
	}
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{"Fri, 16 Jun 2023 16:35:00 GMT+7", "9/26/2026 9:20:00 AM", "Thứ Sáu, 16/06/2023 | 16:35",
		"26 phút trước", "2003-012-31T10:14:55+00:00", "1686908100", "Sun Jan  4 16:29:06 2004"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, ok := Date(s, nil, dateNow)
		if !ok {
			return
		}
		if y := m.At.Year(); y < firstYear || y > lastYear || m.Precision == "" {
			t.Errorf("Date(%q) = %v %q", s, m.At, m.Precision)
		}
		again, ok := Date(m.At.Format(time.RFC3339), nil, dateNow)
		if !ok || !again.At.Equal(m.At.Truncate(time.Second)) {
			t.Errorf("Date(%q) = %v, written and read again %v", s, m.At, again.At)
		}
	})
}

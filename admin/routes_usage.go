package admin

import (
	"bytes"
	"net/http"
	"slices"
	"strings"

	"tinhub/news"
)

func usageRoutes() []route {
	period := []param{
		{name: "from", in: "query", kind: "date", about: "The first day, in the site's zone; 30 days unless given."},
		{name: "to", in: "query", kind: "date", about: "The last day; today unless given."},
		{name: "topic", in: "query", kind: "string", about: "Only what was asked of a topic: its id, provinces/SLUG, or tat-ca."},
		{name: "partner", in: "query", kind: "string", about: "Only what was asked by a partner's key or from his pages."},
	}
	return []route{
		{method: "GET", path: "/statistics", name: "listStatistics", level: Read, params: queries(period...), answer: page[UseForm]{}, status: http.StatusOK,
			summary: "What was asked of the outputs, by day, topic, output, reader and partner. Readers are counted and not remembered.",
			do: func(q *call) (any, error) {
				uses, _, err := q.uses()
				if err != nil {
					return nil, err
				}
				var list []UseForm
				for _, u := range uses {
					if f := useForm(u); q.after() == "" || compareCursors(f.cursor(), q.after()) > 0 {
						list = append(list, f)
					}
					if len(list) > q.limit() {
						break
					}
				}
				return cut(list, q.limit(), UseForm.cursor), nil
			}},
		{method: "GET", path: "/statistics/days", name: "listStatisticsDays", level: Read, params: period, answer: page[DayForm]{}, status: http.StatusOK,
			summary: "The same day by day, in which each reader counts once however many outputs he has.",
			do: func(q *call) (any, error) {
				uses, p, err := q.uses()
				return pageOf(daily(p, uses), ""), err
			}},
		{method: "GET", path: "/statistics.csv", name: "exportStatistics", level: Read, params: period, media: "text/csv", status: http.StatusOK,
			summary: "The same as a table.",
			do: func(q *call) (any, error) {
				uses, _, err := q.uses()
				var b bytes.Buffer
				if err == nil {
					err = writeUses(&b, uses)
				}
				return b.Bytes(), err
			}},
	}
}

// compareCursors orders cursors as rows are ordered.
func compareCursors(a, b string) int {
	return slices.Compare(strings.Split(a, "|"), strings.Split(b, "|"))
}

func (q *call) uses() ([]news.Use, Period, error) {
	p, err := q.o.period(q.values["from"], q.values["to"], q.values["topic"], q.values["partner"], periodDefault)
	if err != nil {
		return nil, p, err
	}
	uses, err := q.o.Uses(q.Context(), q.who, p)
	return uses, p, err
}

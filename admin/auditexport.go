package admin

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"time"

	"tinhub/news"
)

// everyDecision walks the audit log, latest first; zero times are open.
func (o *Office) everyDecision(ctx context.Context, w Who, from, to time.Time, give func(news.Decision) error) error {
	for cursor := ""; ; {
		list, next, err := o.Decisions(ctx, w, from, to, cursor, mostPage)
		if err != nil {
			return err
		}
		for _, d := range list {
			if err := give(d); err != nil {
				return err
			}
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}

// auditCSV writes the log as a table.
func (o *Office) auditCSV(ctx context.Context, w Who, from, to time.Time) func(io.Writer) error {
	return func(table io.Writer) error {
		out := csv.NewWriter(table)
		_ = out.Write([]string{"at", "who", "what", "subject", "reason", "before", "after"})
		err := o.everyDecision(ctx, w, from, to, func(d news.Decision) error {
			return out.Write([]string{d.At.Format(time.RFC3339), cell(d.Who), cell(d.What), cell(d.Subject), cell(d.Reason), cell(string(d.Before)), cell(string(d.After))})
		})
		if err != nil {
			return err
		}
		out.Flush()
		return out.Error()
	}
}

// auditLines writes it as JSON, a decision a line, with what was before and after.
func (o *Office) auditLines(ctx context.Context, w Who, from, to time.Time) func(io.Writer) error {
	return func(out io.Writer) error {
		e := json.NewEncoder(out)
		return o.everyDecision(ctx, w, from, to, func(d news.Decision) error { return e.Encode(d) })
	}
}

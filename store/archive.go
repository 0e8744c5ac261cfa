package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tinhub/news"
)

// walkMost is how many stories are looked through for the next one of a channel
// that is not ordered by date.
const walkMost = 20_000

// Between lists the stories of a channel that are dated from a time up to
// another (exclusive), newest first: limit of them behind the first skip.
func (d *Desk) Between(ctx context.Context, channel string, order news.Order, from, to time.Time, skip, limit int) ([]news.Story, error) {
	span := Span{From: TimeSort(from), To: TimeSort(to), Reverse: true, Limit: skip + limit}
	if byDate(order) {
		hits, err := d.core.Range(ctx, DeskPartition, indexChannel(channel), span)
		if err != nil {
			return nil, fmt.Errorf("list channel %s by date: %w", channel, err)
		}
		return d.stories(ctx, hits[min(skip, len(hits)):])
	}
	stories, err := d.filed(ctx, channel, span, skip+limit)
	return stories[min(skip, len(stories)):], err
}

// Beside gives the dates of the newest story of a channel before a time and of
// the oldest one at another or after it; zero where there is none.
func (d *Desk) Beside(ctx context.Context, channel string, order news.Order, before, after time.Time) (older, newer time.Time, err error) {
	for _, side := range []struct {
		span Span
		at   *time.Time
	}{
		{Span{To: TimeSort(before), Reverse: true, Limit: 1}, &older},
		{Span{From: TimeSort(after), Limit: 1}, &newer},
	} {
		if byDate(order) {
			hits, err := d.core.Range(ctx, DeskPartition, indexChannel(channel), side.span)
			if err != nil {
				return older, newer, fmt.Errorf("list channel %s by date: %w", channel, err)
			}
			if len(hits) > 0 {
				digits, _, _ := strings.Cut(hits[0].Sort, ".")
				*side.at = sortTime(digits)
			}
			continue
		}
		stories, err := d.filed(ctx, channel, side.span, 1)
		if err != nil {
			return older, newer, err
		}
		if len(stories) > 0 {
			*side.at = sortTime(datedStory(&stories[0]))
		}
	}
	return older, newer, nil
}

// byDate says whether a channel's sort keys begin with the date.
func byDate(order news.Order) bool { return order == news.Newest || order == "" }

// filed walks all stories by date for those that a channel shows.
func (d *Desk) filed(ctx context.Context, channel string, span Span, limit int) ([]news.Story, error) {
	var out []news.Story
	span.Limit = loadPage
	for range walkMost / loadPage {
		hits, err := d.core.Range(ctx, DeskPartition, indexDated, span)
		if err != nil {
			return nil, fmt.Errorf("walk the stories by date: %w", err)
		}
		stories, err := d.stories(ctx, hits)
		if err != nil {
			return nil, err
		}
		for _, s := range stories {
			if slices.ContainsFunc(s.Filings, func(f news.Filing) bool { return f.Channel == channel && f.In }) {
				if out = append(out, s); len(out) == limit {
					return out, nil
				}
			}
		}
		if len(hits) < span.Limit {
			break
		}
		span.After = &hits[len(hits)-1]
	}
	return out, nil
}

package admin

import (
	"context"
	"time"

	"tinhub/news"
)

// Desk is where editors leave what they decide about stories. The curator acts on
// it, here or in another process.
type Desk interface {
	// Curations reads what editors decided about stories, in their order; one about
	// which nothing was decided has version 0.
	Curations(ctx context.Context, stories ...string) ([]news.Curation, error)
	// Curate writes it where it is at c.Version; news.ErrConflict: it was changed in
	// the meantime.
	Curate(ctx context.Context, c news.Curation) (version int64, err error)
}

// Orders are what the curator is told to make of stories.
type Orders interface {
	// Order leaves an order for whoever files stories.
	Order(ctx context.Context, o news.Instruction) error
	// StoriesOf gives the stories that articles are in; one without has an empty ID.
	StoriesOf(ctx context.Context, articles ...string) ([]news.Story, error)
	// Orders lists those that nobody acted on yet.
	Orders(ctx context.Context, limit int) ([]news.Instruction, error)
}

// Takedowns are articles that are no more, or may be.
type Takedowns interface {
	// Order puts the news on the wire that an article is gone, or back.
	Order(ctx context.Context, e news.Entry) error
	// Missing lists the articles that were found missing once and are looked at again
	// before a time; one that is not kept any more has an empty ID.
	Missing(ctx context.Context, before time.Time, limit int) ([]news.Recheck, []news.Article, error)
}

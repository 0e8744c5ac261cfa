package admin

import (
	"context"

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

package curator

import (
	"context"
	"time"

	"tinhub/news"
)

// A Match is an article that was compared with another one.
type Match struct {
	Article string
	Same    bool    // they tell the same text
	Score   float64 // how much of the shorter text the longer one has, 0 to 1
	Reason  string  // a sentence
	Short   bool    // one of the texts is too short to weigh against
}

// A Grouper knows which articles tell the same text. Only the filer asks it,
// from one goroutine and under one lease, so that two near-simultaneous copies
// end in one story. It knows nothing of stories: those are the desk's.
type Grouper interface {
	// Match compares an article with those that may tell the same, and returns
	// the comparisons, the likeliest first.
	Match(ctx context.Context, a news.Article) ([]Match, error)
	// Compare compares an article with others, in their order; one that is not
	// stored any more has no Article.
	Compare(ctx context.Context, a news.Article, with ...string) ([]Match, error)
	// Learn tells of an article as it reads now; the same may be told again.
	Learn(a news.Article)
	// Window is how far back it wants to be told, by Learn, what is stored before
	// it is first asked under a new lease; 0: nothing.
	Window() time.Duration
}

// Alone is the Grouper to whom every article is a story of its own.
type Alone struct{}

// Match finds nothing.
func (Alone) Match(context.Context, news.Article) ([]Match, error) { return nil, nil }

// Compare compares nothing.
func (Alone) Compare(_ context.Context, _ news.Article, with ...string) ([]Match, error) {
	return make([]Match, len(with)), nil
}

// Learn has nothing to remember.
func (Alone) Learn(news.Article) {}

// Window is nothing.
func (Alone) Window() time.Duration { return 0 }

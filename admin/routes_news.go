package admin

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tinhub/news"
)

// badCursor tells of a cursor that was not given by us as what it is: a bad
// parameter, and not a missing thing.
func badCursor(err error) error {
	if errors.Is(err, news.ErrNotFound) {
		return faultf(Invalid, "after is none that was given as next, or is past its time: begin without it")
	}
	return err
}

func storyRoutes() []route {
	ids := []param{pathID}
	topic := param{name: "topic", in: "query", kind: "string", about: "Only those that a topic shows, in its order: its id, provinces/SLUG, or tat-ca."}
	address := param{name: "url", in: "query", kind: "string", about: "Only the one at this address, however it is written."}
	return []route{
		{method: "GET", path: "/stories", name: "listStories", level: Read, params: queries(topic), answer: page[news.Story]{}, status: http.StatusOK,
			summary: "Stories, newest first, or those of a topic.",
			do:      (*call).stories},
		{method: "GET", path: "/stories/{id}", name: "getStory", level: Read, params: ids, answer: news.Story{}, status: http.StatusOK,
			summary: "One story, also by the id of one that became part of it.",
			do: func(q *call) (any, error) {
				s, err := q.o.deps.Stories.Find(q.Context(), q.id())
				if err != nil {
					return nil, err
				}
				if s[0].ID == "" {
					return nil, faultf(Missing, "there is no story %.80q", q.id())
				}
				return sealed(s[0]), nil
			}},
		{method: "GET", path: "/articles", name: "listArticles", level: Read, params: queries(address), answer: page[news.Article]{}, status: http.StatusOK,
			summary: "Articles, story by story, newest first, or the one at an address.",
			do:      (*call).articles},
		{method: "GET", path: "/articles/{id}", name: "getArticle", level: Read, params: ids, answer: news.Article{}, status: http.StatusOK,
			summary: "One article with its revisions; of one that was withdrawn nothing of what it said.",
			do: func(q *call) (any, error) {
				a, err := q.o.deps.Stories.Articles(q.Context(), q.id())
				if err != nil && !errors.Is(err, news.ErrNotFound) {
					return nil, err
				}
				if err != nil || a[0].ID == "" {
					return nil, faultf(Missing, "there is no article %.80q", q.id())
				}
				return a[0].Sealed(), nil
			}},
		{method: "POST", path: "/articles/{id}/evidence", name: "openEvidence", level: Admin, params: ids, body: Opening{}, answer: news.Article{}, status: http.StatusOK,
			summary: "What a withdrawn article said, as it is kept sealed. Who reads it, and why, stands in the audit log.",
			do:      (*call).evidence},
		{method: "GET", path: "/articles/{id}/explain", name: "explainArticle", level: Read, params: ids, answer: json.RawMessage(nil), status: http.StatusOK,
			summary: "Where an article came from, its story and why, and for each topic why it is in or out.",
			do: func(q *call) (any, error) {
				a, err := q.o.deps.Curator.Find(q.Context(), q.id())
				if err != nil {
					return nil, err
				}
				return q.o.deps.Curator.Explain(q.Context(), a)
			}},
	}
}

// An Opening of what is sealed needs a reason.
type Opening struct {
	Reason string `json:"reason"`
}

func (q *call) evidence() (any, error) {
	in, err := into[Opening](q.body)
	if err != nil {
		return nil, err
	}
	if in.Reason = strings.TrimSpace(in.Reason); in.Reason == "" {
		return nil, faultf(Invalid, "say in reason why the evidence is looked at: it stands in the audit log")
	}
	var a news.Article
	err = news.ErrNotFound
	if _, ok := news.Shard(q.id()); ok {
		a, err = q.o.deps.Sealed.Sealed(q.Context(), q.id())
	}
	switch {
	case errors.Is(err, news.ErrNotFound):
		return nil, faultf(Missing, "nothing is sealed of an article %.80q: it was not withdrawn, or it is past keep.audit", q.id())
	case err != nil:
		return nil, err
	}
	return a, q.o.note(q.Context(), q.who.Name, "article.evidence", a.ID, nil, nil, in.Reason)
}

func (q *call) stories() (any, error) {
	if c := q.values["topic"]; c != "" {
		list, next, err := q.o.deps.Stories.Page(q.Context(), c, q.after(), q.limit())
		return pageOf(list, next), badCursor(err)
	}
	list, err := q.o.deps.Stories.Stories(q.Context(), q.after(), time.Time{}, q.limit()+1)
	for i := range list {
		list[i] = sealed(list[i])
	}
	return cut(list, q.limit(), func(s news.Story) string { return s.ID }), badCursor(err)
}

// sealed is a story without what it said, if it was withdrawn.
func sealed(s news.Story) news.Story {
	if !s.Withdrawn.IsZero() {
		s.Lede, s.Image = "", ""
	}
	return s
}

// articles are listed by walking the stories that they tell. A cursor is a story
// and how many of its members were listed.
func (q *call) articles() (any, error) {
	if address := q.values["url"]; address != "" {
		a, err := q.o.deps.Curator.Find(q.Context(), address)
		if f := faultOf(err); f != nil && f.Kind == Missing {
			return pageOf[news.Article](nil, ""), nil
		}
		return pageOf([]news.Article{a.Sealed()}, ""), err
	}
	ids, next, err := q.walk()
	if err != nil || len(ids) == 0 {
		return pageOf[news.Article](nil, next), err
	}
	list, err := q.o.deps.Stories.Articles(q.Context(), ids...)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(a news.Article) bool { return a.ID == "" })
	for i := range list {
		list[i] = list[i].Sealed()
	}
	return pageOf(list, next), nil
}

func (q *call) walk() (ids []string, next string, err error) {
	after, skip := q.after(), 0
	var stories []news.Story
	if id, n, ok := strings.Cut(after, "."); ok {
		if skip, err = strconv.Atoi(n); err != nil || skip < 0 {
			return nil, "", badCursor(news.ErrNotFound)
		}
		if stories, err = q.o.deps.Stories.Find(q.Context(), id); err != nil {
			return nil, "", err
		}
		if stories[0].ID != id {
			return nil, "", badCursor(news.ErrNotFound)
		}
		after = id
	}
	more, err := q.o.deps.Stories.Stories(q.Context(), after, time.Time{}, q.limit()+1)
	if err != nil {
		return nil, "", badCursor(err)
	}
	for _, s := range append(stories, more...) {
		for i, m := range s.Members[min(skip, len(s.Members)):] {
			if len(ids) == q.limit() {
				return ids, s.ID + "." + strconv.Itoa(skip+i), nil
			}
			ids = append(ids, m.Article)
		}
		skip = 0
	}
	return ids, "", nil
}

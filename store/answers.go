package store

import (
	"context"
	"encoding/json"
	"time"
)

// Answers keeps what requests with an Idempotency-Key were answered, so that one
// whose reply was lost is answered again and not done again.
type Answers struct{ core Core }

// NewAnswers makes the facet over an engine.
func NewAnswers(core Core) *Answers { return &Answers{core} }

// answered is one record.
type answered struct {
	Until time.Time `json:"until"`
	Value []byte    `json:"value,omitempty"`
}

// Claim stores a value under a key where nothing stands, or what stands there is
// past its time; otherwise it gives what stands there. Of many at once one claims.
func (a *Answers) Claim(ctx context.Context, key string, value []byte, now, until time.Time) (stands []byte, claimed bool, err error) {
	for {
		recs, err := a.core.Get(ctx, refOf(AdminPartition, keyAnswer(key)))
		if err != nil {
			return nil, false, wrap("look for an answer", err)
		}
		step := Step{If: Absent, Expires: until}
		if r := recs[0]; r.Version != 0 {
			var old answered
			if err := decode(AdminPartition, r, &old); err != nil {
				return nil, false, err
			}
			if now.Before(old.Until) {
				return old.Value, false, nil
			}
			step.If, step.Version = At, r.Version
		}
		applied, err := a.write(ctx, key, value, step)
		if err != nil || applied {
			return nil, applied, err
		}
	}
}

// Settle replaces what stands under a key.
func (a *Answers) Settle(ctx context.Context, key string, value []byte, until time.Time) error {
	_, err := a.write(ctx, key, value, Step{Expires: until})
	return err
}

func (a *Answers) write(ctx context.Context, key string, value []byte, step Step) (bool, error) {
	data, err := json.Marshal(answered{step.Expires, value})
	if err != nil {
		return false, wrap("keep an answer", err)
	}
	step.Op, step.Key, step.Value = Put, keyAnswer(key), data
	r, err := a.core.Commit(ctx, Batch{Partition: AdminPartition, Steps: []Step{step}})
	if err != nil {
		return false, wrap("keep an answer", err)
	}
	return r.Results[0].Applied, nil
}

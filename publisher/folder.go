package publisher

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tinhub/news"
)

// The data folder keeps the outputs as last served, one file a channel (what they
// say of themselves as a line of JSON, then their bytes), and the
// epoch of the store that they came from. A restart while the store is away
// serves them; a store that was emptied is recognised by its epoch.
const (
	folderSuffix = ".outputs"
	epochFile    = "epoch"
)

// firstLook is how long a start waits for the store before it serves what the
// folder holds.
const firstLook = 2 * time.Second

// begin serves from what the folder and the store hold the newer of each, at
// once: the folder is written every few seconds, so that after a kill it is older
// than what readers saw, and a store that was emptied is older than the folder.
func (p *Publisher) begin(ctx context.Context) {
	kept := p.readFolder()
	revisions := map[string]int64{}
	for _, o := range kept {
		revisions[o.Channel] = max(revisions[o.Channel], o.Revision)
	}
	ctx, cancel := context.WithTimeout(ctx, firstLook)
	defer cancel()
	stored, err := p.deps.Outputs.Channels(ctx)
	for _, id := range sortedIDs(stored) {
		if stored[id] > revisions[id] {
			outputs, unread := p.deps.Outputs.Load(ctx, id)
			kept, err = append(kept, outputs...), errors.Join(err, unread)
		}
	}
	if err != nil {
		p.log.Warn("not all stored outputs can be read yet; those of the last run are served meanwhile", "err", err)
	}
	p.memory.install(kept...)
	for id, revision := range revisions {
		if c := p.memory.channel(id); c.revision() == revision {
			p.saved[id] = c
		}
	}
}

// readFolder reads what the folder holds. A file that is torn or was changed is
// left out: rendering makes it anew.
func (p *Publisher) readFolder() (kept []news.Output) {
	if p.opt.Folder == "" {
		return nil
	}
	files, err := os.ReadDir(p.opt.Folder)
	if err != nil {
		if !os.IsNotExist(err) {
			p.log.Warn("the last outputs cannot be read", "folder", p.opt.Folder, "err", err)
		}
		return nil
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), folderSuffix) {
			continue
		}
		outputs, err := readOutputs(filepath.Join(p.opt.Folder, f.Name()))
		if err != nil {
			p.log.Warn("outputs left out", "file", f.Name(), "err", err)
			continue
		}
		kept = append(kept, outputs...)
	}
	if epoch, err := os.ReadFile(filepath.Join(p.opt.Folder, epochFile)); err == nil {
		p.epochMu.Lock()
		p.epoch = string(epoch)
		p.epochMu.Unlock()
	}
	return kept
}

// readOutputs reads one channel and checks its bytes against their ETags.
func readOutputs(file string) ([]news.Output, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	head, data, _ := bytes.Cut(data, []byte("\n"))
	var kept []keptOutput
	if err := json.Unmarshal(head, &kept); err != nil {
		return nil, fmt.Errorf("not whole: %w", err)
	}
	outputs := make([]news.Output, len(kept))
	for i, k := range kept {
		o := &outputs[i]
		*o = k.Output
		n := min(max(k.Size, 0), len(data))
		o.Body, data = data[:n:n], data[n:]
		if tagOf(o.Body) != o.ETag {
			return nil, fmt.Errorf("%s of %s is torn, or was changed on the disk", o.Format, o.Channel)
		}
	}
	return outputs, nil
}

// keptOutput is what a file says of one output.
type keptOutput struct {
	news.Output
	Size int `json:"size"`
}

// keepOutputs writes one channel. The outputs' bytes are not copied for that.
func keepOutputs(file string, outputs []news.Output) error {
	kept, pieces := make([]keptOutput, len(outputs)), make([][]byte, 1, 1+len(outputs))
	for i, o := range outputs {
		kept[i] = keptOutput{o, len(o.Body)}
		pieces = append(pieces, o.Body)
	}
	head, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	pieces[0] = append(head, '\n')
	return replaceFile(file, unflushed, pieces...)
}

// saveFolder writes the channels that changed since they were last written.
func (p *Publisher) saveFolder() {
	if p.opt.Folder == "" {
		return
	}
	if err := os.MkdirAll(p.opt.Folder, 0o755); err != nil {
		p.log.Warn("the last outputs cannot be kept", "err", err)
		return
	}
	for id, c := range p.memory.all() {
		if p.saved[id] == c {
			continue
		}
		err := keepOutputs(filepath.Join(p.opt.Folder, url.PathEscape(id)+folderSuffix), c.outputs())
		if err != nil {
			p.log.Warn("the last outputs cannot be kept", "channel", id, "err", err)
			return
		}
		p.saved[id] = c
	}
	if epoch := p.knownEpoch(); epoch != "" {
		if err := replaceFile(filepath.Join(p.opt.Folder, epochFile), unflushed, []byte(epoch)); err != nil {
			p.log.Warn("the store's epoch cannot be kept", "err", err)
		}
	}
}

// meet takes note of the store's epoch. Another one than before, while there are
// outputs, means that the store was emptied or restored: it fills from the
// sources again, and meanwhile a channel is not replaced by a shorter one, so
// that readers and subscribers do not see everything go and come back.
func (p *Publisher) meet(epoch string) {
	p.epochMu.Lock()
	defer p.epochMu.Unlock()
	if p.epoch != epoch && len(p.memory.all()) > 0 && p.epoch != "" {
		p.settling = p.now().Add(p.opt.Settle)
		p.log.Warn("the store was emptied or restored; outputs are kept until it is full again", "at most until", p.settling)
	}
	p.epoch = epoch
}

func (p *Publisher) knownEpoch() string {
	p.epochMu.Lock()
	defer p.epochMu.Unlock()
	return p.epoch
}

// filling says that the store was emptied and may not be full yet.
func (p *Publisher) filling() bool {
	p.epochMu.Lock()
	defer p.epochMu.Unlock()
	return p.now().Before(p.settling)
}

// settled is true once after the store had its time to fill.
func (p *Publisher) settled() bool {
	p.epochMu.Lock()
	defer p.epochMu.Unlock()
	if p.settling.IsZero() || p.now().Before(p.settling) {
		return false
	}
	p.settling = time.Time{}
	return true
}

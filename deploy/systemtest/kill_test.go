package systemtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	"baoxue.internal/pkg/testkit"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
)

// killDatabase ends PostgreSQL as a loss of power does.
func (p *program) killDatabase() {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.data, "postgres", "postmaster.pid"))
	if err != nil {
		p.t.Fatal(err)
	}
	first, _, _ := bytes.Cut(text, []byte("\n"))
	pid, err := strconv.Atoi(string(first))
	if err != nil {
		p.t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		p.t.Fatal(err)
	}
}

// load is clerks who save finding after finding, and send again what got no answer.
type load struct {
	t     *testing.T
	token string
	// acknowledged tells of every save that was answered.
	acknowledged chan struct{}
	stop         chan struct{}
	group        sync.WaitGroup

	mu    sync.Mutex
	base  string
	moved chan struct{}
	// saved are the answers, by entry and in order.
	saved map[string][]*verificationv1.Finding
}

// at says where the program is now, and when that has changed.
func (l *load) at() (base string, moved chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.base, l.moved
}

func (l *load) move(base string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.base = base
	close(l.moved)
	l.moved = make(chan struct{})
}

// clerk saves revision after revision of its entries, each until it is answered.
func (l *load) clerk(ctx context.Context, entries []string) {
	for n := 0; ; n++ {
		select {
		case <-l.stop:
			return
		default:
		}
		entry, revision := entries[n%len(entries)], n/len(entries)
		finding := l.save(ctx, entry, revision)
		if finding == nil {
			return
		}
		l.mu.Lock()
		l.saved[entry] = append(l.saved[entry], finding)
		l.mu.Unlock()
		l.acknowledged <- struct{}{}
	}
}

func (l *load) save(ctx context.Context, entry string, revision int) *verificationv1.Finding {
	body, err := json.Marshal(map[string]any{
		"baseRevision": revision, "requestId": fmt.Sprintf("%s-%d", entry, revision),
		"dropout": map[string]string{"code": fmt.Sprintf("A%d", 1+revision%7), "witness": "王老师", "witnessDate": "2019-07-17"},
	})
	if err != nil {
		l.t.Error(err)
		return nil
	}
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		base, moved := l.at()
		answer, status, err := post(ctx, base+"/v1/entries/"+entry+"/findings", l.token, body)
		switch {
		case err == nil && status == http.StatusOK:
			f := &verificationv1.Finding{}
			if err := protojson.Unmarshal(answer, f); err != nil {
				l.t.Error(err)
				return nil
			}
			return f
		case err == nil && status < http.StatusInternalServerError:
			l.t.Errorf("%s, revision %d: %d %s", entry, revision, status, answer)
			return nil
		case ctx.Err() != nil:
			l.t.Error(ctx.Err())
			return nil
		}
		// Not answered: whether it was saved is for the request id to tell.
		select {
		case <-moved:
		case <-again.C:
		case <-ctx.Done():
		}
	}
}

func post(ctx context.Context, url, token string, body []byte) (answer []byte, status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer resp.Body.Close() //nolint:errcheck // only read from
	var text bytes.Buffer
	_, err = text.ReadFrom(resp.Body)
	return text.Bytes(), resp.StatusCode, err
}

// begin lets clerks of the county work who save all the time.
func begin(ctx context.Context, county overREST) *load {
	county.t.Helper()
	const clerks, each = 8, 3
	page := county.list(&ledgerv1.ListEntriesRequest{Tab: ledgerv1.Tab_TAB_PENDING, PageSize: clerks * each})
	if len(page.GetEntries()) < clerks*each {
		county.t.Fatalf("the county has %d entries", len(page.GetEntries()))
	}
	l := &load{
		t: county.t, token: county.token, base: county.base, moved: make(chan struct{}), saved: map[string][]*verificationv1.Finding{},
		acknowledged: make(chan struct{}, 1<<20), stop: make(chan struct{}),
	}
	for clerk := range clerks {
		var entries []string
		for _, e := range page.GetEntries()[clerk*each : (clerk+1)*each] {
			entries = append(entries, e.GetId())
		}
		l.group.Go(func() { l.clerk(ctx, entries) })
	}
	return l
}

// answers waits for so many saves from now on.
func (l *load) answers(ctx context.Context, n int) {
	l.t.Helper()
	for len(l.acknowledged) > 0 {
		<-l.acknowledged
	}
	for range n {
		select {
		case <-l.acknowledged:
		case <-ctx.Done():
			l.t.Fatal("too few are answered")
		}
	}
}

// end lets every clerk finish the save begun.
func (l *load) end() {
	close(l.stop)
	l.group.Wait()
}

// All of it is killed at once while clerks save. Every save that was answered is there
// afterwards, once and in its place, and every event is applied once.
func TestNoAnsweredSaveIsLost(t *testing.T) {
	p := newProgram(t)
	ctx := testkit.Context(t)
	book, _ := generated(t, 3000, 77)
	p.asProvince().importFile("下发台账.xlsx", book)
	county := overREST{t, p.http, p.login(t, "xihu")}
	l := begin(ctx, county)
	for _, kill := range []func(){p.kill, func() { p.killDatabase(); p.kill() }, p.kill} {
		l.answers(ctx, 100)
		kill()
		p.start()
		l.move(p.http)
	}
	l.answers(ctx, 50)
	l.end()
	county.base = p.http
	l.compare(county)
	closeAndCompare(t, p.asProvince())
}

// compare looks for every answer where it belongs, in both services.
func (l *load) compare(county overREST) {
	total := 0
	for entry, saved := range l.saved {
		var list verificationv1.ListFindingsResponse
		county.ok(&list, "/v1/entries/"+entry+"/findings")
		found := list.GetFindings()
		if len(found) != len(saved) {
			l.t.Errorf("%s: %d findings, %d were answered", entry, len(found), len(saved))
			continue
		}
		for i, f := range saved {
			if there := found[len(found)-1-i]; there.GetId() != f.GetId() || int(there.GetRevision()) != i+1 {
				l.t.Errorf("%s: revision %d is %v, answered was %v", entry, i+1, there, f)
			}
		}
		total += len(saved)
		county.applied(entry, len(saved), saved[len(saved)-1].GetCode())
	}
	l.t.Logf("%d saves answered", total)
}

// applied waits until the ledger has every revision, and has it once.
func (c overREST) applied(entry string, revisions int, code string) {
	c.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for ctx := testkit.Context(c.t); ; {
		var history ledgerv1.ListEntryHistoryResponse
		c.ok(&history, "/v1/entries/"+entry+"/history")
		var got []int
		newest := ""
		for _, change := range history.GetChanges() {
			if change.GetRevision() > 0 {
				got, newest = append(got, int(change.GetRevision())), change.GetCode()
			}
		}
		if len(got) > revisions {
			c.t.Fatalf("%s: the ledger has revisions %v of %d", entry, got, revisions)
		}
		if len(got) == revisions && newest == code {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			c.t.Fatalf("%s: the ledger has revisions %v of %d", entry, got, revisions)
		}
	}
}

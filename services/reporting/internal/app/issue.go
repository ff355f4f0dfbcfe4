package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/reporting/internal/domain"
)

// IssueStore keeps the bulletins.
type IssueStore interface {
	// Issues are a month's versions in their order.
	Issues(ctx context.Context, m domain.Month) ([]domain.Issue, error)
	// LastIssued is the newest issued bulletin; false before the first.
	LastIssued(ctx context.Context) (domain.Issue, bool, error)
	// WithIssues runs fn while nobody else works on a month's bulletin or takes a number.
	WithIssues(ctx context.Context, m domain.Month, fn func(IssueTx) error) error
}

// IssueTx is one step of a bulletin.
type IssueTx interface {
	Issues(ctx context.Context) ([]domain.Issue, error)
	Snapshot(ctx context.Context) (Snapshot, error)
	SaveDraft(ctx context.Context, i domain.Issue) (domain.Issue, error)
	Sign(ctx context.Context, i domain.Issue) (domain.Issue, error)
	// NextNumber is the next one of a year.
	NextNumber(ctx context.Context, year int) (int, error)
	Issue(ctx context.Context, i domain.Issue) (domain.Issue, error)
}

// Issuing are the use cases of the bulletin.
type Issuing struct {
	Store   IssueStore
	Show    Show
	Reports Reports
	// Page and Word write the bulletin as an official document, to print and as a .docx.
	Page, Word func(domain.Bulletin, io.Writer) error
	// Workbook writes the figures behind it as an .xlsx, with what was corrected since the close.
	Workbook func(Snapshot, []domain.Correction, io.Writer) error
}

var (
	errMonthOpen = fault.New(fault.Precondition, "MONTH_NOT_CLOSED", "该月份尚未结账，不能起草通报")
	errNoDraft   = fault.New(fault.Precondition, "BULLETIN_STATE", "没有待办的通报，请先起草")
)

// Draft is what a bulletin is drafted with.
type Draft struct {
	// Text and Requirements, when empty, are those of the last bulletin.
	Text         string
	Requirements []string
	ChangeNote   string
}

// Draft saves the draft of a month's bulletin; what was signed before is to be signed again.
func (u Issuing) Draft(ctx context.Context, month string, d Draft, author string) (domain.Issue, error) {
	return u.step(ctx, month, func(tx IssueTx, issues []domain.Issue) (domain.Issue, error) {
		snapshot, err := tx.Snapshot(ctx)
		if err != nil {
			return domain.Issue{}, err
		}
		if snapshot.State != domain.Closed {
			return domain.Issue{}, errMonthOpen
		}
		version := len(issues) + 1
		if last, ok := newest(issues); ok && last.State != domain.Issued {
			version = last.Version
		}
		beginning, err := u.Beginning(ctx)
		if err != nil {
			return domain.Issue{}, err
		}
		if len(d.Requirements) == 0 {
			d.Requirements = beginning.Requirements
		}
		if strings.TrimSpace(d.Text) == "" {
			d.Text = beginning.Text
		}
		if err := domain.CheckDraft(version, d.Text, d.Requirements, d.ChangeNote); err != nil {
			return domain.Issue{}, err
		}
		return tx.SaveDraft(ctx, domain.Issue{
			Month: snapshot.Month, Version: version, Snapshot: snapshot.Number, Text: d.Text, Requirements: d.Requirements,
			ChangeNote: strings.TrimSpace(d.ChangeNote), Drafter: author,
		})
	})
}

// Beginning is what the next bulletin begins with: the text and the requirements of the last.
func (u Issuing) Beginning(ctx context.Context) (Draft, error) {
	last, ok, err := u.Store.LastIssued(ctx)
	if err != nil {
		return Draft{}, err
	}
	beginning := Draft{Text: domain.StandardText, Requirements: domain.StandardRequirements}
	if ok {
		beginning.Requirements = last.Requirements
		if last.Text != "" {
			beginning.Text = last.Text
		}
	}
	return beginning, nil
}

// Sign approves the draft.
func (u Issuing) Sign(ctx context.Context, month, author string) (domain.Issue, error) {
	return u.step(ctx, month, func(tx IssueTx, issues []domain.Issue) (domain.Issue, error) {
		last, ok := newest(issues)
		if !ok || last.State != domain.Draft {
			return last, errNoDraft
		}
		last.Signer = author
		return tx.Sign(ctx, last)
	})
}

// Issue gives the signed bulletin its number and freezes what goes out.
func (u Issuing) Issue(ctx context.Context, month, author string) (domain.Issue, error) {
	return u.step(ctx, month, func(tx IssueTx, issues []domain.Issue) (domain.Issue, error) {
		last, ok := newest(issues)
		if !ok || last.State != domain.Signed {
			return last, fault.New(fault.Precondition, "BULLETIN_STATE", "通报签发后才能印发")
		}
		now := u.Show.Now()
		last.State, last.Issuer, last.IssuedAt, last.Year = domain.Issued, author, now, now.In(domain.Shanghai).Year()
		var err error
		if last.Number, err = tx.NextNumber(ctx, last.Year); err != nil {
			return last, err
		}
		// All that goes out says the same, whatever is corrected meanwhile.
		b, err := u.bulletin(ctx, month, last)
		if err != nil {
			return last, err
		}
		if last.Page, err = written(b, u.Page); err != nil {
			return last, err
		}
		if last.Document, err = written(b, u.Word); err != nil {
			return last, err
		}
		if last.Workbook, err = u.workbook(ctx, last.Month, b.Corrections); err != nil {
			return last, err
		}
		last.Digest, last.DocumentDigest, last.WorkbookDigest = digestOf(last.Page), digestOf(last.Document), digestOf(last.Workbook)
		return tx.Issue(ctx, last)
	})
}

func digestOf(content []byte) string {
	digest := sha256.Sum256(content)
	return hex.EncodeToString(digest[:])
}

// ViewPage is a version of a month's bulletin as a page; version 0 is the newest, and before
// there is any the figures with the standing text.
func (u Issuing) ViewPage(ctx context.Context, month string, version int) (domain.Issue, []byte, error) {
	return u.view(ctx, month, version, func(i domain.Issue) []byte { return i.Page }, u.rendered(month, u.Page))
}

// ViewWord is the same as a .docx.
func (u Issuing) ViewWord(ctx context.Context, month string, version int) (domain.Issue, []byte, error) {
	return u.view(ctx, month, version, func(i domain.Issue) []byte { return i.Document }, u.rendered(month, u.Word))
}

// ViewWorkbook is the version's figures as an .xlsx.
func (u Issuing) ViewWorkbook(ctx context.Context, month string, version int) (domain.Issue, []byte, error) {
	return u.view(ctx, month, version, func(i domain.Issue) []byte { return i.Workbook }, func(ctx context.Context, i domain.Issue) ([]byte, error) {
		corrections, err := u.Show.Store.Corrections(ctx, i.Month)
		if err != nil {
			return nil, err
		}
		return u.workbook(ctx, i.Month, corrections)
	})
}

// view answers what was frozen at the issue, if it was, else what is written now.
func (u Issuing) view(
	ctx context.Context, month string, version int, frozen func(domain.Issue) []byte, write func(context.Context, domain.Issue) ([]byte, error),
) (domain.Issue, []byte, error) {
	issue, err := u.version(ctx, month, version)
	if err != nil {
		return issue, nil, err
	}
	if content := frozen(issue); len(content) > 0 {
		return issue, content, nil
	}
	content, err := write(ctx, issue)
	return issue, content, err
}

func (u Issuing) version(ctx context.Context, month string, version int) (domain.Issue, error) {
	m, err := domain.ParseMonth(month)
	if err != nil {
		return domain.Issue{}, err
	}
	issues, err := u.Store.Issues(ctx, m)
	if err != nil {
		return domain.Issue{}, err
	}
	if version == 0 {
		version = len(issues)
	}
	switch {
	case version > len(issues):
		return domain.Issue{Month: m}, fault.New(fault.NotFound, "NOT_FOUND", "没有这一版通报")
	case version > 0:
		return issues[version-1], nil
	}
	beginning, err := u.Beginning(ctx)
	return domain.Issue{Month: m, Text: beginning.Text, Requirements: beginning.Requirements}, err
}

func (u Issuing) workbook(ctx context.Context, m domain.Month, corrections []domain.Correction) ([]byte, error) {
	snapshot, err := u.Show.Store.Snapshot(ctx, m)
	if err != nil {
		return nil, err
	}
	var content bytes.Buffer
	if err := u.Workbook(snapshot, corrections, &content); err != nil {
		return nil, err
	}
	return content.Bytes(), nil
}

// rendered is how a month's bulletin is written now.
func (u Issuing) rendered(month string, write func(domain.Bulletin, io.Writer) error) func(context.Context, domain.Issue) ([]byte, error) {
	return func(ctx context.Context, i domain.Issue) ([]byte, error) {
		b, err := u.bulletin(ctx, month, i)
		if err != nil {
			return nil, err
		}
		return written(b, write)
	}
}

// bulletin is what a version says now.
func (u Issuing) bulletin(ctx context.Context, month string, issue domain.Issue) (domain.Bulletin, error) {
	b, err := u.Show.Bulletin(ctx, month)
	if err != nil {
		return b, err
	}
	reports, err := u.Reports.List(ctx, Scope{Level: domain.LevelProvince}, month)
	if err != nil {
		return b, err
	}
	b.Report(reports)
	b.Issue = issue
	return b, nil
}

func written(b domain.Bulletin, write func(domain.Bulletin, io.Writer) error) ([]byte, error) {
	var content bytes.Buffer
	if err := write(b, &content); err != nil {
		return nil, err
	}
	return content.Bytes(), nil
}

func (u Issuing) step(ctx context.Context, month string, fn func(IssueTx, []domain.Issue) (domain.Issue, error)) (domain.Issue, error) {
	m, err := domain.ParseMonth(month)
	if err != nil {
		return domain.Issue{}, err
	}
	var issue domain.Issue
	err = u.Store.WithIssues(ctx, m, func(tx IssueTx) error {
		issues, err := tx.Issues(ctx)
		if err != nil {
			return err
		}
		issue, err = fn(tx, issues)
		return err
	})
	if err != nil {
		return domain.Issue{}, err
	}
	return issue, nil
}

func newest(issues []domain.Issue) (domain.Issue, bool) {
	if len(issues) == 0 {
		return domain.Issue{}, false
	}
	return issues[len(issues)-1], true
}

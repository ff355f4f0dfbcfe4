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
	// LastRequirements are those of the newest issued bulletin; none before the first.
	LastRequirements(ctx context.Context) ([]string, error)
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
	Store IssueStore
	Show  Show
	// Page writes the bulletin as an official document.
	Page func(domain.Bulletin, io.Writer) error
}

var (
	errMonthOpen = fault.New(fault.Precondition, "MONTH_NOT_CLOSED", "该月份尚未结账，不能起草通报")
	errNoDraft   = fault.New(fault.Precondition, "BULLETIN_STATE", "没有待办的通报，请先起草")
)

// Draft saves the draft of a month's bulletin; what was signed before is to be signed again.
// Without requirements it begins with those of the last bulletin.
func (u Issuing) Draft(ctx context.Context, month string, requirements []string, changeNote, author string) (domain.Issue, error) {
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
		if len(requirements) == 0 {
			if requirements, err = u.Requirements(ctx); err != nil {
				return domain.Issue{}, err
			}
		}
		if err := domain.CheckDraft(version, requirements, changeNote); err != nil {
			return domain.Issue{}, err
		}
		return tx.SaveDraft(ctx, domain.Issue{
			Month: snapshot.Month, Version: version, Snapshot: snapshot.Number, Requirements: requirements,
			ChangeNote: strings.TrimSpace(changeNote), Drafter: author,
		})
	})
}

// Requirements are what the next bulletin begins with.
func (u Issuing) Requirements(ctx context.Context) ([]string, error) {
	last, err := u.Store.LastRequirements(ctx)
	if err != nil || len(last) > 0 {
		return last, err
	}
	return domain.StandardRequirements, nil
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

// Issue gives the signed bulletin its number and freezes its page.
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
		if last.Page, err = u.render(ctx, month, last); err != nil {
			return last, err
		}
		digest := sha256.Sum256(last.Page)
		last.Digest = hex.EncodeToString(digest[:])
		return tx.Issue(ctx, last)
	})
}

// View is a version of a month's bulletin as a page; version 0 is the newest, and before there is
// any the figures with the standing requirements.
func (u Issuing) View(ctx context.Context, month string, version int) (domain.Issue, []byte, error) {
	m, err := domain.ParseMonth(month)
	if err != nil {
		return domain.Issue{}, nil, err
	}
	issues, err := u.Store.Issues(ctx, m)
	if err != nil {
		return domain.Issue{}, nil, err
	}
	if version == 0 {
		version = len(issues)
	}
	issue := domain.Issue{Month: m}
	switch {
	case version > len(issues):
		return issue, nil, fault.New(fault.NotFound, "NOT_FOUND", "没有这一版通报")
	case version > 0:
		issue = issues[version-1]
	default:
		if issue.Requirements, err = u.Requirements(ctx); err != nil {
			return issue, nil, err
		}
	}
	if issue.State == domain.Issued {
		return issue, issue.Page, nil
	}
	page, err := u.render(ctx, month, issue)
	return issue, page, err
}

func (u Issuing) render(ctx context.Context, month string, issue domain.Issue) ([]byte, error) {
	b, err := u.Show.Bulletin(ctx, month)
	if err != nil {
		return nil, err
	}
	b.Issue = issue
	var page bytes.Buffer
	if err := u.Page(b, &page); err != nil {
		return nil, err
	}
	return page.Bytes(), nil
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

package server

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/rpc"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
)

// Bulletins implements BulletinService.
type Bulletins struct {
	reportingv1.UnimplementedBulletinServiceServer
	Issuing app.Issuing
}

var issueStates = map[domain.IssueState]reportingv1.BulletinState{
	domain.Draft:  reportingv1.BulletinState_BULLETIN_DRAFT,
	domain.Signed: reportingv1.BulletinState_BULLETIN_SIGNED,
	domain.Issued: reportingv1.BulletinState_BULLETIN_ISSUED,
}

// DraftBulletin implements BulletinService.
func (s *Bulletins) DraftBulletin(ctx context.Context, req *reportingv1.DraftBulletinRequest) (*reportingv1.DraftBulletinResponse, error) {
	issue, err := s.Issuing.Draft(ctx, req.GetMonth(), app.Draft{
		Text: req.GetText(), Requirements: req.GetRequirements(), ChangeNote: req.GetChangeNote(),
	}, rpc.IdentityFrom(ctx).Name)
	if err != nil {
		return nil, err
	}
	return &reportingv1.DraftBulletinResponse{Bulletin: bulletinProto(issue)}, nil
}

// SignBulletin implements BulletinService.
func (s *Bulletins) SignBulletin(ctx context.Context, req *reportingv1.SignBulletinRequest) (*reportingv1.SignBulletinResponse, error) {
	issue, err := s.Issuing.Sign(ctx, req.GetMonth(), rpc.IdentityFrom(ctx).Name)
	if err != nil {
		return nil, err
	}
	return &reportingv1.SignBulletinResponse{Bulletin: bulletinProto(issue)}, nil
}

// IssueBulletin implements BulletinService.
func (s *Bulletins) IssueBulletin(ctx context.Context, req *reportingv1.IssueBulletinRequest) (*reportingv1.IssueBulletinResponse, error) {
	issue, err := s.Issuing.Issue(ctx, req.GetMonth(), rpc.IdentityFrom(ctx).Name)
	if err != nil {
		return nil, err
	}
	return &reportingv1.IssueBulletinResponse{Bulletin: bulletinProto(issue)}, nil
}

// ListBulletins implements BulletinService.
func (s *Bulletins) ListBulletins(ctx context.Context, req *reportingv1.ListBulletinsRequest) (*reportingv1.ListBulletinsResponse, error) {
	m, err := domain.ParseMonth(req.GetMonth())
	if err != nil {
		return nil, err
	}
	issues, err := s.Issuing.Store.Issues(ctx, m)
	if err != nil {
		return nil, err
	}
	beginning, err := s.Issuing.Beginning(ctx)
	if err != nil {
		return nil, err
	}
	resp := &reportingv1.ListBulletinsResponse{Text: beginning.Text, Requirements: beginning.Requirements}
	for _, w := range domain.Words {
		resp.Words = append(resp.Words, &reportingv1.BulletinWord{Name: w.Name, Meaning: w.Meaning})
	}
	for _, issue := range issues {
		resp.Bulletins = append(resp.Bulletins, bulletinProto(issue))
	}
	return resp, nil
}

func bulletinProto(i domain.Issue) *reportingv1.Bulletin {
	p := &reportingv1.Bulletin{
		Month: i.Month.String(), Version: int32(i.Version), State: issueStates[i.State], Snapshot: int32(i.Snapshot),
		Requirements: i.Requirements, ChangeNote: i.ChangeNote, Drafter: i.Drafter, Signer: i.Signer, Issuer: i.Issuer,
		IssueNumber: i.Label(), Digest: i.Digest, Text: i.Text, DocumentDigest: i.DocumentDigest, WorkbookDigest: i.WorkbookDigest,
	}
	if i.State == domain.Issued {
		p.IssueTime = timestamppb.New(i.IssuedAt)
	}
	return p
}

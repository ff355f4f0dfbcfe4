package peers

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc"

	"baoxue.internal/pkg/mask"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
)

// Newest implements app.Findings.
func (v Verification) Newest(ctx context.Context) (app.FindingStream, error) {
	stream, err := v.client.StreamNewestFindings(ctx)
	if err != nil {
		return nil, err
	}
	return findings{stream}, nil
}

// findings is a stream of verification's.
type findings struct {
	stream grpc.BidiStreamingClient[verificationv1.StreamNewestFindingsRequest, verificationv1.StreamNewestFindingsResponse]
}

// Ask implements app.FindingStream. Why a stream has ended is told to who reads it, and to nobody else.
func (f findings) Ask(entryIDs []string) error {
	err := f.stream.Send(&verificationv1.StreamNewestFindingsRequest{EntryIds: entryIDs})
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// EndAsking implements app.FindingStream.
func (f findings) EndAsking() error { return f.stream.CloseSend() }

// Next implements app.FindingStream.
func (f findings) Next() ([]app.FindingLine, error) {
	resp, err := f.stream.Recv()
	if err != nil {
		return nil, err
	}
	lines := make([]app.FindingLine, len(resp.GetFindings()))
	for i, f := range resp.GetFindings() {
		lines[i] = app.FindingLine{
			EntryID: f.GetEntryId(), Code: f.GetCode(), SchoolRegion: f.GetSchoolRegion(), School: f.GetSchool(), Witness: f.GetWitness(),
			WitnessDate: f.GetWitnessDate(), Explanation: f.GetExplanation(), CurrentSituation: f.GetCurrentSituation(),
			FamilySituation: f.GetFamilySituation(), ParentContact: f.GetParentContact(), Author: f.GetAuthor(),
			SavedAt: f.GetCreateTime().AsTime().In(domain.Shanghai).Format(time.DateTime),
		}
	}
	return lines, nil
}

// Masked hides the numbers in what was found about families.
type Masked struct{ Findings app.Findings }

// Newest implements app.Findings.
func (m Masked) Newest(ctx context.Context) (app.FindingStream, error) {
	stream, err := m.Findings.Newest(ctx)
	return masked{stream}, err
}

type masked struct{ app.FindingStream }

// Next implements app.FindingStream.
func (m masked) Next() ([]app.FindingLine, error) {
	lines, err := m.FindingStream.Next()
	for i := range lines {
		f := &lines[i]
		for _, text := range []*string{&f.Witness, &f.Explanation, &f.CurrentSituation, &f.FamilySituation, &f.ParentContact} {
			*text = mask.Numbers(*text)
		}
	}
	return lines, err
}

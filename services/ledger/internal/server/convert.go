// Package server translates between the contract and the use cases; it holds no
// rule.
package server

import (
	"context"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/mask"
	"baoxue.internal/pkg/rpc"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
)

func callerFrom(ctx context.Context) app.Caller {
	id := rpc.IdentityFrom(ctx)
	c := app.Caller{ID: id.Subject, Actor: id.Name}
	switch id.Level {
	case commonv1.Level_LEVEL_PROVINCE:
		c.Scope, c.Own = domain.ProvinceScope(), domain.QueueScope()
	case commonv1.Level_LEVEL_CITY:
		c.Scope = domain.CityScope(id.Region)
	case commonv1.Level_LEVEL_COUNTY:
		c.Scope = domain.CountyScope(id.Region)
		c.Own = c.Scope
	default:
		c.Scope = accountScope(id.Region)
	}
	return c
}

// accountScope is what a service account is limited to; without a region it sees
// nothing.
func accountScope(region string) domain.Scope {
	switch {
	case region == domain.Province:
		return domain.ProvinceScope()
	case strings.HasSuffix(region, "00"):
		return domain.CityScope(region)
	}
	return domain.CountyScope(region)
}

func entryProto(e *domain.Entry) *ledgerv1.Entry {
	p := &ledgerv1.Entry{
		Id: e.ID, SerialNumber: e.SerialNumber, PersonName: e.PersonName, BirthDate: e.BirthDate,
		IdNumber: domain.MaskID(e.IDNumber), HouseholdPlace: e.HouseholdPlace, HomeAddress: domain.MaskAddress(e.HomeAddress),
		InSchool: e.InSchool, NationalStudentNumber: domain.MaskStudentNumber(e.NationalStudentNumber), ProvincialSchool: e.ProvincialSchool,
		ProvincialStudentNumber: e.ProvincialStudentNumber, ProvincialStudentStatus: e.ProvincialStudentStatus,
		Source: ledgerv1.Source(e.Source), RegionCode: e.RegionCode, CountyCode: e.CountyCode,
		Status: ledgerv1.Status(e.Status), Code: e.Code, Revision: int32(e.Revision),
		CreateTime: timestamppb.New(e.CreatedAt), UpdateTime: timestamppb.New(e.UpdatedAt),
		RoutingReason: e.RoutingReason, ResponsibleId: e.ResponsibleID,
		Returned: e.Work.Returned, Duty: e.Work.Duty, Closed: e.Work.Closed, DueKind: e.Work.DueKind,
		Tags: e.Tags, LegalStep: e.Work.LegalStep,
	}
	if !e.Work.DueOn.IsZero() {
		p.DueOn = e.Work.DueOn.Format(time.DateOnly)
	}
	if !e.FoundAt.IsZero() {
		p.FindingTime = timestamppb.New(e.FoundAt)
	}
	if len(e.Extra) > 0 {
		p.ExtraColumns = make(map[string]string, len(e.Extra))
	}
	for head, text := range e.Extra {
		p.ExtraColumns[head] = mask.Numbers(text)
	}
	for _, f := range e.Flags {
		p.Flags = append(p.Flags, string(f))
	}
	for _, s := range e.Suggestions {
		p.Suggestions = append(p.Suggestions, &ledgerv1.RoutingSuggestion{CountyCode: s.CountyCode, Reason: s.Reason})
	}
	return p
}

func entriesProto(entries []domain.Entry) []*ledgerv1.Entry {
	protos := make([]*ledgerv1.Entry, len(entries))
	for i := range entries {
		protos[i] = entryProto(&entries[i])
	}
	return protos
}

// filterMessage is what EntryFilter and ListEntriesRequest have in common.
type filterMessage interface {
	GetTab() ledgerv1.Tab
	GetRegion() string
	GetStatus() ledgerv1.Status
	GetCode() string
	GetSource() ledgerv1.Source
	GetName() string
	GetIdNumber() string
	GetQ() string
	GetResponsible() string
	GetFlags() []string
	GetSchool() string
	GetFoundFrom() string
	GetFoundTo() string
	GetImportId() string
	GetQueue() ledgerv1.Queue
	GetTags() []string
}

func filterOf(m filterMessage) app.Filter {
	return app.Filter{
		Tab: app.Tab(m.GetTab()), Region: m.GetRegion(), Status: domain.Status(m.GetStatus()), Code: m.GetCode(),
		Source: domain.Source(m.GetSource()), Name: m.GetName(), IDNumber: m.GetIdNumber(), Q: m.GetQ(),
		Responsible: m.GetResponsible(), Flags: m.GetFlags(), School: m.GetSchool(),
		FoundFrom: m.GetFoundFrom(), FoundTo: m.GetFoundTo(), ImportID: m.GetImportId(),
		Queue: app.Queue(m.GetQueue()), Tags: m.GetTags(),
	}
}

func importProto(i app.Import) *ledgerv1.Import {
	p := &ledgerv1.Import{
		Id: i.ID, Filename: i.Filename, State: ledgerv1.Import_State(ledgerv1.Import_State_value[i.State]),
		RowsRead: int32(i.RowsRead), RowsStored: int32(i.RowsStored), RowsFlagged: int32(i.RowsFlagged),
		RowsCreated: int32(i.RowsCreated), RowsUpdated: int32(i.RowsUpdated), RowsUnmatched: int32(i.RowsUnmatched),
		ErrorReason: i.ErrorReason, ErrorMessage: i.ErrorMessage, CreateTime: timestamppb.New(i.CreatedAt),
	}
	if i.EndedAt != nil {
		p.EndTime = timestamppb.New(*i.EndedAt)
	}
	return p
}

func issueProto(i app.Issue) *ledgerv1.ImportIssue {
	p := &ledgerv1.ImportIssue{Sheet: i.Sheet, Row: int32(i.Row), EntryId: i.EntryID}
	for _, f := range i.Flags {
		p.Flags = append(p.Flags, string(f))
	}
	p.Description = app.Describe(i.Flags)
	return p
}

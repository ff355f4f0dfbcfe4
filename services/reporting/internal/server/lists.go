package server

import (
	"context"
	"io"
	"strconv"
	"time"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/fault"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/domain"
)

// Lists implements ListExportService.
type Lists struct {
	reportingv1.UnimplementedListExportServiceServer
	// These are asked in the caller's name.
	Orders    verificationv1.SupervisionOrderServiceClient
	Inbox     verificationv1.InboxServiceClient
	Transfers ledgerv1.TransferServiceClient
	Imports   ledgerv1.ImportServiceClient
	Reviews   verificationv1.ReviewServiceClient
	Signals   verificationv1.SignalServiceClient
	Users     authv1.UserServiceClient
	Regions   regionv1.RegionServiceClient
	// Trails are the audit trails by service.
	Trails    map[string]SearchTrail
	Months    *Months
	Reports   *CountyReports
	Divisions app.Divisions
	// Webhooks are this service's own.
	Webhooks *Webhooks
	Workbook func(w io.Writer, l app.List) (app.ListSheet, error)
	Audit    func(context.Context, audit.Record) error
}

// mostInPage is as many as most lists give at once.
const (
	mostInPage       = 200
	cellsAMost       = 100
	mostInComparison = 1000
)

var errNoList = fault.FromViolations("INVALID_REQUEST", "请求格式有误", []fault.Violation{{Field: "list", Reason: "REQUIRED", Message: "请选择要导出的列表"}})

// ExportList implements ListExportService.
func (s *Lists) ExportList(req *reportingv1.ExportListRequest, stream grpc.ServerStreamingServer[httpbody.HttpBody]) error {
	regions, err := s.regionNames(stream.Context())
	if err != nil {
		return err
	}
	var list app.List
	switch l := req.GetList().(type) {
	case *reportingv1.ExportListRequest_Orders:
		list = s.orders(l.Orders, regions)
	case *reportingv1.ExportListRequest_Transfers:
		list = s.transfers(l.Transfers, regions)
	case *reportingv1.ExportListRequest_CellEntries:
		list = s.cellEntries(l.CellEntries, regions)
	case *reportingv1.ExportListRequest_CountyReports:
		list = s.countyReports(l.CountyReports)
	case *reportingv1.ExportListRequest_Reviews:
		list = s.reviews(l.Reviews, regions)
	case *reportingv1.ExportListRequest_OverturnRates:
		list = s.overturnRates(l.OverturnRates, regions)
	case *reportingv1.ExportListRequest_Signals:
		list = s.signals(l.Signals, regions)
	case *reportingv1.ExportListRequest_ImportComparison:
		list = s.importComparison(l.ImportComparison, regions)
	case *reportingv1.ExportListRequest_Imports:
		list = s.imports()
	case *reportingv1.ExportListRequest_Messages:
		list = s.messages(l.Messages, regions)
	case *reportingv1.ExportListRequest_Progress:
		list = s.progress(l.Progress)
	case *reportingv1.ExportListRequest_Corrections:
		list = s.corrections(l.Corrections)
	default:
		return errNoList
	}
	return s.export(stream, list)
}

// ExportUsers implements ListExportService.
func (s *Lists) ExportUsers(req *reportingv1.ExportUsersRequest, stream grpc.ServerStreamingServer[httpbody.HttpBody]) error {
	return s.export(stream, s.users(req.GetUsers()))
}

// ExportRegions implements ListExportService.
func (s *Lists) ExportRegions(req *reportingv1.ExportRegionsRequest, stream grpc.ServerStreamingServer[httpbody.HttpBody]) error {
	return s.export(stream, s.regions(req.GetRegions()))
}

// ExportRegionChanges implements ListExportService.
func (s *Lists) ExportRegionChanges(_ *reportingv1.ExportRegionChangesRequest, stream grpc.ServerStreamingServer[httpbody.HttpBody]) error {
	return s.export(stream, s.regionChanges())
}

// ExportWebhooks implements ListExportService.
func (s *Lists) ExportWebhooks(_ *reportingv1.ExportWebhooksRequest, stream grpc.ServerStreamingServer[httpbody.HttpBody]) error {
	regions, err := s.regionNames(stream.Context())
	if err != nil {
		return err
	}
	return s.export(stream, s.webhooks(regions))
}

// ExportAuditRecords implements ListExportService.
func (s *Lists) ExportAuditRecords(req *reportingv1.ExportAuditRecordsRequest, stream grpc.ServerStreamingServer[httpbody.HttpBody]) error {
	return s.export(stream, auditRecords(s.Trails[req.GetService()], req.GetRecords()))
}

// export streams a list, which is recorded before anything leaves.
func (s *Lists) export(stream grpc.ServerStreamingServer[httpbody.HttpBody], list app.List) error {
	ctx := stream.Context()
	if err := s.Audit(ctx, audit.Record{Action: "list.export", ResourceType: "list", ResourceID: list.Name}); err != nil {
		return err
	}
	out := newChunks(stream, workbookType)
	sheet, err := s.Workbook(out, list)
	if err != nil {
		return err
	}
	rows, err := app.ExportList(ctx, list, sheet)
	if err != nil {
		return err
	}
	if err := s.Audit(ctx, audit.Record{
		Action: "list.exported", ResourceType: "list", ResourceID: list.Name, Details: map[string]string{"rows": strconv.Itoa(rows)},
	}); err != nil {
		return err
	}
	return out.flush()
}

// regionNames are today's, by code.
func (s *Lists) regionNames(ctx context.Context) (func(code string) string, error) {
	regions, err := s.Divisions.AsOf(ctx, time.Now())
	if err != nil {
		return nil, err
	}
	names := map[string]string{domain.Province.Code: domain.Province.Name, "": "省本级"}
	for _, r := range regions {
		names[r.Code] = r.Name
	}
	return func(code string) string {
		if name, ok := names[code]; ok {
			return name
		}
		return code
	}, nil
}

func (s *Lists) orders(req *verificationv1.ListOrdersRequest, region func(string) string) app.List {
	standing := func(o *verificationv1.SupervisionOrder) string {
		switch {
		case o.GetState() == verificationv1.OrderState_ORDER_CLOSED:
			return "已办结"
		case o.GetReplied():
			return "已回复"
		case o.GetReceived():
			return "已签收"
		}
		return "未签收"
	}
	return app.List{
		Name: "orders", Title: "督办", Heads: []string{"标题", "承办县（市、区）", "发出单位", "期限", "进展", "是否超期", "是否升级", "发出人", "发出时间"},
		Widths: []float64{40, 18, 14, 12, 10, 10, 10, 16, 20},
		Page: func(ctx context.Context, token string) (rows [][]any, next string, err error) {
			resp, err := s.Orders.ListOrders(ctx, &verificationv1.ListOrdersRequest{
				State: req.GetState(), Overdue: req.GetOverdue(), Escalated: req.GetEscalated(), Region: req.GetRegion(), PageSize: mostInPage, PageToken: token,
			})
			for _, o := range resp.GetOrders() {
				rows = append(rows, []any{
					o.GetTitle(), region(o.GetCountyCode()), region(o.GetIssuerRegion()), o.GetDueOn(), standing(o), yes(o.GetOverdue()), yes(o.GetEscalated()),
					o.GetAuthor(), moment(o.GetCreateTime()),
				})
			}
			return rows, resp.GetNextPageToken(), err
		},
	}
}

var transferStates = map[ledgerv1.Transfer_State]string{
	ledgerv1.Transfer_OPEN: "待接收", ledgerv1.Transfer_ACCEPTED: "已接收", ledgerv1.Transfer_REJECTED: "已退回", ledgerv1.Transfer_WITHDRAWN: "已撤回",
	ledgerv1.Transfer_VOID: "已失效",
}

func (s *Lists) transfers(req *ledgerv1.ListTransfersRequest, region func(string) string) app.List {
	return app.List{
		Name: "transfers", Title: "县际移交",
		Heads:  []string{"姓名", "出生日期", "户籍地", "家庭住址", "移出", "移入", "状态", "移交理由", "答复", "期限", "是否超期", "提出人", "提出时间", "答复人", "答复时间"},
		Widths: []float64{12, 12, 24, 30, 14, 14, 10, 30, 30, 12, 10, 16, 20, 16, 20},
		Page: func(ctx context.Context, token string) (rows [][]any, next string, err error) {
			resp, err := s.Transfers.ListTransfers(ctx, &ledgerv1.ListTransfersRequest{
				State: req.GetState(), Overdue: req.GetOverdue(), PageSize: mostInPage, PageToken: token,
			})
			for _, o := range resp.GetTransfers() {
				rows = append(rows, []any{
					o.GetPersonName(), o.GetBirthDate(), o.GetHouseholdPlace(), o.GetHomeAddress(), region(o.GetFromCountyCode()), region(o.GetToCountyCode()),
					transferStates[o.GetState()], o.GetReason(), o.GetAnswer(), o.GetDueOn(), yes(o.GetOverdue()), o.GetProposer(), moment(o.GetCreateTime()),
					o.GetAnswerer(), moment(o.GetEndTime()),
				})
			}
			return rows, resp.GetNextPageToken(), err
		},
	}
}

func yes(is bool) string {
	if is {
		return "是"
	}
	return "否"
}

func pendingOr(code string) string {
	if code == "" {
		return "未处理"
	}
	return code
}

// moment is empty for a time that is not set.
func moment(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return t.AsTime().In(domain.Shanghai).Format(time.DateTime)
}

package rest

import (
	"context"
	"net/http"
	"net/url"

	"google.golang.org/protobuf/proto"

	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
)

// listFile is a list as a workbook, asked for by the list's own query.
type listFile struct {
	plainName, name string
	// request returns the list's request, and what opens its export.
	request func() (proto.Message, opening)
}

type opening func(ctx context.Context, lists reportingv1.ListExportServiceClient) (pieces, error)

func listed(req *reportingv1.ExportListRequest) opening {
	return func(ctx context.Context, lists reportingv1.ListExportServiceClient) (pieces, error) {
		return bodies(lists.ExportList(ctx, req))
	}
}

var listFiles = []listFile{
	{"orders.xlsx", "督办", func() (proto.Message, opening) {
		m := &verificationv1.ListOrdersRequest{}
		return m, listed(&reportingv1.ExportListRequest{List: &reportingv1.ExportListRequest_Orders{Orders: m}})
	}},
	{"transfers.xlsx", "县际移交", func() (proto.Message, opening) {
		m := &ledgerv1.ListTransfersRequest{}
		return m, listed(&reportingv1.ExportListRequest{List: &reportingv1.ExportListRequest_Transfers{Transfers: m}})
	}},
	{"cell-entries.xlsx", "指标名单", func() (proto.Message, opening) {
		m := &reportingv1.ListCellEntriesRequest{}
		return m, listed(&reportingv1.ExportListRequest{List: &reportingv1.ExportListRequest_CellEntries{CellEntries: m}})
	}},
	{"county-reports.xlsx", "报送情况", func() (proto.Message, opening) {
		m := &reportingv1.ListCountyReportsRequest{}
		return m, listed(&reportingv1.ExportListRequest{List: &reportingv1.ExportListRequest_CountyReports{CountyReports: m}})
	}},
	{"reviews.xlsx", "复核清单", func() (proto.Message, opening) {
		m := &verificationv1.ListReviewsRequest{}
		return m, listed(&reportingv1.ExportListRequest{List: &reportingv1.ExportListRequest_Reviews{Reviews: m}})
	}},
	{"overturn-rates.xlsx", "退回率", func() (proto.Message, opening) {
		m := &verificationv1.GetOverturnRatesRequest{}
		return m, listed(&reportingv1.ExportListRequest{List: &reportingv1.ExportListRequest_OverturnRates{OverturnRates: m}})
	}},
	{"signals.xlsx", "异常提示", func() (proto.Message, opening) {
		m := &verificationv1.ListSignalsRequest{}
		return m, listed(&reportingv1.ExportListRequest{List: &reportingv1.ExportListRequest_Signals{Signals: m}})
	}},
	{"import-comparison.xlsx", "批次比较", func() (proto.Message, opening) {
		m := &ledgerv1.CompareImportsRequest{}
		return m, listed(&reportingv1.ExportListRequest{List: &reportingv1.ExportListRequest_ImportComparison{ImportComparison: m}})
	}},
	{"imports.xlsx", "导入批次", func() (proto.Message, opening) {
		m := &ledgerv1.ListImportsRequest{}
		return m, listed(&reportingv1.ExportListRequest{List: &reportingv1.ExportListRequest_Imports{Imports: m}})
	}},
	{"inbox.xlsx", "收件箱", func() (proto.Message, opening) {
		m := &verificationv1.ListMessagesRequest{}
		return m, listed(&reportingv1.ExportListRequest{List: &reportingv1.ExportListRequest_Messages{Messages: m}})
	}},
	{"progress.xlsx", "工作进展", func() (proto.Message, opening) {
		m := &reportingv1.GetProgressRequest{}
		return m, listed(&reportingv1.ExportListRequest{List: &reportingv1.ExportListRequest_Progress{Progress: m}})
	}},
	{"corrections.xlsx", "更正", func() (proto.Message, opening) {
		m := &reportingv1.ListCorrectionsRequest{}
		return m, listed(&reportingv1.ExportListRequest{List: &reportingv1.ExportListRequest_Corrections{Corrections: m}})
	}},
	{"regions.xlsx", "行政区划", func() (proto.Message, opening) {
		m := &regionv1.ListRegionsRequest{}
		return m, func(ctx context.Context, lists reportingv1.ListExportServiceClient) (pieces, error) {
			return bodies(lists.ExportRegions(ctx, &reportingv1.ExportRegionsRequest{Regions: m}))
		}
	}},
	{"region-changes.xlsx", "区划变更", func() (proto.Message, opening) {
		m := &reportingv1.ExportRegionChangesRequest{}
		return m, func(ctx context.Context, lists reportingv1.ListExportServiceClient) (pieces, error) {
			return bodies(lists.ExportRegionChanges(ctx, m))
		}
	}},
	{"webhooks.xlsx", "事件推送", func() (proto.Message, opening) {
		m := &reportingv1.ExportWebhooksRequest{}
		return m, func(ctx context.Context, lists reportingv1.ListExportServiceClient) (pieces, error) {
			return bodies(lists.ExportWebhooks(ctx, m))
		}
	}},
	{"users.xlsx", "用户", func() (proto.Message, opening) {
		m := &authv1.ListUsersRequest{}
		return m, func(ctx context.Context, lists reportingv1.ListExportServiceClient) (pieces, error) {
			return bodies(lists.ExportUsers(ctx, &reportingv1.ExportUsersRequest{Users: m}))
		}
	}},
}

// list exports a whole list; a page of it makes no sense in a file.
func (d downloads) list(f listFile) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			d.answers.misrouted(w, r, http.StatusBadRequest)
			return
		}
		withoutPaging(query)
		list, open := f.request()
		if !d.answers.read(w, r, query, list) {
			return
		}
		name := f.name + "-" + d.now().In(beijing).Format("20060102") + ".xlsx"
		d.pass(w, r, f.plainName, name, func(ctx context.Context) (pieces, error) { return open(ctx, d.lists) })
	}
}

// withoutPaging leaves out what is of a page.
func withoutPaging(query url.Values) {
	for _, ofAPage := range []string{"pageSize", "pageToken", "orderBy", "page_size", "page_token", "order_by"} {
		query.Del(ofAPage)
	}
}

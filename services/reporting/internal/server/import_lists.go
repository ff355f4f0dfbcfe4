package server

import (
	"context"
	"strings"

	"baoxue.internal/pkg/fault"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	"baoxue.internal/services/reporting/internal/app"
)

var differences = map[ledgerv1.ImportDifference]string{
	ledgerv1.ImportDifference_IMPORT_DIFFERENCE_NEW: "新出现", ledgerv1.ImportDifference_IMPORT_DIFFERENCE_CONTINUING: "仍在",
	ledgerv1.ImportDifference_IMPORT_DIFFERENCE_CHANGED: "信息变化", ledgerv1.ImportDifference_IMPORT_DIFFERENCE_VANISHED: "不再出现",
}

// describedFields are the fields of an entry that a distribution describes, as the notice calls them.
var describedFields = map[string]string{
	"birthDate": "出生日期", "householdPlace": "户籍地", "homeAddress": "家庭住址", "inSchool": "是否在读", "nationalStudentNumber": "全国学籍号",
	"provincialSchool": "省内学校名称", "provincialStudentNumber": "省内学籍号", "provincialStudentStatus": "省内学生状态", "regionCode": "区划代码",
	"guardian": "监护人", "phone": "联系电话", "extra": "其他栏目",
}

var errNoDifference = fault.FromViolations("INVALID_REQUEST", "请求格式有误", []fault.Violation{
	{Field: "kind", Reason: "REQUIRED", Message: "请选择要导出哪一类学生：新出现、仍在、信息变化或不再出现"},
})

// importComparison lists the children of one kind, in the order of the ledger.
func (s *Lists) importComparison(req *ledgerv1.CompareImportsRequest, region func(string) string) app.List {
	return app.List{
		Name: "import-comparison", Title: "批次比较", Heads: []string{"姓名", "处理单位", "核查结果", "与上一批次相比", "变化的栏目"}, Widths: []float64{12, 18, 12, 16, 50},
		Page: func(ctx context.Context, token string) (rows [][]any, next string, err error) {
			kind, known := differences[req.GetKind()]
			if !known {
				return nil, "", errNoDifference
			}
			resp, err := s.Imports.CompareImports(ctx, &ledgerv1.CompareImportsRequest{
				Id: req.GetId(), Base: req.GetBase(), Kind: req.GetKind(), PageSize: mostInComparison, PageToken: token,
			})
			for _, c := range resp.GetChildren() {
				fields := make([]string, len(c.GetChangedFields()))
				for i, name := range c.GetChangedFields() {
					fields[i] = describedFields[name]
				}
				rows = append(rows, []any{c.GetPersonName(), region(c.GetCountyCode()), pendingOr(c.GetCode()), kind, strings.Join(fields, "、")})
			}
			return rows, resp.GetNextPageToken(), err
		},
	}
}

var importStates = map[ledgerv1.Import_State]string{
	ledgerv1.Import_RUNNING: "导入中", ledgerv1.Import_SUCCEEDED: "导入完成", ledgerv1.Import_FAILED: "导入失败", ledgerv1.Import_CANCELLED: "已取消",
}

func (s *Lists) imports() app.List {
	return app.List{
		Name: "imports", Title: "导入批次", Heads: []string{"文件", "状态", "读取行数", "入库行数", "新增", "更新", "有疑问", "归省本级", "说明", "开始时间", "结束时间"},
		Widths: []float64{30, 10, 10, 10, 10, 10, 10, 10, 40, 20, 20},
		Page: func(ctx context.Context, token string) (rows [][]any, next string, err error) {
			resp, err := s.Imports.ListImports(ctx, &ledgerv1.ListImportsRequest{PageSize: mostInPage, PageToken: token})
			for _, i := range resp.GetImports() {
				rows = append(rows, []any{
					i.GetFilename(), importStates[i.GetState()], i.GetRowsRead(), i.GetRowsStored(), i.GetRowsCreated(),
					i.GetRowsUpdated(), i.GetRowsFlagged(), i.GetRowsUnmatched(), i.GetErrorMessage(),
					moment(i.GetCreateTime()), moment(i.GetEndTime()),
				})
			}
			return rows, resp.GetNextPageToken(), err
		},
	}
}

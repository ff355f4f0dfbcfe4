package rest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	contract "baoxue.internal/proto"
)

type object = map[string]any

// describe completes the generated description: what the generator can't know
// is the title, how to log in, the shape of errors, and the paths that are
// translated by hand.
func describe() ([]byte, error) {
	var doc struct {
		Swagger     string            `json:"swagger"`
		Info        object            `json:"info"`
		Tags        []object          `json:"tags"`
		Consumes    []string          `json:"consumes"`
		Produces    []string          `json:"produces"`
		Paths       map[string]object `json:"paths"`
		Definitions object            `json:"definitions"`
		Schemes     object            `json:"securityDefinitions"`
		Security    []object          `json:"security"`
	}
	if err := json.Unmarshal(contract.OpenAPI, &doc); err != nil {
		return nil, fmt.Errorf("the generated OpenAPI document: %w", err)
	}
	doc.Info = object{
		"title": "控辍保学工作台账 REST 接口", "version": "v1",
		"description": "先以 POST /v1/auth:login 取得 accessToken，再在 Authorization 中填写 “Bearer <accessToken>”。" +
			"错误均为同一格式：code、message、reason、fieldViolations、requestId。",
	}
	doc.Schemes = object{"bearer": object{"type": "apiKey", "name": "Authorization", "in": "header", "description": "Bearer <accessToken>"}}
	doc.Security = []object{{"bearer": []string{}}}
	doc.Definitions["googleRpcStatus"] = failureSchema
	for _, path := range []string{"/v1/auth:login", "/v1/auth:refresh", "/v1/auth:logout"} {
		post, ok := doc.Paths[path]["post"].(object)
		if !ok {
			return nil, fmt.Errorf("the generated OpenAPI document lacks POST %s", path)
		}
		post["security"] = []object{}
	}
	list, ok := doc.Paths["/v1/entries"]["get"].(object)
	imports := doc.Paths["/v1/imports"]
	if !ok || imports == nil {
		return nil, fmt.Errorf("the generated OpenAPI document lacks /v1/entries or /v1/imports")
	}
	imports["post"] = uploadOf("ImportService", "CreateImport",
		"上传教育部下发的台账（.xlsx，不超过 256 MB）。文件收妥即返回，逐行入库随后进行。", "v1Import")
	doc.Paths["/v1/exports/entries.xlsx"] = object{"get": workbookOperation("ExportService", "ExportEntries",
		"按列表的筛选条件导出 Excel；证件号码、住址、电话默认隐去，注明理由（reason）的经办和审核人员得到完整信息，并留痕。",
		append(filters(list), reasonParameter))}
	text := workbookOperation("ExportService", "ExportEntriesCsv", "同上，UTF-8（带 BOM）的 CSV 文件。", append(filters(list), reasonParameter))
	text["produces"] = []string{"text/csv"}
	doc.Paths["/v1/exports/entries.csv"] = object{"get": text}
	doc.Paths["/v1/exports/ministry.xlsx"] = object{"get": workbookOperation("ExportService", "ExportMinistry",
		"按教育部下发台账的格式导出完整信息，供上报；仅省级，须注明理由（reason），并留痕。", append(filters(list), reasonParameter))}
	byID := []any{object{"name": "id", "in": "path", "required": true, "type": "string"}}
	doc.Paths["/v1/exports/{id}/file"] = object{"get": workbookOperation("BackgroundExportService", "DownloadExport",
		"下载在后台生成的导出文件；仅本人，生成后保留三天，每次下载留痕。", byID)}
	for path, of := range map[string]string{
		"orders": "/v1/supervisionOrders", "transfers": "/v1/transfers", "county-reports": "", "cell-entries": "",
		"reviews": "", "import-comparison": "", "overturn-rates": "/v1/reviews:rates", "signals": "/v1/signals", "users": "/v1/users",
		"imports": "/v1/imports", "inbox": "/v1/inbox", "progress": "/v1/progress",
		"corrections": "", "regions": "/v1/regions", "region-changes": "/v1/regionChanges", "webhooks": "/v1/webhooks",
	} {
		parameters := listParameters[path]
		if listed, ok := doc.Paths[of]["get"].(object); ok {
			parameters = filters(listed)
		}
		doc.Paths["/v1/exports/"+path+".xlsx"] = object{"get": workbookOperation("ListExportService", "Export_"+path,
			"整个列表导出为 Excel，条件与列表相同，内容与本人在列表中所见一致；留痕。", parameters)}
	}
	doc.Paths["/v1/worklist.xlsx"] = object{"get": workbookOperation("WorklistService", "ExportWorklist",
		"按列表的筛选条件（默认待本级处理，最多 5000 行）导出可离线填写的核查清单；注明查看原因（reason）时证件号码和学籍号完整，逐人留痕。",
		append(filters(list), reasonParameter))}
	doc.Paths["/v1/findings:batch"] = object{"post": uploadOf("WorklistService", "CreateFindingBatch",
		"上传填写好的核查清单（.xlsx，不超过 16 MB）。只逐行检查，不保存；保存用 findingBatches/{id}:save。", "v1FindingBatch")}
	doc.Paths["/v1/findings/chain.jsonl"] = object{"get": chainExportOperation}
	doc.Paths["/v1/findingBatches/{id}/marked.xlsx"] = object{"get": workbookOperation("WorklistService", "ExportMarkedWorklist",
		"下载同一清单，有问题的行着色并在“错误说明”列写明原因，改正后可再次上传。", byID)}
	doc.Paths["/v1/imports/{id}/issues.xlsx"] = object{"get": workbookOperation("ImportService", "ExportImportIssues",
		"下载导入的原文件，末列“异常说明”写明每行的问题；原文件按配置的期限保存，每次下载留痕。", byID)}
	doc.Paths["/v1/months/{month}/bulletin.xlsx"] = object{"get": workbookOperation("MonthService", "GetBulletinWorkbook",
		"下载月度通报；印发后为印发时的文件，version 为 0 或省略时取最新一版。", []any{
			object{"name": "month", "in": "path", "required": true, "type": "string", "description": "yyyy-mm"},
			object{"name": "version", "in": "query", "type": "integer", "format": "int32"},
		})}
	page := workbookOperation("MonthService", "GetBulletinPage",
		"月度通报的公文页面，A4 打印，不含脚本，不含学生姓名。", []any{object{"name": "month", "in": "path", "required": true, "type": "string", "description": "yyyy-mm"}})
	page["produces"] = []string{"text/html"}
	doc.Paths["/v1/months/{month}/bulletin.html"] = object{"get": page}
	document := workbookOperation("MonthService", "GetBulletinDocument",
		"月度通报的公文文档（.docx）；version 为 0 或省略时取最新一版。", []any{
			object{"name": "month", "in": "path", "required": true, "type": "string", "description": "yyyy-mm"},
			object{"name": "version", "in": "query", "type": "integer", "format": "int32"},
		})
	document["produces"] = []string{"application/vnd.openxmlformats-officedocument.wordprocessingml.document"}
	doc.Paths["/v1/months/{month}/bulletin.docx"] = object{"get": document}
	doc.Definitions["v1AuditRecord"] = auditRecordSchema
	doc.Paths["/v1/audit/{service}/records"] = object{"get": auditSearchOperation}
	doc.Paths["/v1/audit/{service}/records.xlsx"] = object{"get": workbookOperation("ListExportService", "ExportAuditRecords",
		"查询到的全部审计记录导出为 Excel，条件与查询相同；仅省级管理员；留痕。", filters(auditSearchOperation))}
	doc.Paths["/v1/audit/{service}/records.jsonl"] = object{"get": auditExportOperation}
	addShortNames(doc.Paths)
	used := usedTags(doc.Paths)
	doc.Tags = slices.DeleteFunc(doc.Tags, func(tag object) bool { return !used[tag["name"]] })
	return json.Marshal(doc)
}

// listParameters are those of lists whose own addresses have them in their path.
var listParameters = map[string][]any{
	"county-reports": {monthParameter},
	"corrections":    {monthParameter},
	"reviews":        {object{"name": "sampleId", "in": "query", "required": true, "type": "string"}},
	"import-comparison": {
		object{"name": "id", "in": "query", "required": true, "type": "string"},
		object{"name": "base", "in": "query", "required": true, "type": "string"},
		object{"name": "kind", "in": "query", "required": true, "type": "string", "enum": []string{
			"IMPORT_DIFFERENCE_NEW", "IMPORT_DIFFERENCE_CONTINUING", "IMPORT_DIFFERENCE_CHANGED", "IMPORT_DIFFERENCE_VANISHED",
		}},
	},
	"cell-entries": {
		monthParameter,
		object{"name": "number", "in": "query", "required": true, "type": "integer", "format": "int32"},
		object{"name": "region", "in": "query", "type": "string"},
		object{"name": "source", "in": "query", "type": "string"},
		object{"name": "figure", "in": "query", "required": true, "type": "string"},
	},
}

var monthParameter = object{"name": "month", "in": "query", "required": true, "type": "string", "description": "yyyy-mm"}

var reasonParameter = object{"name": "reason", "in": "query", "type": "string"}

var failureSchema = object{
	"type": "object", "description": "google.rpc.Status，另将 reason、fieldViolations、requestId 提到顶层。",
	"properties": object{
		"code":    object{"type": "integer", "format": "int32", "description": "gRPC 状态码"},
		"message": object{"type": "string", "description": "给用户看的中文说明"},
		"reason":  object{"type": "string", "description": "机器可读的原因，见 baoxue.common.v1.ErrorReason"},
		"fieldViolations": object{"type": "array", "items": object{"type": "object", "properties": object{
			"field": object{"type": "string"}, "reason": object{"type": "string"}, "description": object{"type": "string"},
		}}},
		"requestId": object{"type": "string"},
		"details":   object{"type": "array", "items": object{"type": "object"}},
	},
}

var failed = object{"description": "错误", "schema": object{"$ref": "#/definitions/googleRpcStatus"}}

func uploadOf(service, method, summary, answer string) object {
	return object{
		"summary": summary, "operationId": service + "_" + method, "tags": []string{service}, "consumes": []string{"multipart/form-data"},
		"parameters": []any{object{"name": "file", "in": "formData", "required": true, "type": "file"}},
		"responses": object{
			"200":     object{"description": "A successful response.", "schema": object{"$ref": "#/definitions/" + answer}},
			"default": failed,
		},
	}
}

func workbookOperation(service, method, summary string, parameters []any) object {
	return object{
		"summary": summary, "operationId": service + "_" + method, "tags": []string{service},
		"produces": []string{workbookType}, "parameters": parameters,
		"responses": object{"200": object{"description": "工作簿", "schema": object{"type": "file"}}, "default": failed},
	}
}

// filters are a list's parameters without its paging.
func filters(list object) []any {
	parameters, _ := list["parameters"].([]any)
	return slices.DeleteFunc(slices.Clone(parameters), func(p any) bool {
		parameter, _ := p.(object)
		return parameter["name"] == "pageSize" || parameter["name"] == "pageToken"
	})
}

// addShortNames adds the names that queryParser takes besides an enum's own.
func addShortNames(paths map[string]object) {
	done := map[string]bool{}
	for path, operations := range paths {
		for _, operation := range operations {
			o, _ := operation.(object)
			parameters, _ := o["parameters"].([]any)
			for i, p := range parameters {
				parameter, _ := p.(object)
				name, _ := parameter["name"].(string)
				values, _ := parameter["enum"].([]any)
				prefix := strings.ToUpper(name) + "_"
				if len(values) == 0 || done[path+name] {
					continue
				}
				extended := slices.Clone(values)
				for _, v := range values {
					if long, _ := v.(string); strings.HasPrefix(long, prefix) && long != prefix+"UNSPECIFIED" {
						extended = append(extended, strings.TrimPrefix(long, prefix))
					}
				}
				// The export shares the list's parameters: each gets its own.
				own := maps.Clone(parameter)
				own["enum"] = extended
				parameters[i], done[path+name] = own, true
			}
		}
	}
}

// usedTags leaves out services that have no REST method.
func usedTags(paths map[string]object) map[any]bool {
	used := map[any]bool{}
	for _, operations := range paths {
		for _, operation := range operations {
			o, _ := operation.(object)
			switch tags := o["tags"].(type) {
			case []any:
				for _, tag := range tags {
					used[tag] = true
				}
			case []string:
				for _, tag := range tags {
					used[tag] = true
				}
			}
		}
	}
	return used
}

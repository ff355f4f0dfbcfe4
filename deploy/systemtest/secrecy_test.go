package systemtest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
)

// secretLedger is one child, of whom everything is known by words that stand nowhere else.
const secretLedger = `姓名,证件号码,出生日期,家庭住址,全国学籍号,区划代码,监护人,联系电话,备注
欧阳若渊,330106201003071117,2010-3-7,浙江省杭州市西湖区留下街道守密弄77号,G330106201003071117,330106,诸葛守拙,13957150043,外婆电话 13957150044
`

// secrets are what may stand in no file in the clear.
var secrets = []string{
	"330106201003071117", "201003071117", "守密弄77号", "诸葛守拙", "13957150043", "13957150044",
	// What clerks write.
	"司马见证", "13957150045", "尉迟劝返", "13957150046", "在家照看弟妹", "G330106201003079998", "东方走访记录", "闻人送达",
	// What an administrator enters.
	"webhook-key-7f3a91",
}

// names may stand in PostgreSQL's files, where children are found by them, and in no other.
var secretNames = []string{"欧阳若渊"}

// Everything that is done with a child, also what fails, and a power cut in the middle of an
// import: no file of the program tells of it, whether database, write-ahead log, stream,
// object store, log or what lies around.
func TestNoFileTellsOfAChild(t *testing.T) {
	p := newProgram(t)
	workOnTheSecretChild(t, p)

	book, _ := generated(t, 6000, 5)
	p.asProvince().startImport("下发台账.xlsx", book)
	p.kill()
	p.start()
	left, err := filepath.Glob(filepath.Join(p.data, "tmp", "*", "*.xlsx"))
	if err != nil || len(left) > 0 {
		t.Errorf("uploads lie around: %q, %v", left, err)
	}
	province := p.asProvince()
	if i := province.importFile("下发台账.xlsx", book); i.GetState() != ledgerv1.Import_SUCCEEDED {
		t.Fatal(i)
	}
	p.relayed()
	p.stop()
	p.cmd = nil

	numbers, names := append([]string{}, secrets...), append([]string{}, secretNames...)
	for _, row := range sheetRows(t, book, 0)[1:120] {
		if len(row) > 15 && len(row[3]) == 18 && len(row[15]) == 11 && len([]rune(row[1])) == 3 {
			numbers, names = append(numbers, row[3], row[5], row[15]), append(names, row[1])
		}
	}
	if len(names) < 20 {
		t.Fatalf("%d children are looked for: this proves little", len(names))
	}
	seen := p.search(numbers, names)
	for _, part := range []string{"postgres", "jetstream", "log"} {
		if seen[part] == 0 {
			t.Errorf("nothing of %s was read: this proves nothing", part)
		}
	}
}

// workOnTheSecretChild does with the child whatever a clerk, a city and the province do.
func workOnTheSecretChild(t *testing.T, p *program) {
	t.Helper()
	province := p.asProvince()
	clerk, city := p.overREST(t, "xihu").(overREST), p.overREST(t, "hangzhou").(overREST)
	if i := province.importFile("台账.csv", []byte(secretLedger)); i.GetState() != ledgerv1.Import_SUCCEEDED {
		t.Fatal(i)
	}
	// A page with a ledger in it is refused.
	province.importFile("台账.xls", []byte("<html><table>"+secretLedger))
	for _, query := range []url.Values{
		{"idNumber": {"330106201003071117"}}, {"q": {"欧阳若渊"}}, {"q": {"1117"}}, {"name": {"若渊"}}, {"orderBy": {"person_name"}, "pageSize": {"1"}},
	} {
		clerk.ok(&ledgerv1.ListEntriesResponse{}, "/v1/entries?"+query.Encode())
	}
	list := &ledgerv1.ListEntriesResponse{}
	clerk.ok(list, "/v1/entries?idNumber=330106201003071117")
	if len(list.GetEntries()) != 1 {
		t.Fatal(list)
	}
	path := "/v1/entries/" + list.GetEntries()[0].GetId()
	today := now().Format(time.DateOnly)
	post := func(c overREST, path, body string, sound bool) []byte {
		t.Helper()
		answer, err := c.do(http.MethodPost, path, "application/json", strings.NewReader(strings.ReplaceAll(body, "TODAY", today)))
		if (err == nil) != sound {
			t.Fatalf("%s: %v", path, err)
		}
		return answer
	}
	const witness = `"witness": "司马见证 13957150045", "witnessDate": "TODAY", "explanation": "住守密弄77号，在家照看弟妹"`
	post(clerk, path+"/findings", `{"dropout": {"code": "B2", `+witness+`}}`, false)
	post(clerk, path+"/findings", `{"dropout": {"code": "A2", `+witness+`, "unknown": "守密弄77号"}}`, false)
	post(clerk, path+"/findings", `{"dropout": {"code": "A2", `+witness+`}}`, true)
	// Somebody else was faster.
	post(clerk, path+"/findings", `{"dropout": {"code": "A3", `+witness+`}}`, false)
	post(clerk, path+"/visits", `{"form": {"date": "TODAY", "persuaders": "尉迟劝返", "contact": "外婆 13957150046", "method": "HOME_VISIT",
		"childSituation": "在家照看弟妹", "familySituation": "诸葛守拙在外", "result": "AGREED"}}`, true)
	step := &verificationv1.LegalStep{}
	if err := clerk.into(step, http.MethodPost, path+"/legalSteps", strings.NewReader(
		`{"form": {"code": "EDUCATION", "date": "`+today+`", "authority": "尉迟劝返", "note": "诸葛守拙不在，外婆在"}}`)); err != nil {
		t.Fatal(err)
	}
	post(clerk, path+"/legalSteps", `{"form": {"code": "ENFORCEMENT", "documentNumber": "守密弄77号", "date": "TODAY"}}`, false)
	post(clerk, path+"/legalSteps/"+step.GetId()+":withdraw", `{"reason": "外婆 13957150046 说已转学"}`, true)
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part := must[io.Writer](t)(w.CreateFormFile("file", "东方走访记录.pdf"))
	must[int](t)(part.Write([]byte("%PDF-1.7\n东方走访记录：守密弄77号\n%%EOF")))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	must[[]byte](t)(clerk.do(http.MethodPost, path+"/evidence?revision=1", w.FormDataContentType(), &form))
	must[[]byte](t)(clerk.do(http.MethodGet, path+"/return-notice.html?reason="+url.QueryEscape("送达通知书"), "", nil))
	post(clerk, path+":reveal", `{"reason": "电话核实"}`, true)
	post(clerk, path+"/findings", `{"baseRevision": 1, "enrolled": {"code": "B3", "schoolRegion": "330106", "school": "文三路小学", `+witness+`}}`, true)
	post(clerk, path+"/duty:complete", `{"recordNumber": "G330106201003079998"}`, true)
	until(t, func() bool {
		// The county is known to it by an event.
		_, err := city.do(http.MethodPost, "/v1/reviewSamples", "application/json", strings.NewReader(`{"region": "330106", "seed": "7"}`))
		return err == nil
	})
	city.ok(&verificationv1.ListSignalsResponse{}, "/v1/signals?region=330106")
	if len(clerk.export()) == 0 {
		t.Fatal("the export is empty")
	}
	// A file that is made in the background, in full, and fetched.
	made := &reportingv1.Export{}
	if err := clerk.into(made, http.MethodPost, "/v1/exports", strings.NewReader(`{"format": "EXPORT_FORMAT_CSV", "reason": "核对上报"}`)); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool {
		clerk.ok(made, "/v1/exports/"+made.GetId())
		return made.GetState() == reportingv1.ExportState_EXPORT_READY
	})
	if file := must[[]byte](t)(clerk.do(http.MethodGet, "/v1/exports/"+made.GetId()+"/file", "", nil)); !bytes.Contains(file, []byte("守密弄77号")) {
		t.Fatal("the export is not in full")
	}
	order := &verificationv1.BatchIssueOrdersResponse{}
	if err := city.into(order, http.MethodPost, "/v1/supervisionOrders:batchIssue", strings.NewReader(
		`{"countyCodes": ["330106"], "title": "核查诸葛守拙之子", "text": "住守密弄77号", "dueOn": "`+today+`"}`)); err != nil {
		t.Fatal(err)
	}
	post(clerk, "/v1/supervisionOrders/"+order.GetOrders()[0].GetId()+":reply", `{"text": "已到守密弄77号，司马见证"}`, true)
	clerk.ok(&verificationv1.ListMessagesResponse{}, "/v1/inbox")
	must[[]byte](t)(city.do(http.MethodGet, "/v1/exports/orders.xlsx", "", nil))
	// An address that can't be called, which the log says.
	hook := &reportingv1.CreateWebhookResponse{}
	if err := province.into(hook, http.MethodPost, "/v1/webhooks", strings.NewReader(
		`{"url": "https://localhost/?key=webhook-key-7f3a91", "regionCode": "330000", "displayName": "办公系统"}`)); err != nil {
		t.Fatal(err)
	}
	post(province, "/v1/webhooks/"+hook.GetWebhook().GetId()+":test", `{}`, true)
	until(t, func() bool {
		all := &reportingv1.ListWebhooksResponse{}
		province.ok(all, "/v1/webhooks")
		return all.GetWebhooks()[0].GetFailures() > 0
	})
}

// relayed waits until nothing waits to be told any more.
func (p *program) relayed() {
	p.t.Helper()
	month := thisMonth()
	must[any](p.t)(p.asProvince().closeMonth(month))
}

// search looks through all files but the keys, for the first in the clear everywhere, for the
// names outside the database; it returns how many files it read of each part of the data.
func (p *program) search(everywhere, outside []string) (read map[string]int) {
	p.t.Helper()
	read = map[string]int{}
	err := filepath.WalkDir(p.data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		place, err := filepath.Rel(p.data, path)
		if err != nil {
			return err
		}
		part, _, _ := strings.Cut(place, string(filepath.Separator))
		if part == "keys" {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		read[part]++
		for _, secret := range everywhere {
			p.tells(place, content, secret)
		}
		if part != "postgres" {
			for _, name := range outside {
				p.tells(place, content, name)
			}
		}
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return read
}

// tells fails for a text that stands in a file as it is, or as it is usually written.
func (p *program) tells(place string, content []byte, text string) {
	p.t.Helper()
	for _, written := range []string{text, hex.EncodeToString([]byte(text)), base64.StdEncoding.EncodeToString([]byte(text)), url.QueryEscape(text)} {
		if at := bytes.Index(content, []byte(written)); at >= 0 {
			p.t.Errorf("%s tells %q: %q", place, text, content[max(0, at-60):min(len(content), at+60)])
			return
		}
	}
}

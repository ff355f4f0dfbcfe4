package systemtest

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
)

// told is a message that a webhook got.
type told struct {
	header http.Header
	body   []byte
}

// Another system that can only be called hears of a supervision order by HTTPS, signed; although it
// was out of order at first, and Baoxue was killed before it came back.
func TestAnotherSystemIsCalled(t *testing.T) {
	var open atomic.Bool
	refused, messages := make(chan struct{}, 100), make(chan told, 100)
	other := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if !open.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			refused <- struct{}{}
			return
		}
		messages <- told{r.Header, body}
	}))
	t.Cleanup(other.Close)
	roots := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: other.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	p := newProgram(t, "SSL_CERT_FILE="+roots, "BAOXUE_WEBHOOK_NETWORKS=127.0.0.0/8")
	ctx, province := testkit.Context(t), p.asProvince()

	create := func(body string) (*reportingv1.CreateWebhookResponse, error) {
		c := &reportingv1.CreateWebhookResponse{}
		return c, province.into(c, http.MethodPost, "/v1/webhooks", strings.NewReader(body))
	}
	if _, err := create(`{"url": "https://10.0.0.1/", "regionCode": "999999"}`); len(fault.As(err).Violations) != 3 {
		t.Errorf("address, region and name are wrong: %v", err)
	}
	created, err := create(`{"url": "` + other.URL + `/hook", "regionCode": "330106", "displayName": "县教育局办公系统", "types": ["baoxue.event.v1.SupervisionOrderChanged"]}`)
	if err != nil {
		t.Fatal(err)
	}
	var issued verificationv1.BatchIssueOrdersResponse
	due := time.Now().AddDate(0, 0, 30).Format(time.DateOnly)
	if err := province.into(&issued, http.MethodPost, "/v1/supervisionOrders:batchIssue", strings.NewReader(
		`{"countyCodes": ["330105", "330106"], "title": "核查王小明", "text": "请入户核实", "dueOn": "`+due+`"}`)); err != nil {
		t.Fatal(err)
	}
	select {
	case <-refused:
	case <-ctx.Done():
		t.Fatal("it was never called")
	}
	p.kill()
	p.start()
	open.Store(true)
	province = p.asProvince()
	if err := province.into(&reportingv1.Webhook{}, http.MethodPost, "/v1/webhooks/"+created.GetWebhook().GetId()+":resume", strings.NewReader("{}")); err != nil {
		t.Fatal(err)
	}
	var m told
	select {
	case m = <-messages:
	case <-ctx.Done():
		t.Fatal("it was never told")
	}
	listed := exportedRows(t, must[[]byte](t)(province.do(http.MethodGet, "/v1/exports/webhooks.xlsx", "", nil)))
	if len(listed) != 2 || listed[1][0] != "县教育局办公系统" || listed[1][2] != "西湖区" || listed[1][3] != "督办" || strings.Contains(fmt.Sprint(listed), created.GetSecret()) {
		t.Errorf("the webhook leaves as %q", listed)
	}
	receiver, err := standardwebhooks.NewWebhook(created.GetSecret())
	if err != nil {
		t.Fatal(err)
	}
	if err := receiver.Verify(m.body, m.header); err != nil {
		t.Error(err)
	}
	var events []struct {
		Type string
		Data struct{ OrderID, Kind, CountyCode, DueOn string }
	}
	if err := json.Unmarshal(m.body, &events); err != nil {
		t.Fatal(err)
	}
	if len(events) != 1 || events[0].Data.OrderID != issued.GetOrders()[1].GetId() || events[0].Data.Kind != "ISSUED" || events[0].Data.DueOn != due {
		t.Errorf("got %s", m.body)
	}
	if strings.Contains(string(m.body), "王小明") {
		t.Errorf("a name went out: %s", m.body)
	}
}

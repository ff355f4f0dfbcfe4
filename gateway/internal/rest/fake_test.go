package rest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/gateway/internal/rest"
	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
	commonv1 "baoxue.internal/proto/gen/baoxue/common/v1"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// backend is all four services behind the real interceptors, with answers made
// up for the tests. Its tokens are "<level>:<region>".
type backend struct {
	authv1.UnimplementedAuthServiceServer
	authv1.UnimplementedUserServiceServer
	regionv1.UnimplementedRegionServiceServer
	ledgerv1.UnimplementedLedgerServiceServer
	ledgerv1.UnimplementedImportServiceServer
	verificationv1.UnimplementedFindingServiceServer
	reportingv1.UnimplementedMonthServiceServer
	reportingv1.UnimplementedProgressServiceServer
	reportingv1.UnimplementedExportServiceServer
	auditv1.UnimplementedAuditServiceServer

	// log is what the gateway before it writes; nil for nowhere.
	log      slog.Handler
	mu       sync.Mutex
	entries  []*ledgerv1.Entry
	findings map[string][]*verificationv1.Finding
	imports  []*ledgerv1.Import
	// asked is the newest list request, uploaded the newest upload.
	asked    *ledgerv1.ListEntriesRequest
	exported *ledgerv1.EntryFilter
	searched *auditv1.SearchRecordsRequest
	uploaded upload
	// uploadEnded reports how each upload ended for the ledger.
	uploadEnded chan error
	// fail makes GetEntry fail.
	fail error
	// expired is the access tokens that are refused.
	expired map[string]bool
	closed  map[string]bool
}

type upload struct {
	filename     string
	size         int
	largestChunk int
}

func newBackend() *backend {
	b := &backend{
		findings: map[string][]*verificationv1.Finding{}, uploadEnded: make(chan error, 1),
		expired: map[string]bool{}, closed: map[string]bool{},
	}
	for i, name := range []string{"王明", "李华", "张伟", "赵丽", "孙强", "吴芳", "郑雷", "钱梅", "傅红"} {
		b.entries = append(b.entries, &ledgerv1.Entry{
			Id: fmt.Sprintf("entry-%d", i+1), SerialNumber: fmt.Sprint(i + 1), PersonName: name,
			BirthDate: fmt.Sprintf("200%d-%02d-%02d", i, i+1, i+1), IdNumber: "330102********1234",
			HouseholdPlace: "浙江省杭州市", HomeAddress: "浙江省杭州市西湖区文三路123号", InSchool: "否",
			Source: ledgerv1.Source_SOURCE_NATIONAL_SUSPECTED, RegionCode: "330102", CountyCode: "330102",
			Status: ledgerv1.Status_PENDING, Flags: []string{"ID_CHECKSUM", "BIRTH_MISMATCH"},
		})
	}
	own := b.entries[8]
	own.CountyCode, own.RegionCode, own.RoutingReason = "", "339999", "REGION_UNKNOWN"
	own.Suggestions = []*ledgerv1.RoutingSuggestion{{CountyCode: "330106", Reason: "HOME_ADDRESS"}}
	return b
}

func (b *backend) Authenticate(_ context.Context, token string) (rpc.Identity, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	level, region, ok := strings.Cut(token, ":")
	if !ok || b.expired[token] {
		return rpc.Identity{}, fault.New(fault.Unauthenticated, "TOKEN_EXPIRED", "登录已过期")
	}
	region, _, _ = strings.Cut(region, ":")
	return rpc.Identity{
		Subject: token, Name: token, Level: commonv1.Level(commonv1.Level_value["LEVEL_"+level]), Region: region, Token: token, Roles: everyRole(),
		MustChangePassword: hasFirstPassword(token),
	}, nil
}

// hasFirstPassword reports whether it is the token of somebody who has to change
// the password before anything else.
func hasFirstPassword(token string) bool { return strings.HasSuffix(token, ":first") }

func userOf(token string) *authv1.User {
	level, region, _ := strings.Cut(token, ":")
	region, _, _ = strings.Cut(region, ":")
	return &authv1.User{
		Id: level + region, Roles: everyRole(), Username: strings.ToLower(level), DisplayName: "测试用户", RegionCode: region, RegionName: regionNames[region],
		Level: commonv1.Level(commonv1.Level_value["LEVEL_"+level]), MustChangePassword: hasFirstPassword(token),
	}
}

var accounts = map[string]string{"zhejiang": "PROVINCE:330000", "hangzhou": "CITY:330100", "shangcheng": "COUNTY:330102"}

const firstPassword = "first-password"

func (b *backend) Login(_ context.Context, r *authv1.LoginRequest) (*authv1.LoginResponse, error) {
	if r.GetUsername() == "xihu" && r.GetPassword() == firstPassword {
		if r.GetTotpCode() == "" {
			return nil, fault.New(fault.Unauthenticated, "TOTP_REQUIRED", "请输入动态验证码")
		}
		const token = "COUNTY:330106:first"
		return &authv1.LoginResponse{AccessToken: token, RefreshToken: token, ExpiresIn: 900, User: userOf(token)}, nil
	}
	token, ok := accounts[r.GetUsername()]
	if !ok || r.GetPassword() != "baoxue-demo-2019" {
		return nil, fault.New(fault.Unauthenticated, "CREDENTIALS_INVALID", "用户名或密码不正确")
	}
	return &authv1.LoginResponse{AccessToken: token, RefreshToken: token, ExpiresIn: 900, User: userOf(token)}, nil
}

func (b *backend) Refresh(_ context.Context, r *authv1.RefreshRequest) (*authv1.RefreshResponse, error) {
	if strings.HasSuffix(r.GetRefreshToken(), ":again") {
		return nil, fault.New(fault.Unauthenticated, "TOKEN_EXPIRED", "登录已过期")
	}
	token := r.GetRefreshToken() + ":again"
	return &authv1.RefreshResponse{AccessToken: token, RefreshToken: token, ExpiresIn: 900, User: userOf(token)}, nil
}

func (b *backend) Logout(context.Context, *authv1.LogoutRequest) (*authv1.LogoutResponse, error) {
	return &authv1.LogoutResponse{}, nil
}

func (b *backend) GetMe(ctx context.Context, _ *authv1.GetMeRequest) (*authv1.GetMeResponse, error) {
	return &authv1.GetMeResponse{User: userOf(rpc.IdentityFrom(ctx).Token)}, nil
}

func (b *backend) ChangePassword(_ context.Context, r *authv1.ChangePasswordRequest) (*authv1.ChangePasswordResponse, error) {
	var violations []fault.Violation
	if r.GetCurrentPassword() != firstPassword {
		violations = append(violations, fault.Violation{Field: "current_password", Reason: "CREDENTIALS_INVALID", Message: "当前密码不正确"})
	}
	if strings.HasPrefix(r.GetNewPassword(), "woaini") {
		violations = append(violations, fault.Violation{Field: "new_password", Reason: "PASSWORD_TOO_WEAK", Message: "密码过于常见"})
	}
	if err := fault.FromViolations("PASSWORD_TOO_WEAK", "新密码不符合要求", violations); err != nil {
		return nil, err
	}
	const token = "COUNTY:330106"
	return &authv1.ChangePasswordResponse{AccessToken: token, RefreshToken: token, ExpiresIn: 900, User: userOf(token)}, nil
}

func (b *backend) CreateUser(_ context.Context, r *authv1.CreateUserRequest) (*authv1.CreateUserResponse, error) {
	return &authv1.CreateUserResponse{User: &authv1.User{Id: "u1", Username: r.GetUsername()}}, nil
}

var regionNames = map[string]string{
	"330000": "浙江省", "340000": "安徽省", "330100": "杭州市", "330300": "温州市", "330102": "上城区", "330106": "西湖区", "330327": "苍南县",
}

func region(code string) *regionv1.Region {
	r := &regionv1.Region{Code: code, Name: regionNames[code], Level: regionv1.RegionLevel_REGION_LEVEL_COUNTY, ParentCode: code[:4] + "00"}
	switch {
	case strings.HasSuffix(code, "0000"):
		r.Level, r.ParentCode = regionv1.RegionLevel_REGION_LEVEL_PROVINCE, ""
	case strings.HasSuffix(code, "00"):
		r.Level, r.ParentCode = regionv1.RegionLevel_REGION_LEVEL_CITY, code[:2]+"0000"
	}
	return r
}

func (b *backend) ListRegions(_ context.Context, r *regionv1.ListRegionsRequest) (*regionv1.ListRegionsResponse, error) {
	resp := &regionv1.ListRegionsResponse{}
	for _, code := range []string{"330000", "330100", "330102", "330106", "330300", "330327", "340000"} {
		if c := region(code); c.GetParentCode() == r.GetParent() || r.GetRecursive() && strings.HasPrefix(code, r.GetParent()[:2]) && code != r.GetParent() {
			resp.Regions = append(resp.Regions, c)
		}
	}
	return resp, nil
}

func (b *backend) GetRegion(_ context.Context, r *regionv1.GetRegionRequest) (*regionv1.GetRegionResponse, error) {
	return &regionv1.GetRegionResponse{Region: region(r.GetCode())}, nil
}

func (b *backend) visible(ctx context.Context, region string) []*ledgerv1.Entry {
	id := rpc.IdentityFrom(ctx)
	var entries []*ledgerv1.Entry
	for _, e := range b.entries {
		county := id.Level == commonv1.Level_LEVEL_COUNTY && e.GetCountyCode() != id.Region
		city := id.Level == commonv1.Level_LEVEL_CITY && e.GetCountyCode() == ""
		if !county && !city && (region != "none" || e.GetCountyCode() == "") {
			entries = append(entries, e)
		}
	}
	return entries
}

func (b *backend) ListEntries(ctx context.Context, r *ledgerv1.ListEntriesRequest) (*ledgerv1.ListEntriesResponse, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = r
	resp := &ledgerv1.ListEntriesResponse{}
	for _, e := range b.visible(ctx, r.GetRegion()) {
		pending := e.GetStatus() == ledgerv1.Status_PENDING
		if (r.GetTab() == ledgerv1.Tab_TAB_PENDING) == pending && strings.Contains(e.GetPersonName(), r.GetQ()) {
			resp.Entries = append(resp.Entries, e)
		}
	}
	resp.TotalSize = int32(len(resp.GetEntries()))
	return resp, nil
}

func (b *backend) CountEntries(ctx context.Context, r *ledgerv1.CountEntriesRequest) (*ledgerv1.CountEntriesResponse, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	resp := &ledgerv1.CountEntriesResponse{}
	for _, e := range b.visible(ctx, r.GetRegion()) {
		resp.Total++
		if e.GetStatus() == ledgerv1.Status_PENDING {
			resp.Pending++
		} else {
			resp.Handled++
		}
	}
	return resp, nil
}

func (b *backend) entry(id string) (*ledgerv1.Entry, error) {
	for _, e := range b.entries {
		if e.GetId() == id {
			return e, nil
		}
	}
	return nil, fault.New(fault.NotFound, "NOT_FOUND", "没有这条记录")
}

func (b *backend) GetEntry(_ context.Context, r *ledgerv1.GetEntryRequest) (*ledgerv1.GetEntryResponse, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		return nil, b.fail
	}
	e, err := b.entry(r.GetId())
	return &ledgerv1.GetEntryResponse{Entry: e}, err
}

func (b *backend) AssignEntry(_ context.Context, r *ledgerv1.AssignEntryRequest) (*ledgerv1.AssignEntryResponse, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, err := b.entry(r.GetId())
	if err != nil {
		return nil, err
	}
	e.CountyCode = r.GetCountyCode()
	return &ledgerv1.AssignEntryResponse{Entry: e}, nil
}

func (b *backend) CreateImport(stream grpc.ClientStreamingServer[ledgerv1.CreateImportRequest, ledgerv1.CreateImportResponse]) error {
	var got upload
	for {
		req, err := stream.Recv()
		if err != nil {
			b.uploadEnded <- err
			if !errors.Is(err, io.EOF) {
				return err
			}
			break
		}
		if name := req.GetFilename(); name != "" {
			got.filename = name
		}
		if got.filename == "refused.xlsx" {
			return fault.New(fault.Invalid, "FILE_NOT_WORKBOOK", "文件不是 Excel 工作簿")
		}
		got.size += len(req.GetChunk())
		got.largestChunk = max(got.largestChunk, len(req.GetChunk()))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.uploaded = got
	i := &ledgerv1.Import{Id: "import-1", Filename: got.filename, State: ledgerv1.Import_RUNNING, CreateTime: timestamppb.Now()}
	b.imports = []*ledgerv1.Import{i}
	return stream.SendAndClose(&ledgerv1.CreateImportResponse{Import: i})
}

func (b *backend) GetImport(_ context.Context, r *ledgerv1.GetImportRequest) (*ledgerv1.GetImportResponse, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.imports) == 0 || b.imports[0].GetId() != r.GetId() {
		return nil, fault.New(fault.NotFound, "NOT_FOUND", "没有这次导入")
	}
	i := b.imports[0]
	i.State, i.RowsRead, i.RowsStored, i.RowsFlagged = ledgerv1.Import_SUCCEEDED, 9, 9, 1
	return &ledgerv1.GetImportResponse{Import: i}, nil
}

func (b *backend) ListImports(context.Context, *ledgerv1.ListImportsRequest) (*ledgerv1.ListImportsResponse, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return &ledgerv1.ListImportsResponse{Imports: b.imports}, nil
}

func (b *backend) ListImportIssues(context.Context, *ledgerv1.ListImportIssuesRequest) (*ledgerv1.ListImportIssuesResponse, error) {
	return &ledgerv1.ListImportIssuesResponse{Issues: []*ledgerv1.ImportIssue{{Sheet: "台账", Row: 3, Description: "身份证校验位错误"}}}, nil
}

func (b *backend) ListFindingCodes(context.Context, *verificationv1.ListFindingCodesRequest) (*verificationv1.ListFindingCodesResponse, error) {
	resp := &verificationv1.ListFindingCodesResponse{}
	for _, c := range []struct {
		code, name, explanation string
		action                  verificationv1.Action
	}{
		{"A1", "打工务农", "", verificationv1.Action_DROPOUT},
		{"A8", "其他原因", "需在备注栏中说明原因", verificationv1.Action_DROPOUT},
		{"B2", "在校有学籍", "比对时间节点后新入学或新注册学籍", verificationv1.Action_ENROLLED},
		{"B3", "省内就读无学籍", "", verificationv1.Action_ENROLLED},
		{"99", "未确认完成", "", verificationv1.Action_UNCONFIRMED},
	} {
		resp.Codes = append(resp.Codes, &verificationv1.FindingCode{Code: c.code, Name: c.name, Explanation: c.explanation, Action: c.action})
	}
	return resp, nil
}

func (b *backend) ListFindings(_ context.Context, r *verificationv1.ListFindingsRequest) (*verificationv1.ListFindingsResponse, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return &verificationv1.ListFindingsResponse{Findings: b.findings[r.GetEntryId()]}, nil
}

func (b *backend) SubmitFinding(ctx context.Context, r *verificationv1.SubmitFindingRequest) (*verificationv1.SubmitFindingResponse, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, err := b.entry(r.GetEntryId())
	if err != nil {
		return nil, err
	}
	if e.GetRevision() != r.GetBaseRevision() {
		return nil, fault.New(fault.Conflict, "REVISION_CONFLICT", "这条记录刚刚被其他人修改")
	}
	f := &verificationv1.Finding{EntryId: e.GetId(), Revision: e.GetRevision() + 1, Author: rpc.IdentityFrom(ctx).Name, CreateTime: timestamppb.Now()}
	var prefix string
	switch form := r.GetForm().(type) {
	case *verificationv1.SubmitFindingRequest_Enrolled:
		prefix, f.Action, f.Code, f.Witness, f.WitnessDate = "enrolled", verificationv1.Action_ENROLLED, form.Enrolled.GetCode(), form.Enrolled.GetWitness(), form.Enrolled.GetWitnessDate()
		f.SchoolRegion, f.School = form.Enrolled.GetSchoolRegion(), form.Enrolled.GetSchool()
	case *verificationv1.SubmitFindingRequest_Dropout:
		prefix, f.Action, f.Code, f.Witness, f.WitnessDate = "dropout", verificationv1.Action_DROPOUT, form.Dropout.GetCode(), form.Dropout.GetWitness(), form.Dropout.GetWitnessDate()
	case *verificationv1.SubmitFindingRequest_Unconfirmed:
		prefix, f.Action, f.Code, f.Witness, f.WitnessDate = "unconfirmed", verificationv1.Action_UNCONFIRMED, "99", form.Unconfirmed.GetWitness(), form.Unconfirmed.GetWitnessDate()
	}
	var violations []fault.Violation
	for field, value := range map[string]string{"code": f.GetCode(), "witness": f.GetWitness(), "witness_date": f.GetWitnessDate()} {
		if value == "" {
			violations = append(violations, fault.Violation{Field: prefix + "." + field, Reason: "REQUIRED", Message: "请填写"})
		}
	}
	if prefix == "enrolled" && f.GetSchoolRegion() == "" {
		violations = append(violations, fault.Violation{Field: "enrolled.school_region", Reason: "REQUIRED", Message: "请选择就读省县"})
	}
	if err := fault.FromViolations("FINDING_INVALID", "填写有误，请更正", violations); err != nil {
		return nil, err
	}
	e.Revision, e.Code, e.Status = f.GetRevision(), f.GetCode(), ledgerv1.Status_HANDLED
	if f.GetCode() == "99" {
		e.Status = ledgerv1.Status_UNCONFIRMED
	}
	b.findings[e.GetId()] = append([]*verificationv1.Finding{f}, b.findings[e.GetId()]...)
	return &verificationv1.SubmitFindingResponse{Finding: f}, nil
}

func (b *backend) CloseMonth(_ context.Context, r *reportingv1.CloseMonthRequest) (*reportingv1.CloseMonthResponse, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed[r.GetMonth()] = true
	return &reportingv1.CloseMonthResponse{Snapshot: &reportingv1.Snapshot{Month: r.GetMonth()}, Total: &reportingv1.FigureRow{Total: 9}}, nil
}

// RebuildFigures tells the seconds that it may take.
func (*backend) RebuildFigures(ctx context.Context, _ *reportingv1.RebuildFiguresRequest) (*reportingv1.RebuildFiguresResponse, error) {
	until, _ := ctx.Deadline()
	return &reportingv1.RebuildFiguresResponse{Missing: int64(time.Until(until).Seconds())}, nil
}

func (b *backend) GetMonth(_ context.Context, r *reportingv1.GetMonthRequest) (*reportingv1.GetMonthResponse, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed[r.GetMonth()] {
		return nil, fault.New(fault.NotFound, "MONTH_NOT_CLOSED", "本月尚未汇总")
	}
	return &reportingv1.GetMonthResponse{
		Snapshot: &reportingv1.Snapshot{Month: r.GetMonth(), State: reportingv1.Snapshot_CLOSED, Number: 1, Digest: "0123456789abcdef"},
		Rows:     []*reportingv1.FigureRow{{RegionCode: "330000", RegionName: "浙江省", AllSources: true, Total: 9, VerifiedRate: "11.11", ReturnedRate: "—"}},
	}, nil
}

func (b *backend) ListMonths(context.Context, *reportingv1.ListMonthsRequest) (*reportingv1.ListMonthsResponse, error) {
	return &reportingv1.ListMonthsResponse{}, nil
}

func (b *backend) ListFigureDefinitions(context.Context, *reportingv1.ListFigureDefinitionsRequest) (*reportingv1.ListFigureDefinitionsResponse, error) {
	return &reportingv1.ListFigureDefinitionsResponse{Definitions: []*reportingv1.FigureDefinition{
		{Key: "total", Title: "台账总数", Kind: reportingv1.FigureDefinition_COUNT}, {Key: "verifiedRate", Title: "核查率", Kind: reportingv1.FigureDefinition_RATE},
	}}, nil
}

// GetBulletinWorkbook breaks off in the middle for 2019-06 and sends nothing at
// all for 2019-05.
func (b *backend) GetBulletinWorkbook(r *reportingv1.GetBulletinWorkbookRequest, stream grpc.ServerStreamingServer[httpbody.HttpBody]) error {
	switch r.GetMonth() {
	case "2019-04":
		return fault.New(fault.Precondition, "MONTH_NOT_CLOSED", "本月尚未汇总")
	case "2019-05":
		return nil
	}
	if err := stream.Send(&httpbody.HttpBody{Data: []byte("PK half ")}); err != nil {
		return err
	}
	if r.GetMonth() == "2019-06" {
		return errors.New("disk full at /var/lib/secret")
	}
	return stream.Send(&httpbody.HttpBody{Data: []byte("whole")})
}

// GetBulletinPage fails as the backend is to.
func (b *backend) GetBulletinPage(context.Context, *reportingv1.GetBulletinPageRequest) (*reportingv1.GetBulletinPageResponse, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return nil, b.fail
}

func (b *backend) ExportEntries(r *reportingv1.ExportEntriesRequest, stream grpc.ServerStreamingServer[httpbody.HttpBody]) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.exported = r.GetFilter()
	return stream.Send(&httpbody.HttpBody{Data: []byte("PK entries")})
}

func (b *backend) register(r grpc.ServiceRegistrar) {
	auditv1.RegisterAuditServiceServer(r, b)
	authv1.RegisterAuthServiceServer(r, b)
	authv1.RegisterUserServiceServer(r, b)
	regionv1.RegisterRegionServiceServer(r, b)
	ledgerv1.RegisterLedgerServiceServer(r, b)
	ledgerv1.RegisterImportServiceServer(r, b)
	verificationv1.RegisterFindingServiceServer(r, b)
	reportingv1.RegisterMonthServiceServer(r, b)
	reportingv1.RegisterProgressServiceServer(r, b)
	reportingv1.RegisterExportServiceServer(r, b)
}

// start serves the backend and the gateway before it, and stops both with the
// test.
func start(t testing.TB, b *backend, bundle fs.FS) *httptest.Server {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	log := quiet
	if b.log != nil {
		log = slog.New(b.log)
	}
	server, err := rpc.NewServer(rpc.ServerOptions{Log: quiet, Authenticator: b}, b.register)
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(t.TempDir(), "s")
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener) }()
	conn, err := rpc.Dial("unix://"+socket, rpc.ClientOptions{Token: rpc.Anonymous})
	if err != nil {
		t.Fatal(err)
	}
	handler, err := rest.New(rest.Config{
		RegionAuth: conn, Ledger: conn, Verification: conn, Reporting: conn, Log: log, Bundle: bundle,
		Ready: func(context.Context) error { return errors.New("dial tcp 10.1.2.3: refused") },
	})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewUnstartedServer(handler)
	front.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	front.Start()
	t.Cleanup(func() {
		front.Close()
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return front
}

var built = fstest.MapFS{
	"index.html":          {Data: []byte("<!doctype html>the page")},
	"docs.html":           {Data: []byte("<!doctype html>the docs")},
	"favicon.svg":         {Data: []byte("<svg/>")},
	"assets/index-abc.js": {Data: []byte("export {}")},
}

func everyRole() []commonv1.Role {
	var roles []commonv1.Role
	for n := range commonv1.Role_name {
		roles = append(roles, commonv1.Role(n))
	}
	return roles
}

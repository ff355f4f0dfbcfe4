package server

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"google.golang.org/grpc"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
)

// MaxFileSize bounds an uploaded workbook.
const MaxFileSize = 256 << 20

// Imports implements ImportService.
type Imports struct {
	ledgerv1.UnimplementedImportServiceServer
	UseCase *app.Imports
	// Background outlives the call that started an import; it ends when the
	// service stops.
	Background context.Context //nolint:containedctx // the service's own life, set once
	// TempDir receives uploads while they are read.
	TempDir string
}

// CreateImport implements ImportService.
func (s *Imports) CreateImport(stream grpc.ClientStreamingServer[ledgerv1.CreateImportRequest, ledgerv1.CreateImportResponse]) error {
	ctx := stream.Context()
	filename, path, err := s.receive(stream)
	if err != nil {
		return err
	}
	remove := func() {
		if err := os.Remove(path); err != nil {
			s.UseCase.Log.WarnContext(ctx, "uploaded file not removed", "error", err)
		}
	}
	// The import runs on in the name of whoever uploaded the file.
	background := rpc.WithRequestID(rpc.WithIdentity(s.Background, rpc.IdentityFrom(ctx)), rpc.RequestID(ctx))
	background = rpc.WithClientAddress(background, rpc.ClientAddress(ctx))
	created, err := s.UseCase.Start(ctx, background, callerFrom(ctx), filename, path, remove)
	if err != nil {
		return err
	}
	return stream.SendAndClose(&ledgerv1.CreateImportResponse{Import: importProto(created)})
}

// receive writes the upload to a file of its own.
func (s *Imports) receive(stream grpc.ClientStreamingServer[ledgerv1.CreateImportRequest, ledgerv1.CreateImportResponse]) (filename, path string, err error) {
	file, err := os.CreateTemp(s.TempDir, "import-*.xlsx")
	if err != nil {
		return "", "", fmt.Errorf("receiving a file: %w", err)
	}
	defer func() {
		if e := file.Close(); err == nil && e != nil {
			err = fmt.Errorf("receiving a file: %w", e)
		}
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	size := 0
	for {
		req, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return domain.Clean(filename), file.Name(), nil
		}
		if err != nil {
			return "", "", err
		}
		if name := req.GetFilename(); name != "" {
			filename = name
		}
		if size += len(req.GetChunk()); size > MaxFileSize {
			return "", "", fault.Newf(fault.Invalid, "FILE_TOO_LARGE", "文件超过 %d MB，请拆分后分别上传", MaxFileSize>>20)
		}
		if _, err := file.Write(req.GetChunk()); err != nil {
			return "", "", fmt.Errorf("receiving a file: %w", err)
		}
	}
}

// GetImport implements ImportService.
func (s *Imports) GetImport(ctx context.Context, req *ledgerv1.GetImportRequest) (*ledgerv1.GetImportResponse, error) {
	i, err := s.UseCase.Get(ctx, req.GetId())
	if err != nil {
		return nil, err
	}
	return &ledgerv1.GetImportResponse{Import: importProto(i)}, nil
}

// CancelImport implements ImportService.
func (s *Imports) CancelImport(ctx context.Context, req *ledgerv1.CancelImportRequest) (*ledgerv1.CancelImportResponse, error) {
	i, err := s.UseCase.Cancel(ctx, req.GetId())
	if err != nil {
		return nil, err
	}
	return &ledgerv1.CancelImportResponse{Import: importProto(i)}, nil
}

// ListImports implements ImportService. Ids grow with time, so a page token is
// the last id.
func (s *Imports) ListImports(ctx context.Context, req *ledgerv1.ListImportsRequest) (*ledgerv1.ListImportsResponse, error) {
	before, size := req.GetPageToken(), pageSize(req.GetPageSize(), 50)
	if before == "" {
		before = "ffffffff-ffff-ffff-ffff-ffffffffffff"
	} else if domain.CheckID(before) != nil {
		return nil, badPageToken()
	}
	imports, err := s.UseCase.Store.ListImports(ctx, before, size+1)
	if err != nil {
		return nil, err
	}
	resp := &ledgerv1.ListImportsResponse{}
	if len(imports) > size {
		imports = imports[:size]
		resp.NextPageToken = imports[size-1].ID
	}
	for _, i := range imports {
		resp.Imports = append(resp.Imports, importProto(i))
	}
	return resp, nil
}

// ListImportIssues implements ImportService.
func (s *Imports) ListImportIssues(ctx context.Context, req *ledgerv1.ListImportIssuesRequest) (*ledgerv1.ListImportIssuesResponse, error) {
	if _, err := s.UseCase.Get(ctx, req.GetId()); err != nil {
		return nil, err
	}
	row, sheet, err := readIssueToken(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	size := pageSize(req.GetPageSize(), 200)
	flag := domain.Flag(req.GetFlag())
	if flag != "" && !flag.Known() {
		return nil, fault.FromViolations("INVALID_REQUEST", "请求格式有误", []fault.Violation{
			{Field: "flag", Reason: "INVALID_REQUEST", Message: "没有这种异常标记"},
		})
	}
	issues, err := s.UseCase.Store.ListIssues(ctx, req.GetId(), app.IssueFilter{
		AfterRow: row, AfterSheet: sheet, Flag: flag, Sheet: req.GetSheet(), Most: size + 1,
	})
	if err != nil {
		return nil, err
	}
	resp := &ledgerv1.ListImportIssuesResponse{}
	if len(issues) > size {
		issues = issues[:size]
		last := issues[size-1]
		resp.NextPageToken = base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d\n%s", last.Row, last.Sheet))
	}
	for _, i := range issues {
		resp.Issues = append(resp.Issues, issueProto(i))
	}
	return resp, nil
}

func readIssueToken(token string) (row int, sheet string, err error) {
	if token == "" {
		return 0, "", nil
	}
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return 0, "", badPageToken()
	}
	number, sheet, ok := strings.Cut(string(text), "\n")
	if row, err = strconv.Atoi(number); err != nil || !ok {
		return 0, "", badPageToken()
	}
	return row, sheet, nil
}

func badPageToken() error {
	return fault.New(fault.Invalid, "PAGE_TOKEN_INVALID", "翻页标记无效，请从第一页重新查询")
}

func pageSize(asked int32, standard int) int {
	if asked == 0 {
		return standard
	}
	return int(asked)
}

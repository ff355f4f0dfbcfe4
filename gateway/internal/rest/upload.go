package rest

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"baoxue.internal/pkg/fault"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
)

const (
	maxFile = 256 << 20
	// chunkSize keeps an upload's memory small whatever the file's size.
	chunkSize = 256 << 10
	// formOverhead is what a multipart form may add to its file.
	formOverhead = 1 << 20
	maxFilename  = 255
)

// upload passes a workbook on to the ledger piece by piece, as fast as the
// ledger takes it.
type upload struct {
	imports ledgerv1.ImportServiceClient
	answers answers
	limit   int64
}

func (u upload) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	created, err := u.receive(w, r)
	if err != nil {
		u.answers.fail(w, r, err)
		return
	}
	body, err := marshaler.Marshal(created)
	if err != nil {
		u.answers.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}

func (u upload) receive(w http.ResponseWriter, r *http.Request) (*ledgerv1.Import, error) {
	if r.ContentLength > u.limit+formOverhead {
		return nil, u.fileTooLarge()
	}
	r.Body = http.MaxBytesReader(w, r.Body, u.limit+formOverhead)
	form, err := r.MultipartReader()
	if err != nil {
		return nil, missingFile("请以 multipart/form-data 上传文件").Because(err)
	}
	for {
		part, err := form.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			return nil, missingFile("请选择要导入的文件")
		case err != nil:
			return nil, u.interrupted(err)
		}
		if part.FormName() == "file" {
			return u.send(r, part)
		}
	}
}

// send ends in one of two ways only: the whole file was sent and the ledger
// answered, or the stream is cancelled. A part of a file is never closed like a
// whole one.
func (u upload) send(r *http.Request, part *multipart.Part) (*ledgerv1.Import, error) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	// Only the ledger's own time counts, not the client's slow line.
	late := time.AfterFunc(answerWithin, cancel)
	defer late.Stop()
	stream, err := u.imports.CreateImport(asCaller(ctx, r))
	if err != nil {
		return nil, began(err, late)
	}
	first := &ledgerv1.CreateImportRequest{Part: &ledgerv1.CreateImportRequest_Filename{Filename: filename(part)}}
	if err := stream.Send(first); err != nil {
		return nil, refused(stream, err)
	}
	late.Stop()
	var size int64
	buffer := make([]byte, chunkSize)
	for complete := false; !complete; {
		n, err := fill(part, buffer)
		if size += int64(n); size > u.limit {
			return nil, u.fileTooLarge()
		}
		if complete = errors.Is(err, io.EOF); err != nil && !complete {
			return nil, u.interrupted(err)
		}
		if n == 0 {
			continue
		}
		// Send serialises before it returns, so the buffer is free again.
		chunk := &ledgerv1.CreateImportRequest{Part: &ledgerv1.CreateImportRequest_Chunk{Chunk: buffer[:n]}}
		if err := stream.Send(chunk); err != nil {
			return nil, refused(stream, err)
		}
	}
	late.Reset(answerWithin)
	resp, err := stream.CloseAndRecv()
	if err != nil {
		return nil, began(err, late)
	}
	return resp.GetImport(), nil
}

// fill reads until the buffer is full or the part ends. io.ReadFull won't do: it
// calls a short last piece ErrUnexpectedEOF, which is what multipart calls a form
// that was cut off.
func fill(part io.Reader, buffer []byte) (n int, err error) {
	for n < len(buffer) && err == nil {
		var more int
		more, err = part.Read(buffer[n:])
		n += more
	}
	return n, err
}

// refused gives the ledger's reason to take no more: a stream tells its sender
// only that it has ended.
func refused(stream grpc.ClientStreamingClient[ledgerv1.CreateImportRequest, ledgerv1.CreateImportResponse], err error) error {
	if errors.Is(err, io.EOF) {
		_, err = stream.CloseAndRecv()
	}
	return fromStream(err)
}

// began tells a service that did not answer in time from a client that left.
func began(err error, late *time.Timer) error {
	if !late.Stop() {
		return words(fault.Deadline, err)
	}
	return fromStream(err)
}

func (u upload) interrupted(err error) error {
	if tooLarge(err) {
		return u.fileTooLarge()
	}
	return fault.New(fault.Invalid, "FILE_INTERRUPTED", "文件上传中断，请重新上传").Because(err)
}

func (u upload) fileTooLarge() error {
	f := fault.Newf(fault.Invalid, "FILE_TOO_LARGE", "文件超过 %d MB，请拆分后分别上传", u.limit>>20)
	f.Violations = []fault.Violation{{Field: "file", Reason: f.Reason, Message: f.Message}}
	return f
}

func missingFile(message string) *fault.Error {
	f := fault.New(fault.Invalid, "INVALID_REQUEST", message)
	f.Violations = []fault.Violation{{Field: "file", Reason: "REQUIRED", Message: message}}
	return f
}

// filename is for people only; the contract wants UTF-8 of bounded length.
func filename(part *multipart.Part) string {
	name := []rune(strings.ToValidUTF8(part.FileName(), "�"))
	if len(name) == 0 {
		return "未命名.xlsx"
	}
	// The end of a name says more than its start: the type.
	return string(name[max(0, len(name)-maxFilename):])
}

// asCaller passes the caller's credentials on.
func asCaller(ctx context.Context, r *http.Request) context.Context {
	if token := r.Header.Get("Authorization"); token != "" {
		return metadata.AppendToOutgoingContext(ctx, "authorization", token)
	}
	return ctx
}

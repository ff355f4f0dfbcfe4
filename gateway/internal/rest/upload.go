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
	"google.golang.org/protobuf/proto"

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
	limit   fileLimit
}

func (u upload) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	part, err := u.limit.file(w, r, "请选择要导入的文件")
	if err != nil {
		u.answers.fail(w, r, err)
		return
	}
	created, err := u.send(r, part)
	if err != nil {
		u.answers.fail(w, r, err)
		return
	}
	u.answers.created(w, r, created)
}

// created answers an upload with what was made of it.
func (a answers) created(w http.ResponseWriter, r *http.Request, message proto.Message) {
	body, err := marshaler.Marshal(message)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}

// fileLimit is the size of the largest file that is taken, in bytes.
type fileLimit int64

// file is the part of the form that holds the file.
func (l fileLimit) file(w http.ResponseWriter, r *http.Request, missing string) (*multipart.Part, error) {
	if r.ContentLength > int64(l)+formOverhead {
		return nil, l.tooLarge()
	}
	r.Body = http.MaxBytesReader(w, r.Body, int64(l)+formOverhead)
	form, err := r.MultipartReader()
	if err != nil {
		return nil, missingFile("请以 multipart/form-data 上传文件").Because(err)
	}
	for {
		part, err := form.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			return nil, missingFile(missing)
		case err != nil:
			return nil, l.interrupted(err)
		}
		if part.FormName() == "file" {
			return part, nil
		}
	}
}

// pour hands the file on piece by piece until its end.
func (l fileLimit) pour(part io.Reader, give func(chunk []byte) error) error {
	var size int64
	buffer := make([]byte, chunkSize)
	for complete := false; !complete; {
		n, err := fill(part, buffer)
		if size += int64(n); size > int64(l) {
			return l.tooLarge()
		}
		if complete = errors.Is(err, io.EOF); err != nil && !complete {
			return l.interrupted(err)
		}
		if n == 0 {
			continue
		}
		// What is given is serialised before give returns, so the buffer is free again.
		if err := give(buffer[:n]); err != nil {
			return err
		}
	}
	return nil
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
	if err := u.limit.pour(part, func(chunk []byte) error {
		if err := stream.Send(&ledgerv1.CreateImportRequest{Part: &ledgerv1.CreateImportRequest_Chunk{Chunk: chunk}}); err != nil {
			return refused(stream, err)
		}
		return nil
	}); err != nil {
		return nil, err
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

// refused gives the service's reason to take no more: a stream tells its sender
// only that it has ended.
func refused[Request, Response any](stream grpc.ClientStreamingClient[Request, Response], err error) error {
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

func (l fileLimit) interrupted(err error) error {
	if tooLarge(err) {
		return l.tooLarge()
	}
	return fault.New(fault.Invalid, "FILE_INTERRUPTED", "文件上传中断，请重新上传").Because(err)
}

func (l fileLimit) tooLarge() error {
	f := fault.Newf(fault.Invalid, "FILE_TOO_LARGE", "文件超过 %d MB，请拆分后分别上传", int64(l)>>20)
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

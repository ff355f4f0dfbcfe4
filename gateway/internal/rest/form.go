package rest

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"

	"baoxue.internal/pkg/fault"
)

const (
	// chunkSize keeps an upload's memory small whatever the file's size.
	chunkSize = 256 << 10
	// formOverhead is what a multipart form may add to its file.
	formOverhead = 1 << 20
	maxFilename  = 255
)

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

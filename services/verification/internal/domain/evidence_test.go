package domain_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"testing"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/services/verification/internal/domain"
)

func pictures(t testing.TB) (jpg, pngs []byte) {
	t.Helper()
	picture := image.NewGray(image.Rect(0, 0, 3, 2))
	var j, p bytes.Buffer
	if err := jpeg.Encode(&j, picture, nil); err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(&p, picture); err != nil {
		t.Fatal(err)
	}
	return j.Bytes(), p.Bytes()
}

func TestAFileIsToldByItsContent(t *testing.T) {
	jpg, pngs := pictures(t)
	huge := bytes.Clone(pngs)
	copy(huge[16:24], []byte{0, 1, 0, 0, 0, 1, 0, 0})
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"a PDF", []byte("%PDF-1.7\n...\n%%EOF\n"), "application/pdf"},
		{"a JPEG", jpg, "image/jpeg"},
		{"a PNG", pngs, "image/png"},
		{"a PDF cut off", []byte("%PDF-1.7\n..."), ""},
		{"a page that says it is a PDF", []byte("<script>alert(1)</script>%PDF-1.7 %%EOF"), ""},
		{"a PNG's first bytes only", pngs[:12], ""},
		{"a picture that says it is huge", huge, ""},
		{"a program", []byte("MZ\x90\x00"), ""},
		{"nothing", nil, ""},
		{"too much", append([]byte("%PDF-1.7"), make([]byte, domain.MaxEvidence)...), ""},
	} {
		got, err := domain.ContentType(c.file)
		if got != c.want || (c.want == "") != fault.Is(err, "EVIDENCE_INVALID") {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
}

func FuzzContentType(f *testing.F) {
	jpg, pngs := pictures(f)
	for _, seed := range [][]byte{jpg, pngs, []byte("%PDF-1.7 %%EOF"), nil} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		got, err := domain.ContentType(file)
		if (got == "") == (err == nil) {
			t.Fatalf("%q, %v", got, err)
		}
	})
}

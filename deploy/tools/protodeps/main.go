// Command protodeps writes the third-party .proto files that the contract
// imports into a folder, printed from the descriptors that the pinned Go
// packages carry. So no schema registry is needed, no foreign file is copied
// into the repository, and the schema can't differ from the generated code.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jhump/protoreflect/v2/protoprint"
	"google.golang.org/protobuf/reflect/protoreflect"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/genproto/googleapis/api/httpbody"
)

func main() {
	out := flag.String("o", "", "folder to write to")
	flag.Parse()
	if *out == "" {
		fmt.Fprintln(os.Stderr, "protodeps: -o is required")
		os.Exit(2)
	}
	files := []protoreflect.FileDescriptor{
		annotations.File_google_api_annotations_proto,
		annotations.File_google_api_http_proto,
		httpbody.File_google_api_httpbody_proto,
		validate.File_buf_validate_validate_proto,
	}
	for _, file := range files {
		if err := write(*out, file); err != nil {
			fmt.Fprintf(os.Stderr, "protodeps: %s: %v\n", file.Path(), err)
			os.Exit(1)
		}
	}
}

func write(dir string, file protoreflect.FileDescriptor) error {
	path := filepath.Join(dir, filepath.FromSlash(file.Path()))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	text, err := (&protoprint.Printer{}).PrintProtoToString(file)
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

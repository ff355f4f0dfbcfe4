package cli

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"

	"baoxue.internal/pkg/audit/chain"
	"baoxue.internal/pkg/audit/links"
	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
)

// findingChain writes the chains of all findings, to be verified elsewhere.
func (c *command) findingChain() *cobra.Command {
	var output string
	cmd := &cobra.Command{Use: "chain -o FILE", Short: "write the chains of all findings, to be verified elsewhere", Args: cobra.NoArgs}
	toFile(cmd, &output)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return c.with("verification", c.token, func(conn *grpc.ClientConn) error {
			stream, err := verificationv1.NewFindingChainServiceClient(conn).ExportFindingChain(cmd.Context(), &verificationv1.ExportFindingChainRequest{})
			if err != nil {
				return err
			}
			return c.write(output, func(w io.Writer) error { return saveChain(w, stream) })
		})
	}
	return cmd
}

func saveChain(w io.Writer, stream grpc.ServerStreamingClient[verificationv1.ExportFindingChainResponse]) error {
	buffered := bufio.NewWriter(w)
	for {
		resp, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return buffered.Flush()
		}
		if err != nil {
			return err
		}
		for _, l := range resp.GetLinks() {
			if err := links.Write(buffered, links.Line{
				Content: l.GetContent(), Algorithm: l.GetAlgorithm(), Digest: hex.EncodeToString(l.GetDigest()),
			}); err != nil {
				return err
			}
		}
	}
}

// verify proves offline that no finding was altered, removed or back-dated.
func (c *command) verify() *cobra.Command {
	var findings, trail, entry string
	var all bool
	cmd := &cobra.Command{
		Use: "verify (--all | --entry ID) --findings FILE --trail FILE", Args: cobra.NoArgs,
		Short: "prove from exported files that no finding was altered, removed or back-dated",
	}
	cmd.Flags().StringVar(&findings, "findings", "", "`FILE` that finding chain wrote")
	cmd.Flags().StringVar(&trail, "trail", "", "`FILE` that audit export --service verification wrote, before the other")
	cmd.Flags().StringVar(&entry, "entry", "", "tell of one entry")
	cmd.Flags().BoolVar(&all, "all", false, "tell of all entries")
	required(cmd, "findings", "trail")
	cmd.MarkFlagsOneRequired("entry", "all")
	cmd.MarkFlagsMutuallyExclusive("entry", "all")
	cmd.RunE = func(*cobra.Command, []string) error {
		seals, err := sealsOf(trail)
		if err != nil {
			return err
		}
		file, err := os.ReadFile(findings)
		if err != nil {
			return err
		}
		report, err := links.Verify(bytes.NewReader(file), links.FindingsDomain, seals)
		if err != nil {
			return err
		}
		for _, problem := range report.Problems {
			fmt.Fprintln(c.out, problem)
		}
		if len(report.Problems) > 0 {
			return fmt.Errorf("核查结果有 %d 处不符", len(report.Problems))
		}
		if entry != "" {
			return c.printChain(file, entry)
		}
		fmt.Fprintf(c.out, "全部相符：%d 条记录，%d 版核查结果", report.Histories, report.Links)
		if report.Unchained > 0 {
			fmt.Fprintf(c.out, "（其中 %d 版早于校验链）", report.Unchained)
		}
		if len(seals) > 0 {
			fmt.Fprintf(c.out, "；已封存至 %s，共 %d 次", report.Sealed.In(beijing).Format("2006-01-02 15:04:05"), len(seals))
		}
		fmt.Fprintln(c.out)
		return nil
	}
	return cmd
}

// sealsOf reads the seals from a trail that is in order.
func sealsOf(path string) (seals []links.Seal, err error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	report, err := chain.Verify(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	if report.Problem != nil {
		return nil, fmt.Errorf("审计文件 %s：%s", path, report.Problem)
	}
	if report.Header.Service != "verification" {
		return nil, fmt.Errorf("审计文件 %s 不是 verification 的", path)
	}
	_, records, _ := bytes.Cut(file, []byte("\n"))
	for line := range bytes.Lines(records) {
		var r auditv1.Record
		if err := protojson.Unmarshal(line, &r); err != nil {
			return nil, err
		}
		if r.GetAction() != links.SealAction {
			continue
		}
		seal, err := links.ParseSeal(r.GetDetails())
		if err != nil {
			return nil, fmt.Errorf("seal %d: %w", r.GetSequence(), err)
		}
		seals = append(seals, seal)
	}
	return seals, nil
}

// printChain tells of one entry in a file that is in order.
func (c *command) printChain(file []byte, entry string) error {
	t := newTable("版本", "时间", "核查结果", "校验值")
	found := false
	for lines := json.NewDecoder(bytes.NewReader(file)); ; {
		var l links.Line
		if err := lines.Decode(&l); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		var content struct {
			Entry, At, Code string
			Revision        int64
		}
		if err := json.Unmarshal(l.Content, &content); err != nil {
			return err
		}
		if content.Entry == entry {
			found = true
			t.add(fmt.Sprint(content.Revision), content.At, content.Code, l.Digest)
		}
	}
	if !found {
		return fmt.Errorf("文件中没有记录 %s 的核查结果", entry)
	}
	t.print(c.out)
	fmt.Fprintln(c.out, "相符")
	return nil
}

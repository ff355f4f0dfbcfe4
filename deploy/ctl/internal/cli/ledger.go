package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"baoxue.internal/pkg/fault"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
	"baoxue.internal/proto/selection"
)

// printJSON prints one message on one line.
func (c *command) printJSON(m proto.Message) error {
	text, err := protojson.MarshalOptions{EmitDefaultValues: true}.Marshal(m)
	if err == nil {
		_, err = fmt.Fprintf(c.out, "%s\n", text)
	}
	return err
}

func (c *command) importFile() *cobra.Command {
	return &cobra.Command{Use: "import FILE", Short: "take in a ledger that the Ministry distributed", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		return c.with("ledger", c.token, func(conn *grpc.ClientConn) error {
			imports := ledgerv1.NewImportServiceClient(conn)
			id, err := upload(cmd, imports, args[0])
			if err != nil {
				return err
			}
			i, err := c.followImport(cmd, imports, id)
			if cmd.Context().Err() != nil {
				fmt.Fprintf(c.errs, "导入 %s 仍在服务器上进行\n", id)
			}
			if err != nil {
				return err
			}
			if i.GetState() != ledgerv1.Import_SUCCEEDED {
				return fault.New(fault.Invalid, i.GetErrorReason(), i.GetErrorMessage())
			}
			fmt.Fprintf(c.out, "已导入 %s：读取 %d 行，入库 %d，新增 %d，更新 %d，有疑点 %d，待省级处理 %d\n", i.GetFilename(),
				i.GetRowsRead(), i.GetRowsStored(), i.GetRowsCreated(), i.GetRowsUpdated(), i.GetRowsFlagged(), i.GetRowsUnmatched())
			return nil
		})
	}}
}

const piece = 256 << 10

func upload(cmd *cobra.Command, imports ledgerv1.ImportServiceClient, path string) (id string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	stream, err := imports.CreateImport(cmd.Context())
	if err != nil {
		return "", err
	}
	if err := sendFile(stream, filepath.Base(path), file); err != nil {
		return "", err
	}
	resp, err := stream.CloseAndRecv()
	return resp.GetImport().GetId(), err
}

// sendFile ends early without an error when the server has refused: the answer
// says why.
func sendFile(stream grpc.ClientStreamingClient[ledgerv1.CreateImportRequest, ledgerv1.CreateImportResponse], name string, file io.Reader) error {
	err := stream.Send(&ledgerv1.CreateImportRequest{Part: &ledgerv1.CreateImportRequest_Filename{Filename: name}})
	buffer := make([]byte, piece)
	for err == nil {
		n, readErr := io.ReadFull(file, buffer)
		if n > 0 {
			err = stream.Send(&ledgerv1.CreateImportRequest{Part: &ledgerv1.CreateImportRequest_Chunk{Chunk: buffer[:n]}})
		}
		if errors.Is(readErr, io.EOF) || errors.Is(readErr, io.ErrUnexpectedEOF) {
			break
		}
		if readErr != nil {
			return readErr
		}
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func (c *command) followImport(cmd *cobra.Command, imports ledgerv1.ImportServiceClient, id string) (*ledgerv1.Import, error) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	told := false
	defer func() {
		if told {
			fmt.Fprintln(c.errs)
		}
	}()
	for {
		resp, err := imports.GetImport(cmd.Context(), &ledgerv1.GetImportRequest{Id: id})
		if err != nil || resp.GetImport().GetState() != ledgerv1.Import_RUNNING {
			return resp.GetImport(), err
		}
		told = true
		fmt.Fprintf(c.errs, "\r已读取 %d 行", resp.GetImport().GetRowsRead())
		select {
		case <-tick.C:
		case <-cmd.Context().Done():
			return nil, cmd.Context().Err()
		}
	}
}

func (c *command) entries() *cobra.Command {
	group := &cobra.Command{Use: "entries", Short: "entries of the ledger"}
	var all, asJSON bool
	var pageSize int32
	list := &cobra.Command{Use: "list", Short: "list entries", Args: cobra.NoArgs}
	filter := conditions(list)
	list.Flags().Int32Var(&pageSize, "page-size", 50, "entries a page, at most 200")
	list.Flags().BoolVar(&all, "all", false, "all pages")
	list.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	list.RunE = func(cmd *cobra.Command, _ []string) error {
		req := selection.List(filter)
		req.PageSize = pageSize
		return c.with("ledger", c.token, func(conn *grpc.ClientConn) error {
			return c.listEntries(cmd, ledgerv1.NewLedgerServiceClient(conn), req, all, asJSON)
		})
	}
	counts := &cobra.Command{Use: "counts", Short: "how many are pending and handled", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return c.with("ledger", c.token, func(conn *grpc.ClientConn) error {
			n, err := ledgerv1.NewLedgerServiceClient(conn).CountEntries(cmd.Context(), &ledgerv1.CountEntriesRequest{})
			if err == nil {
				fmt.Fprintf(c.out, "待本级处理 %d  已处理 %d（其中未确认完成 %d）  共 %d\n", n.GetPending(), n.GetHandled(), n.GetUnconfirmed(), n.GetTotal())
			}
			return err
		})
	}}
	var county, reason string
	assign := &cobra.Command{Use: "assign ID --county CODE --reason TEXT", Short: "hand an entry to a county", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		return c.with("ledger", c.token, func(conn *grpc.ClientConn) error {
			_, err := ledgerv1.NewLedgerServiceClient(conn).AssignEntry(cmd.Context(), &ledgerv1.AssignEntryRequest{Id: args[0], CountyCode: county, Reason: reason})
			return err
		})
	}}
	assign.Flags().StringVar(&county, "county", "", "code of the county; empty for the province's own queue")
	assign.Flags().StringVar(&reason, "reason", "", "why, for the history")
	group.AddCommand(list, counts, assign)
	return group
}

var statusText = map[ledgerv1.Status]string{ledgerv1.Status_PENDING: "待处理", ledgerv1.Status_UNCONFIRMED: "未确认", ledgerv1.Status_HANDLED: "已处理"}

func (c *command) listEntries(cmd *cobra.Command, ledger ledgerv1.LedgerServiceClient, req *ledgerv1.ListEntriesRequest, all, asJSON bool) error {
	t := newTable("编号", "姓名", "出生日期", "证件号码", "处理县区", "状态", "核查结果", "版本", "期限", "疑点")
	for {
		resp, err := ledger.ListEntries(cmd.Context(), req)
		if err != nil {
			return err
		}
		for _, e := range resp.GetEntries() {
			if asJSON {
				if err := c.printJSON(e); err != nil {
					return err
				}
				continue
			}
			t.add(e.GetId(), e.GetPersonName(), e.GetBirthDate(), e.GetIdNumber(), e.GetCountyCode(), statusText[e.GetStatus()], e.GetCode(),
				fmt.Sprint(e.GetRevision()), e.GetDueOn(), strings.Join(e.GetFlags(), " "))
		}
		req.PageToken = resp.GetNextPageToken()
		if req.GetPageToken() == "" || !all {
			if !asJSON {
				t.print(c.out)
				fmt.Fprintf(c.out, "共 %d 条\n", resp.GetTotalSize())
			}
			return nil
		}
	}
}

func (c *command) finding() *cobra.Command {
	group := &cobra.Command{Use: "finding", Short: "findings"}
	var action, code, region, school, witness, date, explanation, situation, family, contact, number string
	req := &verificationv1.SubmitFindingRequest{}
	submit := &cobra.Command{Use: "submit ENTRY_ID --action enrolled|dropout|unconfirmed …", Short: "record a finding", Args: cobra.ExactArgs(1)}
	for _, f := range []struct {
		p          *string
		name, what string
	}{
		{&action, "action", "enrolled (实际就读), dropout (辍学处理) or unconfirmed (未确认完成)"},
		{&code, "code", "核查结果"},
		{&region, "school-region", "就读省县"},
		{&school, "school", "就读学校"},
		{&witness, "witness", "证明人"},
		{&date, "witness-date", "证明日期, yyyy-mm-dd"},
		{&explanation, "explanation", "处理说明"},
		{&situation, "current-situation", "目前状况 (A8)"},
		{&family, "family-situation", "家庭情况 (A8)"},
		{&contact, "parent-contact", "父母联系方式 (A8)"},
		{&number, "national-student-number", "全国学籍号 (B2)"},
		{&req.RequestId, "request-id", "makes a retry safe"},
	} {
		submit.Flags().StringVar(f.p, f.name, "", f.what)
	}
	submit.Flags().Int32Var(&req.BaseRevision, "base-revision", 0, "revision that the finding follows")
	required(submit, "action")
	submit.RunE = func(cmd *cobra.Command, args []string) error {
		req.EntryId = args[0]
		switch action {
		case "enrolled":
			req.Form = &verificationv1.SubmitFindingRequest_Enrolled{Enrolled: &verificationv1.EnrolledFinding{
				Code: code, SchoolRegion: region, School: school, Witness: witness, WitnessDate: date, Explanation: explanation, NationalStudentNumber: number,
			}}
		case "dropout":
			req.Form = &verificationv1.SubmitFindingRequest_Dropout{Dropout: &verificationv1.DropoutFinding{
				Code: code, Witness: witness, WitnessDate: date, Explanation: explanation, CurrentSituation: situation, FamilySituation: family, ParentContact: contact,
			}}
		case "unconfirmed":
			req.Form = &verificationv1.SubmitFindingRequest_Unconfirmed{Unconfirmed: &verificationv1.UnconfirmedFinding{
				Witness: witness, WitnessDate: date, Explanation: explanation,
			}}
		default:
			return fmt.Errorf("--action is enrolled, dropout or unconfirmed, not %q", action)
		}
		return c.with("verification", c.token, func(conn *grpc.ClientConn) error {
			resp, err := verificationv1.NewFindingServiceClient(conn).SubmitFinding(cmd.Context(), req)
			if err == nil {
				fmt.Fprintf(c.out, "已保存：%s，第 %d 版\n", resp.GetFinding().GetCode(), resp.GetFinding().GetRevision())
			}
			return err
		})
	}
	codes := &cobra.Command{Use: "codes", Short: "the classification standard", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return c.with("verification", c.token, func(conn *grpc.ClientConn) error {
			resp, err := verificationv1.NewFindingServiceClient(conn).ListFindingCodes(cmd.Context(), &verificationv1.ListFindingCodesRequest{})
			if err != nil {
				return err
			}
			t := newTable("代码", "名称", "说明")
			for _, code := range resp.GetCodes() {
				t.add(code.GetCode(), code.GetName(), code.GetExplanation())
			}
			t.print(c.out)
			return nil
		})
	}}
	group.AddCommand(submit, codes, c.findingChain())
	return group
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"baoxue.internal/pkg/audit/chain"
	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
)

func (c *command) audit() *cobra.Command {
	group := &cobra.Command{Use: "audit", Short: "the audit trails"}
	group.AddCommand(c.auditSearch(), c.auditExport(), c.auditHead(), c.auditVerify())
	return group
}

// withTrail calls the audit service of the named service.
func (c *command) withTrail(service string, use func(auditv1.AuditServiceClient) error) error {
	return c.with(service, c.token, func(conn *grpc.ClientConn) error { return use(auditv1.NewAuditServiceClient(conn)) })
}

func ofService(cmd *cobra.Command, service *string) {
	of := oneOf(service, "ledger", "verification", "regionauth", "reporting")
	cmd.Flags().Var(of, "service", of.all())
	required(cmd, "service")
}

func (c *command) auditSearch() *cobra.Command {
	var service, from, until, outcome string
	var all, asJSON bool
	req := &auditv1.SearchRecordsRequest{}
	cmd := &cobra.Command{Use: "search --service NAME", Short: "find records, newest first", Args: cobra.NoArgs}
	ofService(cmd, &service)
	cmd.Flags().StringVar(&req.ActorId, "actor", "", "id of the user, or service:NAME")
	cmd.Flags().StringVar(&req.Action, "action", "", "action, or a beginning with a dot at its end: user.")
	cmd.Flags().StringVar(&req.ResourceId, "resource", "", "id of what it was done to")
	cmd.Flags().StringVar(&req.RegionCode, "region", "", "code of a region")
	cmd.Flags().StringVar(&outcome, "outcome", "", "done or refused")
	cmd.Flags().StringVar(&from, "from", "", "yyyy-mm-dd, Beijing time, or RFC 3339")
	cmd.Flags().StringVar(&until, "until", "", "the same, exclusive")
	cmd.Flags().Int32Var(&req.PageSize, "page-size", 50, "records a page, at most 200")
	cmd.Flags().BoolVar(&all, "all", false, "all pages")
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line")
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		number, ok := auditv1.Record_Outcome_value["OUTCOME_"+strings.ToUpper(outcome)]
		if outcome != "" && !ok {
			return fmt.Errorf("--outcome is done or refused, not %q", outcome)
		}
		req.Outcome = auditv1.Record_Outcome(number)
		if req.FromTime, err = instant("from", from); err != nil {
			return err
		}
		if req.UntilTime, err = instant("until", until); err != nil {
			return err
		}
		return c.withTrail(service, func(trail auditv1.AuditServiceClient) error {
			return c.printTrail(cmd.Context(), trail, req, all, asJSON)
		})
	}
	return cmd
}

var beijing = time.FixedZone("Asia/Shanghai", 8*60*60)

func instant(flag, text string) (*timestamppb.Timestamp, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // not given, no bound
	}
	if day, err := time.ParseInLocation(time.DateOnly, text, beijing); err == nil {
		return timestamppb.New(day), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil, fmt.Errorf("--%s is yyyy-mm-dd or RFC 3339, not %q", flag, text)
	}
	return timestamppb.New(at), nil
}

var outcomeText = map[auditv1.Record_Outcome]string{auditv1.Record_OUTCOME_DONE: "完成", auditv1.Record_OUTCOME_REFUSED: "拒绝"}

func (c *command) printTrail(ctx context.Context, trail auditv1.AuditServiceClient, req *auditv1.SearchRecordsRequest, all, asJSON bool) error {
	t := newTable("序号", "时间", "人员", "来源地址", "操作", "对象", "地区", "结果", "原因", "详情")
	for {
		resp, err := trail.SearchRecords(ctx, req)
		if err != nil {
			return err
		}
		for _, r := range resp.GetRecords() {
			if asJSON {
				if err := c.printJSON(r); err != nil {
					return err
				}
				continue
			}
			t.add(place(r), r.GetOccurTime().AsTime().In(beijing).Format(time.DateTime), actor(r), r.GetAddress(), r.GetAction(),
				strings.TrimSpace(r.GetResourceType()+" "+r.GetResourceId()), r.GetRegionCode(), outcomeText[r.GetOutcome()],
				r.GetReason(), details(r))
		}
		req.PageToken = resp.GetNextPageToken()
		if req.GetPageToken() == "" || !all {
			if !asJSON {
				t.print(c.out)
			}
			return nil
		}
	}
}

func place(r *auditv1.Record) string {
	if r.GetSequence() == 0 {
		return "未入链"
	}
	return fmt.Sprint(r.GetSequence())
}

func actor(r *auditv1.Record) string {
	if r.GetActorName() != "" {
		return r.GetActorName()
	}
	return r.GetActorId()
}

func details(r *auditv1.Record) string {
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(r.GetDetails())) {
		pairs = append(pairs, key+"="+r.GetDetails()[key])
	}
	return strings.Join(pairs, " ")
}

func (c *command) auditExport() *cobra.Command {
	var service, output string
	cmd := &cobra.Command{Use: "export --service NAME -o FILE", Short: "write the sealed trail, to be verified elsewhere", Args: cobra.NoArgs}
	ofService(cmd, &service)
	toFile(cmd, &output)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return c.withTrail(service, func(trail auditv1.AuditServiceClient) error {
			stream, err := trail.ExportRecords(cmd.Context(), &auditv1.ExportRecordsRequest{})
			if err != nil {
				return err
			}
			var head chain.Head
			if err := c.write(output, func(w io.Writer) (err error) {
				head, err = saveTrail(w, service, stream)
				return err
			}); err != nil {
				return err
			}
			printHead(c.beside(output), head)
			return nil
		})
	}
	return cmd
}

// saveTrail writes the export as a file that can be verified.
func saveTrail(w io.Writer, service string, stream grpc.ServerStreamingClient[auditv1.ExportRecordsResponse]) (head chain.Head, err error) {
	for begun := false; ; begun = true {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) && begun {
			return head, nil
		}
		if err != nil {
			return head, rpc.FaultFromError(err)
		}
		if !begun {
			head = chain.Head{Sequence: part.GetHeadSequence(), Digest: part.GetHeadDigest()}
			if err := chain.WriteHeader(w, chain.Header{Service: service, ExportedAt: time.Now().UTC(), HeadSequence: head.Sequence}); err != nil {
				return head, err
			}
		}
		if err := chain.WriteRecords(w, part.GetRecords()); err != nil {
			return head, err
		}
	}
}

func printHead(w io.Writer, head chain.Head) {
	if head.Sequence == 0 {
		fmt.Fprintln(w, "还没有入链的记录")
		return
	}
	fmt.Fprintf(w, "链头 %s\n", head)
}

func (c *command) auditHead() *cobra.Command {
	var service string
	cmd := &cobra.Command{
		Use: "head --service NAME", Short: "show the end of the chain, to be noted elsewhere", Args: cobra.NoArgs,
		Long: "A head SEQ:HEX that was noted elsewhere proves later, with `audit verify --head`, that nothing before it was rewritten.",
	}
	ofService(cmd, &service)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return c.withTrail(service, func(trail auditv1.AuditServiceClient) error {
			// After the end there is nothing: the answer is the head alone.
			const end = 1<<63 - 1
			stream, err := trail.ExportRecords(cmd.Context(), &auditv1.ExportRecordsRequest{AfterSequence: end})
			if err != nil {
				return err
			}
			part, err := stream.Recv()
			if err != nil {
				return rpc.FaultFromError(err)
			}
			printHead(c.out, chain.Head{Sequence: part.GetHeadSequence(), Digest: part.GetHeadDigest()})
			return nil
		})
	}
	return cmd
}

func (c *command) auditVerify() *cobra.Command {
	var heads []string
	cmd := &cobra.Command{
		Use: "verify FILE [--head SEQ:HEX]…", Short: "verify an exported trail, offline", Args: cobra.ExactArgs(1),
		Long: "Names the first record that was changed, removed, inserted or moved. Heads noted earlier also show a file that was cut\n" +
			"and a chain that was computed anew.",
	}
	cmd.Flags().StringArrayVar(&heads, "head", nil, "trusted end of the chain, noted earlier; may be repeated")
	cmd.RunE = func(_ *cobra.Command, args []string) (err error) {
		trusted := make([]chain.Head, len(heads))
		for i, text := range heads {
			if trusted[i], err = chain.ParseHead(text); err != nil {
				return err
			}
		}
		file, err := os.Open(args[0])
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		report, err := chain.Verify(file, trusted...)
		if err != nil {
			return err
		}
		if p := report.Problem; p != nil {
			return fault.New(fault.Invalid, "AUDIT_"+string(p.Kind), p.String())
		}
		fmt.Fprintf(c.out, "%s 的审计记录全部相符，共 %d 条\n", report.Header.Service, report.Head.Sequence)
		printHead(c.out, report.Head)
		return nil
	}
	return cmd
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"

	"baoxue.internal/deploy/internal/demoledger"
	"baoxue.internal/pkg/rpc"
	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
)

var stateText = map[reportingv1.Snapshot_State]string{reportingv1.Snapshot_INTERIM: "期中汇总", reportingv1.Snapshot_CLOSED: "月末汇总"}

func (c *command) printSnapshot(s *reportingv1.Snapshot) {
	fmt.Fprintf(c.out, "%s %s 第 %d 号，截至 %s，校验码 %s\n", s.GetMonth(), stateText[s.GetState()], s.GetNumber(),
		s.GetCutoffTime().AsTime().In(beijing).Format(time.DateTime), s.GetDigest())
}

func (c *command) month() *cobra.Command {
	group := &cobra.Command{Use: "month", Short: "month-end figures"}
	var month, region, output string
	var asJSON bool
	closing := &cobra.Command{Use: "close --month 2019-07|last", Short: "compute, reconcile and store the month's figures", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		if month == lastMonth {
			month = monthBefore(time.Now())
		}
		return c.with("reporting", c.token, func(conn *grpc.ClientConn) error {
			months := reportingv1.NewMonthServiceClient(conn)
			told := c.tellSteps(cmd.Context(), months, month)
			resp, err := months.CloseMonth(cmd.Context(), &reportingv1.CloseMonthRequest{Month: month})
			told()
			if err != nil {
				return err
			}
			c.printSnapshot(resp.GetSnapshot())
			return c.printRows(cmd.Context(), months, resp.GetTotal())
		})
	}}
	show := &cobra.Command{Use: "show --month 2019-07", Short: "show the month's table", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return c.with("reporting", c.token, func(conn *grpc.ClientConn) error {
			months := reportingv1.NewMonthServiceClient(conn)
			resp, err := months.GetMonth(cmd.Context(), &reportingv1.GetMonthRequest{Month: month, Region: region})
			if err != nil {
				return err
			}
			if asJSON {
				return c.printJSON(resp)
			}
			c.printSnapshot(resp.GetSnapshot())
			return c.printRows(cmd.Context(), months, resp.GetRows()...)
		})
	}}
	show.Flags().StringVar(&region, "region", "", "code of a city or county")
	show.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	bulletin := &cobra.Command{Use: "bulletin --month 2019-07 -o FILE.xlsx|FILE.html|FILE.docx", Short: "write the month's workbook, or its page to print, or its document", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return c.with("reporting", c.token, func(conn *grpc.ClientConn) error {
			months := reportingv1.NewMonthServiceClient(conn)
			whole := func(content []byte, err error) error {
				if err != nil {
					return err
				}
				return c.write(output, func(w io.Writer) error {
					_, err := w.Write(content)
					return err
				})
			}
			switch filepath.Ext(output) {
			case ".html":
				resp, err := months.GetBulletinPage(cmd.Context(), &reportingv1.GetBulletinPageRequest{Month: month})
				return whole(resp.GetPage().GetData(), err)
			case ".docx":
				resp, err := months.GetBulletinDocument(cmd.Context(), &reportingv1.GetBulletinDocumentRequest{Month: month})
				return whole(resp.GetDocument().GetData(), err)
			}
			stream, err := months.GetBulletinWorkbook(cmd.Context(), &reportingv1.GetBulletinWorkbookRequest{Month: month})
			if err != nil {
				return err
			}
			return c.save(stream, output)
		})
	}}
	bulletin.Flags().StringVarP(&output, "output", "o", "", "file to write")
	required(bulletin, "output")
	group.AddCommand(c.rerun(), c.rebuild())
	for _, cmd := range []*cobra.Command{closing, show, bulletin} {
		cmd.Flags().StringVar(&month, "month", "", "yyyy-mm; close takes last, too")
		required(cmd, "month")
		group.AddCommand(cmd)
	}
	return group
}

var stepText = map[reportingv1.Closing_Step]string{
	reportingv1.Closing_WAITING: "等待截止时点之前的变更到达", reportingv1.Closing_COUNTING: "按事件汇总，与台账核对",
	reportingv1.Closing_STORING: "保存月报",
}

const stepsEvery = 500 * time.Millisecond

// tellSteps writes where the close is until what it returns is called.
func (c *command) tellSteps(ctx context.Context, months reportingv1.MonthServiceClient, month string) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	began, done := time.Now(), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(stepsEvery)
		defer tick.Stop()
		var last reportingv1.Closing_Step
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			resp, err := months.GetClosing(ctx, &reportingv1.GetClosingRequest{Month: month})
			// What is there from an earlier close is not news; nor is it a failure of this one
			// that nobody tells.
			run := resp.GetClosing()
			if err != nil || run.GetUpdateTime().AsTime().Before(began) || run.GetStep() == last {
				continue
			}
			if last = run.GetStep(); stepText[last] != "" {
				fmt.Fprintf(c.errs, "%s：%s\n", month, stepText[last])
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// lastMonth is what a monthly job closes.
const lastMonth = "last"

// monthBefore is the month before the one that runs in Asia/Shanghai.
func monthBefore(now time.Time) string {
	now = now.In(beijing)
	return time.Date(now.Year(), now.Month()-1, 1, 0, 0, 0, 0, beijing).Format("2006-01")
}

func (c *command) export() *cobra.Command {
	var output, reason string
	var ministry bool
	cmd := &cobra.Command{Use: "export -o FILE.xlsx|FILE.csv", Short: "write entries with their newest findings", Args: cobra.NoArgs}
	filter := conditions(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "", "file to write")
	cmd.Flags().StringVar(&reason, "reason", "", "why numbers, addresses and phones are needed in full; goes into the audit trail")
	cmd.Flags().BoolVar(&ministry, "ministry", false, "in the Ministry's own layout, for the upload; province only, with a reason")
	required(cmd, "output")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		req := &reportingv1.ExportEntriesRequest{Filter: filter, Reason: reason}
		if filepath.Ext(output) == ".csv" {
			req.Format = reportingv1.ExportFormat_EXPORT_FORMAT_CSV
		}
		if ministry {
			req.Layout = reportingv1.ExportLayout_EXPORT_LAYOUT_MINISTRY
		}
		return c.with("reporting", c.token, func(conn *grpc.ClientConn) error {
			stream, err := reportingv1.NewExportServiceClient(conn).ExportEntries(cmd.Context(), req)
			if err != nil {
				return err
			}
			return c.save(stream, output)
		})
	}
	return cmd
}

// save writes a download beside its place first: a stream that breaks leaves no
// half file.
func (c *command) save(stream grpc.ServerStreamingClient[httpbody.HttpBody], path string) error {
	return c.write(path, func(w io.Writer) error {
		for {
			piece, err := stream.Recv()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return rpc.FaultFromError(err)
			}
			if _, err := w.Write(piece.GetData()); err != nil {
				return err
			}
		}
	})
}

// write leaves a whole file or none. What is written tells of children: whoever runs the command may read it, and
// nobody else.
func (c *command) write(path string, fill func(io.Writer) error) error {
	part, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part")
	if err != nil {
		return err
	}
	if err := errors.Join(fill(part), part.Close()); err != nil {
		return errors.Join(err, os.Remove(part.Name()))
	}
	if err := os.Rename(part.Name(), path); err != nil {
		return errors.Join(err, os.Remove(part.Name()))
	}
	fmt.Fprintln(c.out, "已写入", path)
	return nil
}

func (c *command) demoLedger() *cobra.Command {
	var rows int
	var seed uint64
	var output, recordTo string
	var sample bool
	cmd := &cobra.Command{Use: "demo-ledger --rows N --seed S -o FILE", Short: "generate a realistic dirty ledger; all people in it are invented", Args: cobra.NoArgs}
	cmd.Flags().IntVar(&rows, "rows", 1000, "how many rows")
	cmd.Flags().Uint64Var(&seed, "seed", 1, "the same seed makes the same file")
	cmd.Flags().StringVarP(&output, "output", "o", "", "file to write")
	cmd.Flags().StringVar(&recordTo, "record", "", "also write, as CSV, what was spoiled in which row")
	cmd.Flags().BoolVar(&sample, "sample", false, "the notice's nine sample rows instead")
	required(cmd, "output")
	cmd.RunE = func(*cobra.Command, []string) error {
		if sample {
			return c.write(output, demoledger.WriteSample)
		}
		var record *demoledger.Record
		err := c.write(output, func(w io.Writer) (err error) {
			record, err = demoledger.Generate(w, demoledger.Options{Rows: rows, Seed: seed})
			return err
		})
		if err != nil || recordTo == "" {
			return err
		}
		return c.write(recordTo, record.WriteCSV)
	}
	return cmd
}

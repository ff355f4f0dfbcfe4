package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"

	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
)

// rereadWithin bounds what reads the whole stream of events, which takes longer than services let
// a call take that has no bound of its own.
const rereadWithin = 2 * time.Hour

// reread calls the service of months with time to read the whole stream.
func (c *command) reread(ctx context.Context, call func(context.Context, reportingv1.MonthServiceClient) error) error {
	ctx, cancel := context.WithTimeout(ctx, rereadWithin)
	defer cancel()
	fmt.Fprintln(c.errs, "从第一条起通读事件流，每百万名学生约需数分钟")
	return c.with("reporting", c.token, func(conn *grpc.ClientConn) error { return call(ctx, reportingv1.NewMonthServiceClient(conn)) })
}

// rerun fails when a month comes out otherwise, so that a nightly job notices.
func (c *command) rerun() *cobra.Command {
	return &cobra.Command{
		Use: "rerun", Short: "count all stored months again from the first event, and compare", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.reread(cmd.Context(), func(ctx context.Context, months reportingv1.MonthServiceClient) error {
				resp, err := months.RerunMonths(ctx, &reportingv1.RerunMonthsRequest{})
				if err != nil {
					return err
				}
				different := 0
				for _, r := range resp.GetResults() {
					if r.GetCorrection() == 0 {
						c.printSnapshot(r.GetSnapshot())
					} else {
						fmt.Fprintf(c.out, "  第 %d 次更正\n", r.GetCorrection())
					}
					if r.GetEqual() {
						fmt.Fprintln(c.out, "  重算一致")
						continue
					}
					different++
					fmt.Fprintln(c.out, "  重算不一致，校验码", r.GetDigest())
				}
				if different > 0 {
					return fmt.Errorf("%d 项重算结果与已存汇总不一致；请检查死信（baoxuectl events dead）与事件流，勿重新发布通报", different)
				}
				return nil
			})
		},
	}
}

// rebuild fails when something is wrong and stays so.
func (c *command) rebuild() *cobra.Command {
	req := &reportingv1.RebuildFiguresRequest{}
	cmd := &cobra.Command{
		Use: "rebuild [--check] [--remove-untold]", Short: "make what figures are counted from what the events tell, from the first one on", Args: cobra.NoArgs,
	}
	cmd.Flags().BoolVar(&req.ValidateOnly, "check", false, "only tell what is wrong")
	cmd.Flags().BoolVar(&req.RemoveUntold, "remove-untold", false,
		"also remove what no event tells; not after the stream was restored from an older copy")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return c.reread(cmd.Context(), func(ctx context.Context, months reportingv1.MonthServiceClient) error {
			resp, err := months.RebuildFigures(ctx, req)
			if err != nil {
				return err
			}
			fmt.Fprintf(c.out, "事件流读至第 %d 条：缺失 %d 项，不符 %d 项，无事件依据 %d 项；现状与依据不符的学生 %d 名\n",
				resp.GetStreamSequence(), resp.GetMissing(), resp.GetDifferent(), resp.GetUntold(), resp.GetEntries())
			return leftWrong(req, resp)
		})
	}
	return cmd
}

func leftWrong(req *reportingv1.RebuildFiguresRequest, resp *reportingv1.RebuildFiguresResponse) error {
	switch {
	case req.GetValidateOnly() && resp.GetMissing()+resp.GetDifferent()+resp.GetUntold()+resp.GetEntries() > 0:
		return errors.New("统计依据与事件不一致，未作修改；请执行 baoxuectl month rebuild 修复")
	case resp.GetUntold() > 0 && !req.GetRemoveUntold():
		return fmt.Errorf("%d 项没有事件依据，未删除：若事件流是从旧备份恢复的，请先补发事件；确认系伪造后加 --remove-untold 删除", resp.GetUntold())
	}
	return nil
}

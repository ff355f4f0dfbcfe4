package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"

	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
)

var stateText = map[reportingv1.Snapshot_State]string{reportingv1.Snapshot_INTERIM: "期中汇总", reportingv1.Snapshot_CLOSED: "月末汇总"}

func (c *command) printSnapshot(s *reportingv1.Snapshot) {
	fmt.Fprintf(c.out, "%s %s 第 %d 号，截至 %s，校验码 %s\n", s.GetMonth(), stateText[s.GetState()], s.GetNumber(),
		s.GetCutoffTime().AsTime().In(beijing).Format(time.DateTime), s.GetDigest())
}

func (c *command) month() *cobra.Command {
	group := &cobra.Command{Use: "month", Short: "month-end figures"}
	var month, region string
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
	bulletin := c.bulletin(&month)
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

package cli

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"

	deadletterv1 "baoxue.internal/proto/gen/baoxue/deadletter/v1"
)

func (c *command) events() *cobra.Command {
	group := &cobra.Command{Use: "events", Short: "events that a service could not apply"}
	group.AddCommand(c.eventsDead(), c.eventsReplay())
	return group
}

func (c *command) withDeadLetters(service string, use func(deadletterv1.DeadLetterServiceClient) error) error {
	return c.with(service, c.token, func(conn *grpc.ClientConn) error { return use(deadletterv1.NewDeadLetterServiceClient(conn)) })
}

func ofReceiver(cmd *cobra.Command, service *string) {
	of := oneOf(service, "ledger", "verification", "reporting")
	cmd.Flags().Var(of, "service", of.all())
	required(cmd, "service")
}

func (c *command) eventsDead() *cobra.Command {
	var service string
	req := &deadletterv1.ListDeadLettersRequest{}
	cmd := &cobra.Command{Use: "dead --service NAME", Short: "list them, and why they could not be applied", Args: cobra.NoArgs}
	ofReceiver(cmd, &service)
	cmd.Flags().Int32Var(&req.PageSize, "limit", 50, "how many of the oldest, at most 1000")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return c.withDeadLetters(service, func(letters deadletterv1.DeadLetterServiceClient) error {
			resp, err := letters.ListDeadLetters(cmd.Context(), req)
			if err != nil {
				return err
			}
			c.printLetters(resp.GetDeadLetters())
			fmt.Fprintf(c.out, "%s 的死信 %d 条\n", service, resp.GetTotalSize())
			return nil
		})
	}
	return cmd
}

func (c *command) eventsReplay() *cobra.Command {
	var service string
	cmd := &cobra.Command{Use: "replay --service NAME", Short: "apply them once more, after what was wrong is mended", Args: cobra.NoArgs}
	ofReceiver(cmd, &service)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return c.withDeadLetters(service, func(letters deadletterv1.DeadLetterServiceClient) error {
			resp, err := letters.ReplayDeadLetters(cmd.Context(), &deadletterv1.ReplayDeadLettersRequest{})
			if err != nil {
				return err
			}
			c.printLetters(resp.GetFailed())
			fmt.Fprintf(c.out, "已重放 %d 条\n", resp.GetApplied())
			if n := resp.GetFailedSize(); n > 0 {
				return fmt.Errorf("仍有 %d 条未能处理，请按上表原因修复后再重放", n)
			}
			return nil
		})
	}
	return cmd
}

func (c *command) printLetters(letters []*deadletterv1.DeadLetter) {
	if len(letters) == 0 {
		return
	}
	t := newTable("位置", "时间", "消费者", "事件", "编号", "原因")
	for _, d := range letters {
		t.add(strconv.FormatUint(d.GetStreamSequence(), 10), d.GetBuryTime().AsTime().In(beijing).Format(time.DateTime), d.GetConsumer(),
			d.GetEventType(), d.GetEventId(), d.GetCause())
	}
	t.print(c.out)
}

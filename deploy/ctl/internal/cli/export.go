package cli

import (
	"github.com/spf13/cobra"
	"google.golang.org/grpc"

	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
)

func (c *command) export() *cobra.Command {
	var output, reason string
	var ministry bool
	cmd := &cobra.Command{Use: "export -o FILE.xlsx|FILE.csv", Short: "write entries with their newest findings", Args: cobra.NoArgs}
	filter := conditions(cmd)
	toFile(cmd, &output)
	as := formats(cmd, &output, "xlsx", "csv")
	cmd.Flags().StringVar(&reason, "reason", "", "why numbers, addresses and phones are needed in full; goes into the audit trail")
	cmd.Flags().BoolVar(&ministry, "ministry", false, "in the Ministry's own layout, for the upload; province only, with a reason")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		req := &reportingv1.ExportEntriesRequest{Filter: filter, Reason: reason}
		if *as == "csv" {
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

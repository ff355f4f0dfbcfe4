package cli

import (
	"io"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"

	reportingv1 "baoxue.internal/proto/gen/baoxue/reporting/v1"
)

// bulletin writes a month's; which month is a flag that its group has.
func (c *command) bulletin(month *string) *cobra.Command {
	var output string
	cmd := &cobra.Command{Use: "bulletin --month 2019-07 -o FILE.xlsx|FILE.html|FILE.docx", Short: "write the month's workbook, or its page to print, or its document", Args: cobra.NoArgs}
	toFile(cmd, &output)
	as := formats(cmd, &output, "xlsx", "html", "docx")
	whole := func(content []byte, err error) error {
		if err != nil {
			return err
		}
		return c.write(output, func(w io.Writer) error {
			_, err := w.Write(content)
			return err
		})
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return c.with("reporting", c.token, func(conn *grpc.ClientConn) error {
			months := reportingv1.NewMonthServiceClient(conn)
			switch *as {
			case "html":
				resp, err := months.GetBulletinPage(cmd.Context(), &reportingv1.GetBulletinPageRequest{Month: *month})
				return whole(resp.GetPage().GetData(), err)
			case "docx":
				resp, err := months.GetBulletinDocument(cmd.Context(), &reportingv1.GetBulletinDocumentRequest{Month: *month})
				return whole(resp.GetDocument().GetData(), err)
			}
			stream, err := months.GetBulletinWorkbook(cmd.Context(), &reportingv1.GetBulletinWorkbookRequest{Month: *month})
			if err != nil {
				return err
			}
			return c.save(stream, output)
		})
	}
	return cmd
}

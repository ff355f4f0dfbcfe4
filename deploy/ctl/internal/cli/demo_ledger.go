package cli

import (
	"io"

	"github.com/spf13/cobra"

	"baoxue.internal/deploy/internal/demoledger"
)

func (c *command) demoLedger() *cobra.Command {
	var rows int
	var seed uint64
	var output, recordTo string
	var sample bool
	cmd := &cobra.Command{Use: "demo-ledger --rows N --seed S -o FILE", Short: "generate a realistic dirty ledger; all people in it are invented", Args: cobra.NoArgs}
	cmd.Flags().IntVar(&rows, "rows", 1000, "how many rows")
	cmd.Flags().Uint64Var(&seed, "seed", 1, "the same seed makes the same file")
	toFile(cmd, &output)
	cmd.Flags().StringVar(&recordTo, "record", "", "also write, as CSV, what was spoiled in which row")
	cmd.Flags().BoolVar(&sample, "sample", false, "the notice's nine sample rows instead")
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

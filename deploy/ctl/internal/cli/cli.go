// Package cli is baoxuectl: a plain gRPC client of the services.
package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/rpc"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// command is what all commands share.
type command struct {
	ctx          context.Context //nolint:containedctx // the command's own, which ends with it
	data, server string
	tls          rpc.TLSFiles
	in           io.Reader
	// lines reads in; several answers may be piped.
	lines     *bufio.Reader
	out, errs io.Writer
	// patience with a service that can't be reached.
	patience time.Duration
}

// patience is enough for a service that is being restarted.
const patience = 15 * time.Second

// Main runs one command and returns its exit code.
func Main(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	c := &command{ctx: ctx, in: in, out: out, errs: errs, patience: patience}
	root := &cobra.Command{
		Use: "baoxuectl", Short: "command line of the dropout-control ledger",
		SilenceErrors: true, SilenceUsage: true,
	}
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)
	root.CompletionOptions.DisableDefaultCmd = true
	root.PersistentFlags().StringVar(&c.data, "data", env("BAOXUE_DATA", ".local"), "data `FOLDER` of a baoxue run on this machine [$BAOXUE_DATA]")
	root.PersistentFlags().StringVar(&c.server, "server", env("BAOXUE_SERVER", ""),
		"addresses instead: ledger=HOST:PORT,verification=…,regionauth=…,reporting=… [$BAOXUE_SERVER]")
	root.PersistentFlags().StringVar(&c.tls.CA, "tls-ca", env("BAOXUE_TLS_CA", ""), "file (PEM) of the authority that signed the certificates of --server; without it only this machine's services are reached [$BAOXUE_TLS_CA]")
	root.PersistentFlags().StringVar(&c.tls.Cert, "tls-cert", env("BAOXUE_TLS_CERT", ""), "certificate file (PEM), which services want that have an authority [$BAOXUE_TLS_CERT]")
	root.PersistentFlags().StringVar(&c.tls.Key, "tls-key", env("BAOXUE_TLS_KEY", ""), "key file (PEM) of the certificate [$BAOXUE_TLS_KEY]")
	root.AddCommand(c.login(), c.logout(), c.whoami(), c.bootstrap(), c.passwd(), c.keys(), c.user(), c.region(), c.account(), c.importFile(), c.entries(), c.finding(), c.month(), c.export(), c.audit(), c.events(), c.verify(), c.demoLedger())
	usage := true
	for _, sub := range allCommands(root) {
		if run := sub.RunE; run != nil {
			sub.RunE = func(cmd *cobra.Command, args []string) error {
				usage = false
				return run(cmd, args)
			}
		}
	}
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	c.explain(err)
	if usage {
		return exitUsage
	}
	return exitFailed
}

func allCommands(c *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{c}
	for _, sub := range c.Commands() {
		all = append(all, allCommands(sub)...)
	}
	return all
}

// explain prints a refusal as the page shows it: what is wrong, and where.
func (c *command) explain(err error) {
	if c.ctx.Err() != nil {
		// Whatever broke off says so in words of its own.
		fmt.Fprintln(c.errs, "已中断")
		return
	}
	f := fault.As(err)
	if f == nil {
		fmt.Fprintln(c.errs, "baoxuectl:", err)
		return
	}
	fmt.Fprintln(c.errs, f.Message)
	for _, v := range f.Violations {
		fmt.Fprintf(c.errs, "  %s: %s\n", v.Field, v.Message)
	}
	fmt.Fprintf(c.errs, "  (%s)\n", f.Reason)
}

func env(name, standard string) string {
	if v, ok := os.LookupEnv(name); ok {
		return v
	}
	return standard
}

// required marks flags; a flag that does not exist would be our own mistake.
func required(cmd *cobra.Command, flags ...string) {
	for _, f := range flags {
		if err := cmd.MarkFlagRequired(f); err != nil {
			panic(err)
		}
	}
}

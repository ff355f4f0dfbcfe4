// Command baoxuectl is the operators' and month-end jobs' command line.
package main

import (
	"os"

	"baoxue.internal/deploy/ctl/internal/cli"
	"baoxue.internal/pkg/lifecycle"
)

func main() {
	ctx, stop := lifecycle.SignalContext()
	code := cli.Main(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

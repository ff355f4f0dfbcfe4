// Command baoxue runs the whole system in one process: `baoxue run`.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"baoxue.internal/deploy/standalone"
	"baoxue.internal/pkg/calendar"
	"baoxue.internal/pkg/process"
)

func main() {
	if len(os.Args) < 2 || os.Args[1] != "run" {
		fmt.Fprintln(os.Stderr, "usage: baoxue run [--http 127.0.0.1:8080] [--data .local] [--demo]; baoxue run --help tells all")
		os.Exit(2)
	}
	var o standalone.Options
	f := process.NewFlags("baoxue")
	f.String(&o.HTTP, "http", "127.0.0.1:8080", "address of the REST facade and the page; when not given and taken, another port is chosen")
	f.String(&o.Data, "data", ".local", "folder that keeps everything")
	f.String(&o.DatabaseURL, "database-url", "", "external PostgreSQL whose user may create databases; empty for a private one")
	f.String(&o.AuditDigest, "audit-digest", "sha256", "digest of the audit trails' chains, sha256 or sm3")
	f.Bool(&o.NationalCryptography, "national-cryptography", "seal personal data with SM4 and SM3 instead of AES and SHA-256; decides at the first start")
	f.Bool(&o.NoWatermark, "no-watermark", "show no watermark with the user's name on the page")
	f.Duration(&o.CloseAfter, "close-after", 0, "close each month by itself, this long after its end in Asia/Shanghai (1h); 0: a timer or somebody does")
	f.Networks(&o.WebhookNetworks, "webhook-networks", standalone.WebhookNetworksUsage)
	f.String(&o.SettingsFile, "settings-file", "", standalone.SettingsFileUsage)
	f.String(&o.CalendarFile, "calendar-file", "", calendar.FileUsage)
	f.Bool(&o.Demo, "demo", "create demonstration users and data")
	process.Main(f, os.Args[2:], func(ctx context.Context, log *slog.Logger) error {
		o.Log, o.AnyPort = log, !f.Given("http")
		o.Ready = func(e standalone.Endpoints) { greet(e, o.Demo) }
		err := standalone.Run(ctx, o)
		var running *standalone.RunningError
		if errors.As(err, &running) {
			// The one that runs is what was wanted.
			fmt.Println("控辍保学工作台账:", running.Error())
			return nil
		}
		return err
	})
}

// greet tells a person where to go; the log tells the operator.
func greet(e standalone.Endpoints, demo bool) {
	fmt.Printf("\n  控辍保学工作台账  %s\n  接口文档          %s/docs\n", e.HTTP, e.HTTP)
	if demo {
		fmt.Printf("\n  演示账号（密码均为 %s）\n", standalone.DemoPassword)
		for _, u := range standalone.DemoUsers {
			fmt.Printf("    %-12s %s %s\n", u.Username, u.Region, u.DisplayName)
		}
	}
	fmt.Print("\n  按 Ctrl-C 停止\n\n")
}

package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	authv1 "baoxue.internal/proto/gen/baoxue/auth/v1"
)

// withAccounts calls ServiceAccountService as whoever is logged in.
func (c *command) withAccounts(use func(authv1.ServiceAccountServiceClient) error) error {
	return c.with("regionauth", c.token, func(conn *grpc.ClientConn) error { return use(authv1.NewServiceAccountServiceClient(conn)) })
}

func (c *command) account() *cobra.Command {
	group := &cobra.Command{Use: "account", Short: "accounts of other systems"}
	group.AddCommand(c.accountList(), c.accountCreate(), c.accountRotate(), c.accountDisable())
	return group
}

func (c *command) accountList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "list the accounts", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return c.withAccounts(func(accounts authv1.ServiceAccountServiceClient) error {
			t := newTable("名称", "系统", "权限", "地区", "状态", "到期", "上次使用")
			req := &authv1.ListServiceAccountsRequest{PageSize: 200}
			for {
				resp, err := accounts.ListServiceAccounts(cmd.Context(), req)
				if err != nil {
					return err
				}
				for _, a := range resp.GetServiceAccounts() {
					state := "正常"
					if a.GetDisabled() {
						state = "已停用"
					}
					t.add(a.GetName(), a.GetDisplayName(), strings.Join(a.GetScopes(), " "), a.GetRegionCode(), state,
						timeText(a.GetExpireTime(), "不限"), timeText(a.GetLastUsedTime(), "从未"))
				}
				if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
					t.print(c.out)
					return nil
				}
			}
		})
	}}
}

func timeText(t *timestamppb.Timestamp, absent string) string {
	if t == nil {
		return absent
	}
	return t.AsTime().In(beijing).Format(time.DateTime)
}

func (c *command) accountCreate() *cobra.Command {
	a := &authv1.ServiceAccount{}
	var validFor time.Duration
	cmd := &cobra.Command{
		Use: "create NAME --display-name TEXT --scope entries.read [--region 330100]", Short: "create an account and print its first secret", Args: cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&a.DisplayName, "display-name", "", "which system it is")
	cmd.Flags().StringSliceVar(&a.Scopes, "scope", nil, "what it may do")
	cmd.Flags().StringVar(&a.RegionCode, "region", "330000", "GB/T 2260 code that limits what it sees")
	cmd.Flags().StringVar(&a.CertificateIdentity, "certificate", "", "URI, DNS name or common name of its client certificate")
	cmd.Flags().DurationVar(&validFor, "valid-for", 0, "how long it is valid; 0 for ever")
	required(cmd, "display-name", "scope")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		a.Name = args[0]
		if validFor > 0 {
			a.ExpireTime = timestamppb.New(time.Now().Add(validFor))
		}
		return c.withAccounts(func(accounts authv1.ServiceAccountServiceClient) error {
			resp, err := accounts.CreateServiceAccount(cmd.Context(), &authv1.CreateServiceAccountRequest{ServiceAccount: a})
			if err == nil {
				fmt.Fprintf(c.out, "已创建：%s，密钥 %s（仅显示一次）\n", a.GetName(), resp.GetSecret())
			}
			return err
		})
	}
	return cmd
}

func (c *command) accountRotate() *cobra.Command {
	var overlap time.Duration
	cmd := &cobra.Command{Use: "rotate NAME [--overlap 24h]", Short: "add a secret and print it", Args: cobra.ExactArgs(1)}
	cmd.Flags().DurationVar(&overlap, "overlap", 0, "how long the earlier secrets still work, at most 720h")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return c.withAccounts(func(accounts authv1.ServiceAccountServiceClient) error {
			resp, err := accounts.RotateSecret(cmd.Context(), &authv1.RotateSecretRequest{Name: args[0], Overlap: durationpb.New(overlap)})
			if err == nil {
				fmt.Fprintf(c.out, "已更换：%s，新密钥 %s（仅显示一次）\n", args[0], resp.GetSecret())
			}
			return err
		})
	}
	return cmd
}

func (c *command) accountDisable() *cobra.Command {
	var reason string
	cmd := &cobra.Command{Use: "disable NAME --reason TEXT", Short: "end an account", Args: cobra.ExactArgs(1)}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the audit trail")
	required(cmd, "reason")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return c.withAccounts(func(accounts authv1.ServiceAccountServiceClient) error {
			_, err := accounts.DisableServiceAccount(cmd.Context(), &authv1.DisableServiceAccountRequest{Name: args[0], Reason: reason})
			if err == nil {
				fmt.Fprintf(c.out, "已停用：%s\n", args[0])
			}
			return err
		})
	}
	return cmd
}

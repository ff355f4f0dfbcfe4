package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"

	"baoxue.internal/pkg/fault"
	regionv1 "baoxue.internal/proto/gen/baoxue/region/v1"
)

var changeKinds = map[regionv1.RegionChange_Kind]string{
	regionv1.RegionChange_KIND_RENAME: "更名", regionv1.RegionChange_KIND_RECODE: "代码变更", regionv1.RegionChange_KIND_MERGE: "合并",
	regionv1.RegionChange_KIND_SPLIT: "拆分", regionv1.RegionChange_KIND_TRANSFER: "划转",
}

// region shows the divisions and enters their changes.
func (c *command) region() *cobra.Command {
	group := &cobra.Command{Use: "region", Short: "administrative divisions and their changes"}
	group.AddCommand(c.regionList(), c.regionChange(), c.regionChanges())
	return group
}

func (c *command) withRegions(use func(regionv1.RegionServiceClient) error) error {
	return c.with("regionauth", c.token, func(conn *grpc.ClientConn) error { return use(regionv1.NewRegionServiceClient(conn)) })
}

func (c *command) regionList() *cobra.Command {
	var day string
	cmd := &cobra.Command{Use: "list [--as-of 2019-07-31]", Short: "the province's cities and counties as of a day", Args: cobra.NoArgs}
	cmd.Flags().StringVar(&day, "as-of", "", "yyyy-mm-dd; empty means today")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return c.withRegions(func(regions regionv1.RegionServiceClient) error {
			resp, err := regions.ListRegions(cmd.Context(), &regionv1.ListRegionsRequest{Parent: "330000", AsOf: day, Recursive: true})
			if err != nil {
				return err
			}
			counties := 0
			for _, r := range resp.GetRegions() {
				if r.GetLevel() == regionv1.RegionLevel_REGION_LEVEL_COUNTY {
					counties++
				}
				fmt.Fprintf(c.out, "%s  %s\n", r.GetCode(), r.GetFullName())
			}
			fmt.Fprintf(c.out, "共 %d 个设区市、%d 个县（市、区）\n", len(resp.GetRegions())-counties, counties)
			return nil
		})
	}
	return cmd
}

func (c *command) regionChange() *cobra.Command {
	var kind, month, document string
	var from, to []string
	cmd := &cobra.Command{
		Use:   "change --kind merge --month 2027-01 --from 330105 --to 330106 --document 国函〔2026〕…号",
		Short: "enter a change of divisions; entries follow it from its month on", Args: cobra.NoArgs,
	}
	cmd.Flags().StringVar(&kind, "kind", "", "rename, recode, merge, split or transfer")
	cmd.Flags().StringVar(&month, "month", "", "first month of the new divisions, yyyy-mm")
	cmd.Flags().StringSliceVar(&from, "from", nil, "counties that it begins with")
	cmd.Flags().StringSliceVar(&to, "to", nil, "counties that it ends with; a new one as CODE=NAME, of another city as CODE=NAME=CITY")
	cmd.Flags().StringVar(&document, "document", "", "the official document")
	required(cmd, "kind", "month", "from", "to", "document")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		number, ok := regionv1.RegionChange_Kind_value["KIND_"+strings.ToUpper(kind)]
		if !ok || number == 0 {
			return fault.Newf(fault.Invalid, "INVALID_REQUEST", "变更类型应为 rename、recode、merge、split 或 transfer，不是 %q", kind)
		}
		change := &regionv1.RegionChange{Kind: regionv1.RegionChange_Kind(number), EffectiveMonth: month, FromCodes: from, Document: document}
		for _, t := range to {
			code, rest, _ := strings.Cut(t, "=")
			name, city, _ := strings.Cut(rest, "=")
			change.To = append(change.To, &regionv1.ChangedRegion{Code: code, Name: name, ParentCode: city})
		}
		return c.withRegions(func(regions regionv1.RegionServiceClient) error {
			resp, err := regions.ApplyRegionChange(cmd.Context(), &regionv1.ApplyRegionChangeRequest{Change: change})
			if err == nil {
				fmt.Fprintln(c.out, "已登记："+changeLine(resp.GetChange()))
			}
			return err
		})
	}
	return cmd
}

func (c *command) regionChanges() *cobra.Command {
	return &cobra.Command{Use: "changes", Short: "the changes that were entered, newest first", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return c.withRegions(func(regions regionv1.RegionServiceClient) error {
			resp, err := regions.ListRegionChanges(cmd.Context(), &regionv1.ListRegionChangesRequest{})
			if err != nil {
				return err
			}
			for _, change := range resp.GetChanges() {
				fmt.Fprintln(c.out, changeLine(change))
			}
			return nil
		})
	}}
}

func changeLine(change *regionv1.RegionChange) string {
	to := make([]string, len(change.GetTo()))
	for i, t := range change.GetTo() {
		to[i] = t.GetCode() + t.GetName()
	}
	return fmt.Sprintf("%s 起 %s：%s → %s（%s，%s）", change.GetEffectiveMonth(), changeKinds[change.GetKind()],
		strings.Join(change.GetFromCodes(), "、"), strings.Join(to, "、"), change.GetDocument(), change.GetActor())
}

package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"baoxue.internal/pkg/seal"
)

// keys makes and rotates the file of the keys that seal personal data.
func (c *command) keys() *cobra.Command {
	group := &cobra.Command{Use: "keys", Short: "the file of the keys that seal personal data"}
	var file, algorithm string
	create := &cobra.Command{Use: "create --file FILE", Short: "make a key file; without it nothing that it sealed can be read", Args: cobra.NoArgs}
	create.Flags().StringVar(&file, "file", "", "the key file")
	create.Flags().StringVar(&algorithm, "algorithm", string(seal.AES), string(seal.AES)+" or "+string(seal.SM4))
	required(create, "file")
	create.RunE = func(*cobra.Command, []string) error {
		if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s 已存在，不会覆盖：用它加密的数据只有它能解开", file)
		}
		if _, err := seal.CreateMaster(file, seal.Algorithm(algorithm)); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "已生成密钥文件 %s，请另行备份，勿与数据库备份放在一起\n", file)
		return nil
	}
	rotate := &cobra.Command{Use: "rotate --file FILE", Short: "add a new master key; running services take it over within a minute", Args: cobra.NoArgs}
	rotate.Flags().StringVar(&file, "file", "", "the key file")
	required(rotate, "file")
	rotate.RunE = func(*cobra.Command, []string) error {
		if err := seal.RotateMaster(file); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "已在 %s 中加入新的主密钥：各服务在一分钟内自动启用，无需重启；日志显示“a new master key wraps the data keys”后，旧的主密钥即可从文件中移除。请备份新的密钥文件\n", file)
		return nil
	}
	group.AddCommand(create, rotate)
	return group
}

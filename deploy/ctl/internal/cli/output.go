package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"

	"baoxue.internal/pkg/rpc"
)

// standardOutput is where what is to be piped goes.
const standardOutput = "-"

// toFile gives a command the flag for what it writes.
func toFile(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVarP(path, "output", "o", "", "`FILE` to write; - for the standard output")
	required(cmd, "output")
}

// formats gives a command that writes a file in one of several forms the flag for it; else the file's name tells.
func formats(cmd *cobra.Command, path *string, known ...string) (chosen *string) {
	all, chosen := strings.Join(known, ", "), new(string)
	cmd.Flags().Var(oneOf(chosen, known...), "format", all+"; what the file's name ends in, when not given")
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if *path == "" {
			// That is told as what it is: a flag that is missing.
			return nil
		}
		*chosen = cmp.Or(*chosen, strings.ToLower(strings.TrimPrefix(filepath.Ext(*path), ".")))
		if !slices.Contains(known, *chosen) {
			return fmt.Errorf("%s: a name ends in one of %s, or --format tells", *path, all)
		}
		return nil
	}
	return chosen
}

// save writes a download.
func (c *command) save(stream grpc.ServerStreamingClient[httpbody.HttpBody], path string) error {
	return c.write(path, func(w io.Writer) error {
		for {
			piece, err := stream.Recv()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return rpc.FaultFromError(err)
			}
			if _, err := w.Write(piece.GetData()); err != nil {
				return err
			}
		}
	})
}

// write leaves a whole file or none, and says so. A pipe or a device is written to as it is: it must not be replaced
// by a file.
func (c *command) write(path string, fill func(io.Writer) error) error {
	switch info, err := os.Stat(path); {
	case path == standardOutput:
		return fill(c.out)
	case errors.Is(err, fs.ErrNotExist):
		return c.writeFile(path, fill)
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return writeInto(path, fill)
	}
	// A link goes on pointing to it.
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	return c.writeFile(path, fill)
}

// writeFile writes beside the file's place first: a stream that breaks leaves no half file. What is written tells of
// children: whoever runs the command may read it, and nobody else.
func (c *command) writeFile(path string, fill func(io.Writer) error) error {
	part, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part")
	if err != nil {
		return err
	}
	if err := errors.Join(fill(part), part.Close()); err != nil {
		return errors.Join(err, os.Remove(part.Name()))
	}
	if err := os.Rename(part.Name(), path); err != nil {
		return errors.Join(err, os.Remove(part.Name()))
	}
	fmt.Fprintln(c.out, "已写入", path)
	return nil
}

func writeInto(path string, fill func(io.Writer) error) error {
	into, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(fill(into), into.Close())
}

// beside is where a command that writes to a path says what else there is to say.
func (c *command) beside(path string) io.Writer {
	if info, err := os.Stat(path); path == standardOutput || err == nil && !info.Mode().IsRegular() {
		return c.errs
	}
	return c.out
}

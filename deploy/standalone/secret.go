package standalone

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// secretKey encrypts the secrets of second factors. It is made at the first start
// and kept beside the data, closed to everybody else.
func secretKey(data string) (string, error) {
	path := filepath.Join(data, "keys", "second-factors")
	text, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(text)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("key of second factors: %w", err)
	}
	key := make([]byte, 32)
	rand.Read(key)
	made := base64.StdEncoding.EncodeToString(key)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", fmt.Errorf("key of second factors: %w", err)
	}
	// In one step: half a key would be taken for a whole one at the next start.
	if err := os.WriteFile(path+".new", []byte(made+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("key of second factors: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return "", fmt.Errorf("key of second factors: %w", err)
	}
	return made, nil
}

package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/tink"
)

// Master are the keys outside the database. The newest wraps new data keys, all
// unwrap; the index key stays what it is, because what was indexed with another is
// not found.
type Master struct {
	// path is the key file's; empty when nobody keeps the keys.
	path      string
	algorithm Algorithm
	newest    string
	keys      map[string]tink.AEAD
	index     []byte
}

// masterFile is the key file's content, JSON.
type masterFile struct {
	Algorithm Algorithm   `json:"algorithm"`
	Keys      []masterKey `json:"keys"`
	Index     []byte      `json:"index"`
}

type masterKey struct {
	ID  string `json:"id"`
	Key []byte `json:"key"`
}

var errTooShort = errors.New("seal: too short to be sealed")

// LoadMaster reads a key file. Others than its owner must not be able to.
func LoadMaster(path string) (*Master, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("key file %s: others can read it (%s); chmod 600", path, info.Mode().Perm())
	}
	text, err := os.ReadFile(path) //nolint:gosec // the operator says which
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	var f masterFile
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return f.master(path)
}

// reread returns what the key file holds now, m itself when it has no newer key.
func (m *Master) reread() (*Master, error) {
	if m.path == "" {
		return m, nil
	}
	now, err := LoadMaster(m.path)
	if err != nil {
		return nil, err
	}
	if now.algorithm != m.algorithm || !bytes.Equal(now.index, m.index) {
		return nil, fmt.Errorf("key file %s: it is another one than at the start", m.path)
	}
	if now.newest == m.newest {
		return m, nil
	}
	return now, nil
}

func (f masterFile) master(path string) (*Master, error) {
	if len(f.Keys) == 0 || len(f.Index) < 16 {
		return nil, errors.New("key file: it has no keys")
	}
	m := &Master{path: path, algorithm: f.Algorithm, keys: map[string]tink.AEAD{}, index: f.Index}
	for _, k := range f.Keys {
		key, err := f.Algorithm.aead(k.Key)
		if err != nil {
			return nil, fmt.Errorf("key file: key %s: %w", k.ID, err)
		}
		m.keys[k.ID], m.newest = key, k.ID
	}
	return m, nil
}

// CreateMaster writes a new key file, unless there is one, and loads it.
func CreateMaster(path string, a Algorithm) (*Master, error) {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return LoadMaster(path)
	}
	f, err := newMasterFile(a)
	if err != nil {
		return nil, err
	}
	if err := f.write(path); err != nil {
		return nil, err
	}
	return f.master(path)
}

// NewMaster makes keys that nobody keeps: what they seal is lost with the process.
func NewMaster(a Algorithm) (*Master, error) {
	f, err := newMasterFile(a)
	if err != nil {
		return nil, err
	}
	return f.master("")
}

func newMasterFile(a Algorithm) (f masterFile, err error) {
	f.Algorithm = a
	if err := f.add(); err != nil {
		return f, err
	}
	f.Index, err = a.newKey()
	return f, err
}

// RotateMaster adds a new master key to the file. Processes that use it notice (Keyring.Run).
func RotateMaster(path string) error {
	text, err := os.ReadFile(path) //nolint:gosec // the operator says which
	if err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	var f masterFile
	if err := json.Unmarshal(text, &f); err != nil {
		return fmt.Errorf("key file %s: %w", path, err)
	}
	if err := f.add(); err != nil {
		return err
	}
	return f.write(path)
}

func (f *masterFile) add() error {
	key, err := f.Algorithm.newKey()
	if err != nil {
		return err
	}
	// Older ones may have been taken out: an id is never given twice.
	number := 0
	for _, k := range f.Keys {
		var n int
		if _, err := fmt.Sscanf(k.ID, "m%d", &n); err == nil {
			number = max(number, n)
		}
	}
	f.Keys = append(f.Keys, masterKey{ID: fmt.Sprintf("m%d", number+1), Key: key})
	return nil
}

// write replaces the file in one step and survives a loss of power: without it
// nothing sealed can ever be read.
func (f *masterFile) write(path string) error {
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	out, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) //nolint:gosec // beside the operator's
	if err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	_, err = out.Write(append(text, '\n'))
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}

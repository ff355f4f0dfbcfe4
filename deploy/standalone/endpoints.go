package standalone

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Endpoints are where the running system is reached.
type Endpoints struct {
	HTTP string `json:"http"`
	// GRPC are the services' addresses by name.
	GRPC map[string]string `json:"grpc"`
}

// EndpointsFile is where they are written, below the data folder.
const EndpointsFile = "run/endpoints.json"

// write replaces the file in one step: a reader never sees half of it.
func (e Endpoints) write(data string) error {
	text, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return fmt.Errorf("endpoints: %w", err)
	}
	path := filepath.Join(data, EndpointsFile)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return fmt.Errorf("endpoints: %w", err)
	}
	if err := os.WriteFile(path+".new", append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("endpoints: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("endpoints: %w", err)
	}
	return nil
}

// sockets is the folder of the services' Unix sockets.
type sockets struct {
	dir string
	// temporary: the data folder's path is too long for a socket's.
	temporary bool
}

// longestSocketPath is what every system allows, with room to spare.
const longestSocketPath = 100

func socketDir(data string) (*sockets, error) {
	s := &sockets{dir: filepath.Join(data, "run")}
	if len(filepath.Join(s.dir, "verification.sock")) <= longestSocketPath {
		if err := os.MkdirAll(s.dir, 0o700); err != nil {
			return nil, fmt.Errorf("sockets: %w", err)
		}
		return s, nil
	}
	dir, err := os.MkdirTemp("", "baoxue-")
	if err != nil {
		return nil, fmt.Errorf("sockets: %w", err)
	}
	return &sockets{dir: dir, temporary: true}, nil
}

func (s *sockets) address(service string) string {
	return "unix://" + filepath.Join(s.dir, service+".sock")
}

func (s *sockets) addresses() map[string]string {
	addresses := make(map[string]string, len(serviceNames))
	for _, name := range serviceNames {
		addresses[name] = s.address(name)
	}
	return addresses
}

func (s *sockets) remove() error {
	if s.temporary {
		return os.RemoveAll(s.dir)
	}
	return nil
}

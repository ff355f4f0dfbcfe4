package systemtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	// setting is how --help tells a program's own: (required) before those that it does not start without.
	setting = regexp.MustCompile(`(\(required\) )?\[\$(BAOXUE_[A-Z_]+)\]`)
	// given is a line of a file of settings.
	given = regexp.MustCompile(`(?m)^(BAOXUE_[A-Z_]+)=(.*)$`)
)

// The files of settings that an installation begins with have all that a program wants, and nothing that it does not
// know; secrets are for who installs it to fill in, and the gateway has none.
func TestTheSettingsOfAnInstallation(t *testing.T) {
	bin := buildPrograms(t)
	prometheus, err := os.ReadFile("../prometheus/prometheus.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range append(slices.Clone(services), "gateway") {
		t.Run(program, func(t *testing.T) {
			file, err := os.ReadFile(filepath.Join("..", "systemd", program+".env"))
			if err != nil {
				t.Fatal(err)
			}
			has := map[string]string{}
			for _, line := range given.FindAllStringSubmatch(string(file), -1) {
				has[line[1]] = line[2]
			}
			help, err := exec.Command(filepath.Join(bin, program), "--help").CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, help)
			}
			knows := map[string]bool{}
			for _, s := range setting.FindAllStringSubmatch(string(help), -1) {
				knows[s[2]] = true
				if _, ok := has[s[2]]; s[1] != "" && !ok {
					t.Errorf("%s is missing", s[2])
				}
			}
			for name, value := range has {
				if !knows[name] {
					t.Errorf("%s is not known", name)
				}
				if strings.HasSuffix(name, "_SECRET") && (value != "" || program == "gateway") {
					t.Errorf("%s is told: %q", name, value)
				}
			}
			_, port, _ := strings.Cut(has["BAOXUE_METRICS_LISTEN"], ":")
			if target := program + ".internal:" + port; !strings.Contains(string(prometheus), target+"\n") {
				t.Errorf("Prometheus does not ask %s", target)
			}
		})
	}
}

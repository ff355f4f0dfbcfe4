package systemtest

import (
	"strings"
	"testing"

	"baoxue.internal/pkg/rpc"
	"baoxue.internal/pkg/testkit"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
)

// The services speak mutual TLS with each other and with the command line: a month of work, and nobody without
// a certificate.
func TestTheMainJobOverMutualTLS(t *testing.T) {
	cluster, authority, dir := testkit.Postgres(t), testkit.NewAuthority(t), t.TempDir()
	s := separateWith(t, cluster, broker(t).URL(), cluster.DSNAs, rpc.TLSFiles(authority.Issue(dir)))
	book, _ := generated(t, 300, 79)
	province := overREST{t, s.http, s.login(t, "zhejiang")}
	province.importFile("下发台账.xlsx", book)
	county := overREST{t, s.http, s.login(t, "xihu")}
	entry := county.list(&ledgerv1.ListEntriesRequest{Tab: ledgerv1.Tab_TAB_PENDING, PageSize: 1}).GetEntries()[0]
	if _, err := county.submit(workingAway(entry)); err != nil {
		t.Fatal(err)
	}
	c := operator(t, s)
	month := thisMonth()
	c.ok(month, "month", "close", "--month", month)
	// Renewed while all of it runs.
	authority.Issue(dir)
	c.ok("330106", "month", "show", "--month", month, "--region", "330106")
	stranger := c
	stranger.env = append(stranger.env, "BAOXUE_TLS_CERT=", "BAOXUE_TLS_KEY=")
	if out, code := stranger.run("whoami"); code != 1 || !strings.Contains(out, "want --tls-cert") {
		t.Errorf("without a certificate: exit %d, %s", code, out)
	}
}

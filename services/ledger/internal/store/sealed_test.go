package store_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
)

// Nothing personal lies in the clear in what PostgreSQL writes: tables, indexes, the
// write-ahead log, its own log.
func TestTheDatabasesFilesTellNothing(t *testing.T) {
	s, _ := open(t)
	row := child(1, "王明", "330106")
	row.IDNumber, row.HomeAddress, row.Guardian, row.Phone = "330106201005061237", "文三路四十二号三单元", "王守仁守仁", "13957150042"
	row.NationalStudentNumber, row.Extra = "G330106201005061237", map[string]string{"备注": "母亲电话 13957150043"}
	ctx := testkit.Context(t)
	distribute(ctx, t, s, row)
	// What was committed is in the files, not only in memory.
	cluster := testkit.Postgres(t)
	super, err := pgx.Connect(ctx, cluster.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = super.Exec(ctx, "CHECKPOINT")
	if err := errors.Join(err, super.Close(ctx)); err != nil {
		t.Fatal(err)
	}
	found := func(sel app.Selection) []domain.Entry {
		t.Helper()
		page, _, err := s.ListEntries(ctx, sel, app.Place{ID: app.Beginning}, 10)
		if err != nil {
			t.Fatal(err)
		}
		return page
	}
	searched, named := 0, false
	for _, root := range []string{cluster.DataDirInUse(), cluster.LogFile()} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return nil //nolint:nilerr // files come and go in a running cluster
			}
			content, err := os.ReadFile(path)
			if err != nil {
				return nil //nolint:nilerr // said above
			}
			searched++
			named = named || bytes.Contains(content, []byte(row.PersonName))
			for _, secret := range []string{row.IDNumber, row.HomeAddress, row.Guardian, row.Phone, row.NationalStudentNumber, "13957150043", "201005061237"} {
				for _, written := range [][]byte{[]byte(secret), []byte(hex.EncodeToString([]byte(secret)))} {
					if bytes.Contains(content, written) {
						t.Errorf("%s holds %q", path, secret)
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if searched < 100 || !named {
		t.Fatalf("%d files were searched and the name, which is not sealed, was found in one: %v; this proves nothing", searched, named)
	}
	// And yet it is found, and read whole.
	page := found(everything(app.Detail{IDNumber: row.IDNumber}))
	if len(page) != 1 || page[0].HomeAddress != row.HomeAddress || page[0].Extra["备注"] != row.Extra["备注"] || page[0].Phone != "" {
		t.Fatalf("%+v", page)
	}
	// What no list shows is opened for a reason only.
	if e, err := s.Reveal(ctx, domain.ProvinceScope(), page[0].ID, "核实"); err != nil || e.Phone != row.Phone || e.Guardian != row.Guardian {
		t.Fatalf("%+v, %v", e, err)
	}
	for name, detail := range map[string]app.Detail{
		"the last four": {LastFour: "1237"}, "a pair of the name": {Name: "王明"}, "a part": {Name: "明"},
	} {
		sel := everything(detail)
		sel.Scope = domain.CountyScope("330106")
		if page := found(sel); len(page) != 1 {
			t.Errorf("by %s: %d entries", name, len(page))
		}
		sel.Scope = domain.CountyScope("330102")
		if page := found(sel); len(page) != 0 {
			t.Errorf("by %s another county finds %d", name, len(page))
		}
	}
	for name, detail := range map[string]app.Detail{
		"another number": {IDNumber: "330106201005061238"}, "other last four": {LastFour: "1238"}, "another name": {Name: "明王"},
	} {
		if page := found(everything(detail)); len(page) != 0 {
			t.Errorf("by %s: %d entries", name, len(page))
		}
	}
}

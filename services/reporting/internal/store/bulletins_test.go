package store_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/reporting/internal/app"
	"baoxue.internal/services/reporting/internal/circular"
	"baoxue.internal/services/reporting/internal/domain"
	"baoxue.internal/services/reporting/internal/store"
	"baoxue.internal/services/reporting/internal/workbook"
)

func issuing(s *store.Store) app.Issuing {
	return app.Issuing{Store: s, Show: showing(s), Reports: app.Reports{Store: s, Show: showing(s)}, Page: circular.Page, Word: circular.Word, Workbook: workbook.Bulletin}
}

// A bulletin is drafted, signed and issued, in that order; what is issued stays, and the next
// version says what it changes.
func TestABulletinIsIssuedOnceAndStays(t *testing.T) {
	s, pool := open(t)
	ctx, u := testkit.Context(t), issuing(s)
	refused := func(want string, err error) {
		t.Helper()
		if !fault.Is(err, want) {
			t.Errorf("want %s: %v", want, err)
		}
	}
	_, err := u.Draft(ctx, "2019-07", app.Draft{}, "甲")
	refused("MONTH_NOT_CLOSED", err)
	closeJuly(t, closing(s, threeChildren(t, s)))
	_, err = u.Sign(ctx, "2019-07", "乙")
	refused("BULLETIN_STATE", err)
	if _, page, err := u.ViewPage(ctx, "2019-07", 0); err != nil || !bytes.Contains(page, []byte("草稿，未印发")) || !bytes.Contains(page, []byte("（三）")) {
		t.Fatalf("before a draft: %s, %v", page, err)
	}
	draft, err := u.Draft(ctx, "2019-07", app.Draft{}, "甲")
	if err != nil || draft.Version != 1 || len(draft.Requirements) != len(domain.StandardRequirements) {
		t.Fatalf("%+v, %v", draft, err)
	}
	_, err = u.Issue(ctx, "2019-07", "甲")
	refused("BULLETIN_STATE", err)
	if _, err := u.Sign(ctx, "2019-07", "乙"); err != nil {
		t.Fatal(err)
	}
	// What is edited after the signature is to be signed again.
	if _, err := u.Draft(ctx, "2019-07", app.Draft{Requirements: []string{"请于月底前完成核查。"}, Text: "# 情况\n共 {台账总数} 人。"}, "甲"); err != nil {
		t.Fatal(err)
	}
	_, err = u.Issue(ctx, "2019-07", "甲")
	refused("BULLETIN_STATE", err)
	if _, err := u.Sign(ctx, "2019-07", "乙"); err != nil {
		t.Fatal(err)
	}
	first, err := u.Issue(ctx, "2019-07", "甲")
	if err != nil || first.Label() != "〔2019〕1 号" || first.Signer != "乙" || len(first.Digest) != 64 {
		t.Fatalf("%+v, %v", first, err)
	}
	if first.Text != "# 情况\n共 {台账总数} 人。" || len(first.DocumentDigest) != 64 || !bytes.HasPrefix(first.Document, []byte("PK")) {
		t.Errorf("%q, %s, %d bytes", first.Text, first.DocumentDigest, len(first.Document))
	}
	text := string(first.Page)
	if !strings.Contains(text, "一、情况") || !strings.Contains(text, "共 3 人。") || strings.Contains(text, "各地进展") {
		t.Errorf("the page does not say what the text says: %s", text)
	}
	if !strings.Contains(text, "浙教控辍通报〔2019〕1 号") || !strings.Contains(text, "（一）请于月底前完成核查。") || strings.Contains(text, "草稿") {
		t.Errorf("%s", text)
	}
	for _, statement := range []string{
		"UPDATE bulletins SET page = 'x'", "UPDATE bulletins SET document = 'x'", "UPDATE bulletins SET workbook = 'x'", "UPDATE bulletins SET state = 'DRAFT'", "DELETE FROM bulletins", "TRUNCATE bulletins",
	} {
		if _, err := pool.Exec(ctx, statement); pg.Code(err) != "23000" {
			t.Errorf("%s: %v", statement, err)
		}
	}
	// Again: only with a word on what changes, and with a number of its own.
	_, err = u.Draft(ctx, "2019-07", app.Draft{ChangeNote: " "}, "甲")
	refused("INVALID_REQUEST", err)
	second, err := u.Draft(ctx, "2019-07", app.Draft{ChangeNote: "更正西湖区数据的说明"}, "甲")
	if err != nil || second.Version != 2 || second.Requirements[0] != "请于月底前完成核查。" {
		t.Fatalf("%+v, %v", second, err)
	}
	if _, err := u.Sign(ctx, "2019-07", "乙"); err != nil {
		t.Fatal(err)
	}
	if second, err = u.Issue(ctx, "2019-07", "甲"); err != nil || second.Label() != "〔2019〕2 号" ||
		!bytes.Contains(second.Page, []byte("修改说明：更正西湖区数据的说明")) {
		t.Fatalf("%+v, %v", second, err)
	}
	for version, want := range map[int][]byte{0: second.Page, 1: first.Page, 2: second.Page} {
		if _, page, err := u.ViewPage(ctx, "2019-07", version); err != nil || !bytes.Equal(page, want) {
			t.Errorf("version %d: %d bytes, %v", version, len(page), err)
		}
	}
	if _, content, err := u.ViewWorkbook(ctx, "2019-07", 1); err != nil || !bytes.Equal(content, first.Workbook) || len(first.WorkbookDigest) != 64 ||
		!bytes.HasPrefix(content, []byte("PK")) {
		t.Errorf("the workbook that was issued: %d bytes, %v", len(content), err)
	}
	if _, document, err := u.ViewWord(ctx, "2019-07", 1); err != nil || !bytes.Equal(document, first.Document) {
		t.Errorf("the document that was issued: %d bytes, %v", len(document), err)
	}
	if second.Text != first.Text {
		t.Errorf("the next version begins with %q", second.Text)
	}
	_, _, err = u.ViewPage(ctx, "2019-07", 3)
	refused("NOT_FOUND", err)
}

func TestNumbersOfBulletinsHaveNoGap(t *testing.T) {
	s, _ := open(t)
	ctx, u := testkit.Context(t), issuing(s)
	truth := threeChildren(t, s)
	months := []string{"2019-05", "2019-06", "2019-07"}
	for _, month := range months {
		c := closing(s, truth)
		if month != "2019-07" {
			c = closing(s, says())
		}
		if _, err := c.Close(ctx, month, "test"); err != nil {
			t.Fatal(err)
		}
		if _, err := u.Draft(ctx, month, app.Draft{}, "甲"); err != nil {
			t.Fatal(err)
		}
		if _, err := u.Sign(ctx, month, "乙"); err != nil {
			t.Fatal(err)
		}
	}
	u.Show.Now = func() time.Time { return time.Date(2020, 1, 1, 1, 0, 0, 0, domain.Shanghai) }
	var group errgroup.Group
	numbers := make([]int, len(months))
	for i, month := range months {
		group.Go(func() error {
			issue, err := u.Issue(ctx, month, "甲")
			numbers[i] = issue.Number
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, n := range numbers {
		seen[n] = true
	}
	if !seen[1] || !seen[2] || !seen[3] {
		t.Errorf("numbers %v", numbers)
	}
}

package domain_test

import (
	"slices"
	"testing"

	"baoxue.internal/services/ledger/internal/domain"
)

func TestAnUnreadableSourceIsFlaggedAndKept(t *testing.T) {
	heads := []string{"姓名", "证件号码", "出生日期", "数据类别"}
	cells := []string{"王明", "330102201001010071", "2010-01-01", ""}
	if row := read(t, heads, cells); row.Flags != nil || len(row.Extra) != 0 {
		t.Errorf("no source: %v, %v", row.Flags, row.Extra)
	}
	cells[3] = "第四类"
	row := read(t, heads, cells)
	if !slices.Equal(row.Flags, []domain.Flag{domain.FlagSourceUnknown}) || row.Extra["数据类别"] != "第四类" {
		t.Errorf("unreadable: %v, %v", row.Flags, row.Extra)
	}
}

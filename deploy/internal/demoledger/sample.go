package demoledger

import (
	"fmt"
	"io"
)

// SampleRows returns the notice's nine sample rows under NoticeColumns, as the
// notice prints them: their birth dates and region prefixes contradict their
// own columns, which is why an import must keep such rows.
func SampleRows() [][]string {
	names := []string{"王明", "李华", "张伟", "赵丽", "孙强", "吴芳", "郑雷", "钱梅", "傅红"}
	rows := make([][]string, len(names))
	for i, name := range names {
		n := i + 1
		// The years in the numbers as printed; from the third row on they run
		// backwards while the column's run forwards.
		year := []int{1998, 1999, 1998, 1997, 1996, 1995, 1994, 1993, 1992}[i]
		rows[i] = []string{
			fmt.Sprint(n), name, fmt.Sprintf("%d-%d-%d", 1999+n, n, n),
			fmt.Sprintf("330102%d%02d%02d1234", year, n, n),
			"浙江省杭州市", "浙江省杭州市西湖区文三路123号", "否", "", "", "", "", "",
		}
	}
	return rows
}

// WriteSample writes the nine rows as a workbook of the notice's twelve columns.
func WriteSample(w io.Writer) error {
	rows := SampleRows()
	return writeWorkbook(w, NoticeColumns(), len(rows), func(n int, _ styles) []any {
		out := make([]any, len(rows[n-2]))
		for i, v := range rows[n-2] {
			out[i] = text(v)
		}
		out[0] = n - 1
		return out
	})
}

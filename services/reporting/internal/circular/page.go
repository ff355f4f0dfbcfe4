package circular

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"baoxue.internal/services/reporting/internal/domain"
)

//go:embed bulletin.html
var bulletinPage string

var bulletinTemplate = template.Must(template.New("bulletin").Funcs(template.FuncMap{
	"ordinal": ordinal,
	"inc":     func(i int) int { return i + 1 },
}).Parse(bulletinPage))

// Page writes the bulletin as a page: self-contained, A4, without a script.
func Page(b domain.Bulletin, out io.Writer) error {
	if err := bulletinTemplate.Execute(out, Compose(b)); err != nil {
		return fmt.Errorf("bulletin page of %s: %w", b.Month, err)
	}
	return nil
}

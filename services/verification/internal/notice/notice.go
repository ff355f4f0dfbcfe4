// Package notice lays out what is handed to families, as pages that are printed.
package notice

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"time"

	"baoxue.internal/services/verification/internal/domain"
)

//go:embed return.html
var returnPage string

// The template escapes whatever a ledger's row holds.
var returnTemplate = template.Must(template.New("return").Funcs(template.FuncMap{
	"day": func(t time.Time) string { return t.Format("2006年1月2日") },
}).Parse(returnPage))

// Return is the page of a 限期复学通知书: self-contained, without a script.
func Return(n domain.ReturnNotice) ([]byte, error) {
	var page bytes.Buffer
	if err := returnTemplate.Execute(&page, n); err != nil {
		return nil, fmt.Errorf("限期复学通知书: %w", err)
	}
	return page.Bytes(), nil
}

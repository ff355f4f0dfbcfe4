package store

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"baoxue.internal/services/ledger/internal/app"
	"baoxue.internal/services/ledger/internal/domain"
)

// Nothing that narrows an export down is left out of its record: it would seem to be of more children than it was.
func TestAnExportsRecordTellsEveryCondition(t *testing.T) {
	all := app.Selection{Counties: domain.WholeProvince, Kind: app.Kind{Statuses: app.AllStatuses}}
	everything := streamed(all, "")
	// The days are what deadlines are compared with, and what a review returned is never asked for without a status.
	unasked := []string{"Today", "Soon", "OrReturned"}
	for _, part := range []string{"Kind", "Detail"} {
		fields := reflect.ValueOf(&all).Elem().FieldByName(part).Type()
		for i := range fields.NumField() {
			name := fields.Field(i).Name
			if slices.Contains(unasked, name) {
				continue
			}
			narrow := all
			some(t, reflect.ValueOf(&narrow).Elem().FieldByName(part).Field(i))
			if reflect.DeepEqual(streamed(narrow, ""), everything) {
				t.Errorf("nothing is told of %s.%s", part, name)
			}
		}
	}
}

func some(t *testing.T, field reflect.Value) {
	t.Helper()
	switch v := field.Interface().(type) {
	case string:
		field.SetString("some")
	case time.Time:
		field.Set(reflect.ValueOf(time.Unix(0, 0)))
	case []domain.Status:
		field.Set(reflect.ValueOf(v[:1]))
	default:
		field.SetInt(1)
	}
}

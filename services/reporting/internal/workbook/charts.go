package workbook

import (
	"fmt"

	"github.com/xuri/excelize/v2"
)

// span is a range of cells: from column and row to column and row, from 1.
type span struct{ column, row, lastColumn, lastRow int }

func (s span) of(sheet string) (string, error) {
	from, err := excelize.CoordinatesToCellName(s.column, s.row, true)
	if err != nil {
		return "", err
	}
	to, err := excelize.CoordinatesToCellName(s.lastColumn, s.lastRow, true)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("'%s'!%s:%s", sheet, from, to), nil
}

// chart draws cells of a sheet as bars; the program that opens the workbook draws it.
type chart struct {
	sheet, title  string
	names, values span
	// at is the cell where the upper left corner lies.
	at string
	// rate gives the axis from 0 to 100 %.
	rate bool
}

func (b *bulletin) draw(c chart) error {
	if c.values.lastRow < c.values.row {
		return nil
	}
	names, err := c.names.of(c.sheet)
	if err != nil {
		return err
	}
	values, err := c.values.of(c.sheet)
	if err != nil {
		return err
	}
	least, all, many := 0.0, 1.0, false
	black := excelize.Font{Color: "000000"}
	axis := excelize.ChartAxis{Minimum: &least, MajorGridLines: true, Font: black}
	if c.rate {
		axis.Maximum, axis.NumFmt = &all, excelize.ChartNumFmt{CustomNumFmt: "0%"}
	}
	return b.file.AddChart(c.sheet, c.at, &excelize.Chart{
		Type:       excelize.Col,
		Series:     []excelize.ChartSeries{{Categories: names, Values: values}},
		Title:      excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: c.title}}},
		Legend:     excelize.ChartLegend{Position: "none"},
		Dimension:  excelize.ChartDimension{Width: 900, Height: 320},
		YAxis:      axis,
		VaryColors: &many,
		PlotArea:   excelize.ChartPlotArea{ShowVal: true},
	})
}

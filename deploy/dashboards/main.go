// Dashboards prints the operators' dashboard as Grafana imports it. It is part of `make generate`.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

func main() {
	if err := write(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "dashboards:", err)
		os.Exit(1)
	}
}

func write(to io.Writer) error {
	//nolint:staticcheck // every Grafana imports this form, its successor only the newest
	board := dashboard.NewDashboardBuilder("控辍保学工作台账")
	board.Uid("baoxue").Tags([]string{"baoxue"}).
		Timezone("Asia/Shanghai").Time("now-6h", "now").Refresh("30s").Tooltip(dashboard.DashboardCursorSyncCrosshair).
		WithVariable(dashboard.NewDatasourceVariableBuilder(source).Label("Prometheus").Type("prometheus"))
	board.WithRow(dashboard.NewRowBuilder("现在"))
	for _, s := range states {
		board.WithPanel(s.panel())
	}
	for _, r := range rows {
		board.WithRow(dashboard.NewRowBuilder(r.title))
		for _, c := range r.courses {
			board.WithPanel(c.panel())
		}
	}
	built, err := board.Build()
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(to)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(built)
}

// source is the variable with which Grafana asks for the Prometheus server.
const source = "datasource"

func server() common.DataSourceRef {
	kind, uid := "prometheus", "${"+source+"}"
	return common.DataSourceRef{Type: &kind, Uid: &uid}
}

func question(expr, legend string) *prometheus.DataqueryBuilder {
	return prometheus.NewDataqueryBuilder().Datasource(server()).Expr(expr).LegendFormat(legend)
}

// The grid is 24 wide.
const (
	stateWidth, stateHeight   = 3, 4
	courseWidth, courseHeight = 8, 8
)

func (s state) panel() *stat.PanelBuilder {
	panel := stat.NewPanelBuilder().Title(s.title).Description(s.about).Unit(s.unit).NoValue("—").Datasource(server()).
		Span(stateWidth).Height(stateHeight).ColorMode(common.BigValueColorModeBackground).GraphMode(common.BigValueGraphModeNone).
		ReduceOptions(common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"})).Orientation(common.VizOrientationAuto).
		Thresholds(dashboard.NewThresholdsConfigBuilder().Mode(dashboard.ThresholdsModeAbsolute).Steps(s.steps())).
		WithTarget(question(s.expr, "").RefId("A").Instant())
	if s.words != nil {
		words := dashboard.NewValueMap()
		for value, text := range s.words {
			words.Options[value] = dashboard.ValueMappingResult{Text: &text}
		}
		panel.Mappings([]dashboard.ValueMapping{{ValueMap: words}})
	}
	return panel
}

func (s state) steps() []dashboard.Threshold {
	const good, bad = "green", "red"
	if s.below {
		return []dashboard.Threshold{{Color: bad}, {Color: good, Value: &s.limit}}
	}
	return []dashboard.Threshold{{Color: good}, {Color: bad, Value: &s.limit}}
}

func (c course) panel() *timeseries.PanelBuilder {
	panel := timeseries.NewPanelBuilder().Title(c.title).Description(c.about).Unit(c.unit).AxisSoftMin(0).Datasource(server()).
		Span(courseWidth).Height(courseHeight).ShowPoints(common.VisibilityModeNever).FillOpacity(8).
		Legend(common.NewVizLegendOptionsBuilder().ShowLegend(true).DisplayMode(common.LegendDisplayModeList).Placement(common.LegendPlacementBottom)).
		Tooltip(common.NewVizTooltipOptionsBuilder().Mode(common.TooltipDisplayModeMulti).Sort(common.SortOrderDescending))
	for i, l := range c.lines {
		panel.WithTarget(question(l.expr, l.legend).RefId(string(rune('A' + i))).Range())
	}
	return panel
}

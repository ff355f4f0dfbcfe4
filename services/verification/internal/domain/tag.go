package domain

import "time"

// Tag is a special group that is watched first (DOMAIN §6); the contract's number.
type Tag int16

var tagNames = map[Tag]string{
	1: "TAG_DISABLED",
	2: "TAG_LEFT_BEHIND",
	3: "TAG_MIGRANT",
	4: "TAG_WITHOUT_PARENTS",
	5: "TAG_REGISTERED_POOR",
	6: "TAG_IN_NEED",
}

// Name is the contract's, by which others know the group.
func (t Tag) Name() string { return tagNames[t] }

// TagChange is one setting of a child's special groups.
type TagChange struct {
	Tags   []Tag
	Author string
	At     time.Time
}

// Tagging is the newest setting, as it is told to others.
type Tagging struct {
	EntryID, CountyCode string
	// Version rises with each setting of the entry.
	Version int64
	Tags    []Tag
	At      time.Time
}

// Names are those of its groups.
func (t Tagging) Names() []string {
	names := make([]string, len(t.Tags))
	for i, tag := range t.Tags {
		names[i] = tag.Name()
	}
	return names
}

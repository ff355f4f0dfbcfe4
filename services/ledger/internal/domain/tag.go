package domain

import "slices"

// tags are the special groups that verification knows (DOMAIN §6), by the names of its contract.
var tags = []string{"TAG_DISABLED", "TAG_LEFT_BEHIND", "TAG_MIGRANT", "TAG_WITHOUT_PARENTS", "TAG_REGISTERED_POOR", "TAG_IN_NEED"}

// TagKnown tells whether there is a special group of that name.
func TagKnown(name string) bool { return slices.Contains(tags, name) }

package hostid

import "slices"

// MatchRate is the percentage of matched among total, rounded down: 2 of 3 are
// 66. A license that names no HostID (total 0) is tied to nothing and matches
// wholly. Counts are of HostIDs, so small; matched is taken as at least 0 and at
// most total.
func MatchRate(matched, total int) int {
	if total <= 0 {
		return 100
	}
	return 100 * min(max(matched, 0), total) / total
}

// Matches says whether enough of the licensed HostIDs are present for the match
// rate (0 to 100). 100 wants them all, 0 nothing.
func Matches(licensed, present []HostID, rate int) bool {
	set := Canonical(licensed)
	return MatchRate(Matched(set, present), len(set)) >= rate
}

// Matched counts the licensed HostIDs that are present.
func Matched(licensed, present []HostID) int {
	n := 0
	for _, id := range Canonical(licensed) {
		if slices.Contains(present, id) {
			n++
		}
	}
	return n
}

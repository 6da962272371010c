package org

import (
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/fault"
)

// judge refuses rights that the parent cannot give: those that it lacks, or has
// for a shorter time or to a smaller amount. What has ended for the parent can
// be given with an end no later than that, which grants nothing.
func (h *held) judge(parent *held) error {
	for i, l := range h.licenses {
		if l.typ == entity.OrgNone {
			continue
		}
		end, ok := parent.license(l.id)
		if !ok {
			return refused(fault.OrgParentLacksLicense, at("customLicenses", i, "licenseDef"), "the parent organization does not have this license")
		}
		if later(l.end, end) {
			return beyond("customLicenses", i, end)
		}
	}
	for i, e := range h.editions {
		end, ok := parent.edition(e.id)
		if !ok {
			return refused(fault.OrgParentLacksEdition, at("assignedEditions", i, "edition"), "the parent organization does not have this edition")
		}
		if later(e.end, end) {
			return beyond("assignedEditions", i, end)
		}
	}
	for i, l := range h.limits {
		most, ok := parent.limit(l.id)
		if !ok {
			return refused(fault.OrgParentLacksLimit, at("customLimits", i, "limitDefinition"), "the parent organization does not have this limit")
		}
		if least(l.value, most) != l.value {
			return refused(fault.OrgLimitBeyondParent, at("customLimits", i, "value"), fmt.Sprintf("is more than the %d of the parent organization", most))
		}
	}
	return nil
}

func beyond(list string, i int, end entity.Time) error {
	return refused(fault.OrgExpiryBeyondParent, at(list, i, "expirationDate"), fmt.Sprintf("is after that of the parent organization, %s", end))
}

func refused(code fault.Code, field, message string) error {
	return &fault.Error{Kind: fault.Invalid, Code: code, Field: field, Message: message}
}

func at(list string, i int, member string) string { return fmt.Sprintf("%s[%d].%s", list, i, member) }

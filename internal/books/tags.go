package books

import (
	"context"
	"fmt"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

// TagsMember names the custom tags of a customer in entity.Members.
const TagsMember = "CustomTags"

// replaceTags makes the custom tags of a customer those that were sent. A tag
// whose name was there goes on: when it was made stays. The customer is locked.
func replaceTags(ctx context.Context, tx *store.Tx, c *entity.Customer, sent entity.Members) error {
	if !sent.Has(TagsMember) {
		return nil
	}
	var have []entity.CustomTag
	if err := tx.NewSelect().Model(&have).Where("customer_id = ?", c.ID).Scan(ctx); err != nil {
		return fmt.Errorf("read the tags of customer %d: %w", c.ID, err)
	}
	old := make(map[string]entity.CustomTag, len(have))
	for _, t := range have {
		old[t.Name] = t
	}
	if _, err := tx.NewDelete().Model((*entity.CustomTag)(nil)).Where("customer_id = ?", c.ID).Exec(ctx); err != nil {
		return fmt.Errorf("delete the tags of customer %d: %w", c.ID, err)
	}
	tags := make([]entity.CustomTag, len(c.CustomTags))
	for i, t := range c.CustomTags {
		tags[i] = entity.CustomTag{CustomerID: c.ID, Name: t.Name, Value: t.Value, CreatedAt: c.UpdatedAt, UpdatedAt: c.UpdatedAt}
		if was, ok := old[t.Name]; ok {
			tags[i].CreatedAt = was.CreatedAt
			if was.Value == t.Value {
				tags[i].UpdatedAt = was.UpdatedAt
			}
		}
	}
	c.CustomTags = tags
	if len(tags) == 0 {
		return nil
	}
	if _, err := tx.NewInsert().Model(&c.CustomTags).Exec(ctx); err != nil {
		return fmt.Errorf("insert tags: %w", err)
	}
	return nil
}

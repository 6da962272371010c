package entity

import "context"

type ownerKey struct{}

// ForCustomer notes that who asks may see only what is this customer's. Lists
// read under it show and search nothing else, relations included.
func ForCustomer(ctx context.Context, customerID int64) context.Context {
	return context.WithValue(ctx, ownerKey{}, customerID)
}

// OnlyCustomer is the customer that ForCustomer noted; false: there is none, and
// everything may be seen.
func OnlyCustomer(ctx context.Context) (customerID int64, ok bool) {
	customerID, ok = ctx.Value(ownerKey{}).(int64)
	return customerID, ok
}

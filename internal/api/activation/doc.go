// Package activation is the end users' surface of license orders: /rest/v1 and
// /rest/v2, application/hal+json. There is no login: whoever has the activation
// key may activate.
//
//	GET    /rest/v2/license-orders/{key}             what the order allows
//	PUT    /rest/v2/licenses/{key}/{hostids}         202, Location: the queue
//	GET    /rest/v2/license-queue/{key}/{hostids}    200 while it runs, then 303
//	GET    /rest/v2/licenses/{key}/{hostids}         the license
//	GET    /rest/v2/license-errors/{key}/{hostids}   why there is none
//	GET    /rest/v2/licenses/{key}?state=…           all in some states
//	DELETE /rest/v2/licenses/{key}/{hostids}         204, given back
//
// v1 has the same operations; its errors have no code. Both are one table
// (ops.go). {hostids} is base64, in which a slash may stand: route.go makes one
// segment of what follows the key before the router looks at the path.
//
// What surprises, and is as published: a bad key is 400 where one activates and
// 404 elsewhere; numbers are numbers, unlike at the vendors' bare paths; times
// end in +00:00.
//
// It must never answer for a key that it was not given, nor let unknown keys be
// tried without end: each look-up is guarded by address.
package activation

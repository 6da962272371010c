// Package instances is the instances API: what a regulator's organisation
// licenses to projects, at /api/v1.
//
//	POST /api/v1/instance, /license, /organisation, /project      create
//	GET, PUT /api/v1/{thing}/{id}                                 read, change in part
//	POST /api/v1/{thing}/search                                   {from, size, where, sort, trackTotal}
//	POST /api/v1/instance/meta, PUT /api/v1/instance/meta/{id}    periods
//
// What surprises, and is as published: creating answers 200; there is no DELETE,
// a row is deleted by PUT with status DELETED and stays; createdAt and updatedAt
// are milliseconds, startedAt and expiredAt milliseconds when sent and ISO texts
// when shown; LICENCED is spelled so, and CANCELED.
//
// The operations are one table of things, each with a desk of package instance.
// The surface must never judge who may what: it says who calls.
package instances

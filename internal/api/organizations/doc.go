// Package organizations is the surface of organisations and their licenses, at
// /public/core/v3 and, the same, at /saas/public/core/v3.
//
//	POST login ─> userInfo.sessionId, sent as INFA-SESSION-ID; products[0].baseApiUrl
//	GET, PUT <baseApiUrl>/public/core/v3/license/org/{orgId}
//	POST logout
//
// What surprises, and is as published: clients follow baseApiUrl, which ends in
// /saas; a PUT overwrites everything and answers 200 without a body; who may do
// what follows from memberships of organisations, not from the roles of users.
// An organisation that is not the caller's to see is 404, as one that is not
// there.
//
// It must never take another credential than its own sessions, and never decide
// a rule: package org does.
package organizations

// Package org keeps organisations and what they may use: licenses, editions and
// limits. A parent hands them down to organisations below it, one level deep.
//
//	stored rights ──► cut to the parent's stored rights ──► what has not ended: in force
//
// Rights are stored as they were set. A change below a parent is judged by what
// the parent has at that moment, under locks of both rows, the parent's first.
// What is in force is worked out when it is read, so that a parent that loses
// something takes it from those below at once. Below a parent that synchronises
// nothing is stored: what the parent has is what they have.
//
// It must never let an organisation use more, or longer, than its parent may.
package org

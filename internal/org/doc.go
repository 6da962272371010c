// Package org keeps organisations and what they may use: licenses, editions and
// limits, handed down from a parent to the organisations below it.
package org

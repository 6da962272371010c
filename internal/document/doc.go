// Package document makes and checks signed license documents. It is pure: the
// same license and key always give the same document; there is no clock, no
// file, no database.
//
//	entity.License ─> Content ─> the format's writer ─> Sign ─> text
//	Order (an activated license order) ─> SignOrder ─> text of format 5
//	text ─> the format's reader ─> Verify ─> Verified{Content}
//
// One table (formats.go) maps a format to the type of its key, its writer and
// its reader. A document states what the license grants. It never holds the user
// key (documents are mailed around; the user key opens seats), nor anything of
// the books: notes, order, customer, revocation. Format 5 is the exception: the
// published text of a license order names its activation key.
//
// # Format 4: JWS
//
// Compact serialisation (RFC 7515), EdDSA with Ed25519 (RFC 8037). The header is
// exactly {"alg":"EdDSA","kid":<RFC 7638 thumbprint>,"typ":"license+jwt"}. The
// payload is the JSON of Content, in that order, followed by the registered
// claims iat (the issue date) and exp (the expiry) in whole seconds where the
// license has those dates. mode is file, activation or floating; sites is null
// when unlimited; other members that are empty are left out. A reader refuses a
// payload or header that says a thing twice, and base64url in any but its one
// form; members it does not know are for later versions.
//
// # Formats 2 and 3: ASCII and BASE32
//
// Two wrappings of the compact text of format 4, for where its letters would not
// survive. Format 2 is the text in lines of 64 characters between the lines
//
//	-----BEGIN LICENSE-----
//	-----END LICENSE-----
//
// all of them ending in LF, or all in CRLF; without its first and last line and
// the line ends it is format 4 again. Format 3 is the text in base32 (RFC 4648):
// upper case, padded, on one line. Anything else than the one wrapping of a text
// is refused: other line lengths, header lines, lower case, missing padding.
//
// # Format 0: XML
//
// The rule of applications that are already shipped: RSA PKCS#1 v1.5 with SHA-1
// over FF FE and the UTF-16LE of the document without its Signature. SHA-1 is
// theirs to choose, not ours; use format 4 for anything new. Such applications
// parse the document and write it anew by .NET's rules before they verify, so
// the writer (tree.go) follows XmlWriter to the byte, and the document is
// delivered in the very form that is signed: UTF-8, compact, no declaration,
// <x /> for an empty element.
//
//	Licenses                 xmlns:xsi
//	  License                Id issueDate expireDate supportExpireDate type
//	    Licensee             name company contactInfo url
//	    Product              Id name version copyright url; Description
//	    Components           Component: name
//	    Assemblies           Assembly: name version culture publicKeyToken
//	    Fields               Field: name value
//	    Features             Feature: Id name expireDate key data; Description
//	    Restrictions         Restriction: Id name expireDate
//	      Property           name value, sorted by name
//	      CustomXml          the restriction's customXmlContent
//	  Signature              Algorithm: name="RSA"; SignatureValue
//
// Empty attributes and elements are left out, except the name and value of a
// Component, Field or Property. Dates are .NET's round-trip form with seven
// digits. Mode and sites are not stated: the server keeps them, and the shape is
// the one that applications know.
//
// Description and text in CustomXml are the only text nodes. .NET drops a text
// node of white space and rewrites line breaks in text to those of its platform,
// so the former are left out and a line break in a text node becomes one space.
// Line breaks and tabs in attributes survive as character references.
//
// CustomXml is a fragment of elements, attributes and text. It is written anew,
// and refused in every format when it has a namespace, comment, processing
// instruction, doctype, unknown entity, or an element named Signature.
//
// # Format 1: XML DSig
//
// The same Licenses element under a W3C XML Signature: enveloped, RSA PKCS#1 v1.5
// with SHA-256, exclusive canonicalization without comments, one reference with
// the empty URI. Its KeyName is the key's id; a KeyValue stands beside it where
// the signer is told to (WithKeyValue). Any XML Signature program verifies it.
//
//	Licenses
//	  License              as in format 0
//	  Signature            xmlns="http://www.w3.org/2000/09/xmldsig#"
//	    SignedInfo SignatureValue KeyInfo
//
// Verify takes this shape only. It writes the Signature anew from the digest, the
// value and the key, and compares: nothing in a document chooses how it is
// checked, and there is no second License, Signature, Reference or Object that
// could be read instead of what was signed.
//
// # Format 5: LM-X
//
// The text of an activated license order, in the layout of LM-X license files,
// signed with Ed25519. SignOrder makes it of an Order; a license has no such
// document.
//
//	# This license is generated using licet
//	# Generation Time: 2019-08-16 10:24:25 GMT
//	# Activation Key: II1HP-TX8EQ-R1QXZ-7LYXF
//	# Signature Key: <the key's id>
//
//	FEATURE Licstat
//	{
//	VENDOR=ACME VERSION=6.0 END=2019-11-14 MAINTENANCE_END=2020-12-31 ISSUED=2019-08-16 COUNT=15 HOSTID_MATCH_RATE=50
//	LICENSEE="Rivers Inc"
//	COMMENT="…"
//	OPTIONS="…"
//	CLIENT_HOSTID=ETHERNET=482c6a1e593d,USERNAME=ada
//	KEY=<88 characters>
//	}
//
// A block for each feature, an empty line before each, no line end after the
// last. What is not stated is left out; only VERSION and KEY always are, and
// HOSTID_MATCH_RATE wherever HostIDs are named. COUNT makes a network license.
// Dates are days and last until their end, UTC. CLIENT_HOSTID is the canonical
// text of the HostIDs (package hostid), or, in quotes, the machine id of an
// activation that was made by another name for the machine; without it the
// license is not locked. Texts in quotes are JSON strings, with < > & as they
// are.
//
// A file is signed as a whole. The signature is over its UTF-8 text with all
// lines KEY= empty; each block carries it, in padded base64, where files of LM-X
// have the key of the feature. So no block can be taken out, put in or moved.
//
// The reader takes in what a text says, writes the text of that, and refuses the
// document unless both are the same to the byte (all line ends may be CRLF):
// nothing is passed over, said twice or spelt otherwise, by whomever it is
// signed. Check compares a machine's HostIDs by the match rate.
//
// # What may differ
//
// White space around a document never counts. In format 1 canonicalization lets
// be the writing of tags: their quotes, white space inside them, the order of
// attributes, <x /> for <x></x>, characters by number, a declaration. Format 0 is
// like it, but for the order of attributes, and lets be white space between
// elements, because shipped applications do. None of it changes what is stated.
package document

// Package keys holds the key pairs that sign license documents: RSA and
// Ed25519, nothing else.
//
//	Generate  ─┐
//	Import    ─┼─> Key ──> SignRSA, SignEd25519
//	Parse     ─┘    │  └─> Marshal (PKCS#8, for sealing in the books)
//	                └────> Public ──> PEM, JWK, VerifyRSA, VerifyEd25519
//
// Import reads what vendors have: SNK (Microsoft's PRIVATEKEYBLOB), PFX (PKCS#12)
// and PEM (PKCS#1 and PKCS#8, unencrypted). ParseSet reads what verifiers have:
// public keys as PEM or JWK set. Whatever Import returns has signed and verified
// a probe, so a key that cannot sign is refused when it is handed in and not
// when the first license is due.
//
// A key's id is its RFC 7638 thumbprint: the same key has the same id however
// and wherever it was imported.
//
// It must never print a private part: a Key formats as its type and id.
package keys

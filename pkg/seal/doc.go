// Package seal encrypts single fields of a database's rows.
//
// It is an envelope: fields are sealed with data keys, which lie in the database
// wrapped by a master key, which lies in a file outside of it. Whoever has the
// database alone, its backups or its logs, has nothing; whoever has the file alone,
// neither. A field is bound to its place by a context: put elsewhere it can't be
// opened.
//
// What has to be found again although it is sealed is found by a keyed digest of it
// (Index).
//
// The algorithm is AES-256-GCM with HMAC-SHA-256, from Tink, or SM4-GCM with HMAC-SM3
// where national cryptography is asked for. It belongs to the key file; each data key
// remembers its own.
//
// A sealed field is one byte 1, the data key's number (4 bytes, big-endian), and what
// the algorithm makes of the text: nonce, ciphertext, tag.
package seal

// Package chain is the hash chain of an audit trail: how a record's digest is
// made, how a trail is written to a file, and how such a file is verified with
// nothing else at hand. It knows no database.
//
// # The digest of a record
//
//	digest(n) = H( digest(n-1) || encoding(record n) )
//	digest(0) = H( "baoxue.audit.v1 genesis\n" || service )
//
// H is the digest that record n names, SHA-256 or SM3 (GB/T 32905-2016), for
// n = 1 also in digest(0). It may change from one record to the next; both give
// 32 bytes, so that no boundary can shift.
//
// # The canonical encoding, version 1
//
// One byte, 0x01, then these fields in this order, none left out:
//
//	service          text
//	sequence         number
//	algorithm        text, "SHA-256" or "SM3"
//	id               text, a UUID in lower case with hyphens
//	occur_time       number, seconds since 1970-01-01T00:00:00Z
//	                 number, nanoseconds within the second
//	actor_id         text
//	actor_name       text
//	address          text
//	action           text
//	resource_type    text
//	resource_id      text
//	region_code      text
//	outcome          number, as numbered in the contract
//	reason           text
//	request_id       text
//	details          number of pairs, then for each pair, sorted by the bytes
//	                 of its key: key text, value text
//
// A number is 8 bytes, big endian, two's complement. A text is its length in
// bytes as 4 bytes, big endian, then its UTF-8. No two records have the same
// encoding. The digest itself is no part of it.
//
// # The file
//
// JSON lines: first a [Header], then one record of the contract (protojson) a
// line, from sequence 1 to the header's headSequence.
//
// # What verification proves
//
// Every single record that was changed, removed, inserted or moved is found and
// named. Whoever can write the whole file can also compute a whole new chain:
// against that helps a [Head] that was noted before, elsewhere — on paper, in
// the month's bulletin. A record that has a head after it cannot have been
// touched if that head still agrees.
package chain

// Package audit is a service's audit trail: who did what, from where, when and
// why. A record is written in the transaction of what it records, so that
// neither is there without the other; a sealer then puts committed records into
// a hash chain, within seconds, so that nothing ever waits for the chain.
//
// The order of the chain is the order of sealing. Transactions commit in another
// order than they begin; whatever the sealer finds committed and unsealed gets
// the next places, and what commits later gets a later place. The chain is
// gapless all the same.
//
// Records hold no personal data of those whom they are about: ids, codes,
// regions, counts. The one text that a person types is the reason; long numbers
// in it are masked.
//
// The digest, its canonical encoding and the verification of an exported trail
// are in the package chain, which needs no database.
package audit

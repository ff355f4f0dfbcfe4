// Package demoledger makes realistic dirty dropout-control ledgers, and the
// notice's own nine sample rows, as workbooks.
//
// A ledger is a pure function of its seed, its number of rows and the regions
// it is given: the same three give the same bytes. Beside the workbook the
// generator hands back its own record of what it spoiled, row by row, so that
// tests can compare an import's quality flags and routing with it exactly.
//
// Every person, address, school and number in a generated ledger is invented.
package demoledger

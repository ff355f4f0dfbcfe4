// Package selection says once what two messages of the contract have in common: the conditions that entries are
// listed by are those that they are exported by.
package selection

import ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"

// List asks for the first page of what a filter selects.
func List(f *ledgerv1.EntryFilter) *ledgerv1.ListEntriesRequest {
	return &ledgerv1.ListEntriesRequest{
		Tab: f.GetTab(), Region: f.GetRegion(), Status: f.GetStatus(), Code: f.GetCode(), Source: f.GetSource(), Name: f.GetName(),
		IdNumber: f.GetIdNumber(), Q: f.GetQ(), Responsible: f.GetResponsible(), Flags: f.GetFlags(), School: f.GetSchool(),
		FoundFrom: f.GetFoundFrom(), FoundTo: f.GetFoundTo(), ImportId: f.GetImportId(), Queue: f.GetQueue(), Tags: f.GetTags(),
	}
}

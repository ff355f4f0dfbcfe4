// The contract as protojson writes it: every field is there, 64-bit numbers are strings, and
// a message or a time that is not set is null.
import type { RecordJson, SearchRecordsResponseJson } from './gen/baoxue/audit/v1/audit_pb'
import type { ServiceAccountJson } from './gen/baoxue/auth/v1/account_pb'
import type { UserJson } from './gen/baoxue/auth/v1/user_pb'
import type { ImportChildJson, ImportIssueJson, ImportJson } from './gen/baoxue/ledger/v1/import_pb'
import type { CountEntriesResponseJson, EntryChangeJson, EntryJson, ListEntriesResponseJson } from './gen/baoxue/ledger/v1/ledger_pb'
import type { RevealEntryResponseJson } from './gen/baoxue/ledger/v1/ledger_pb'
import type { TransferJson } from './gen/baoxue/ledger/v1/transfer_pb'
import type { RegionChangeJson, RegionJson } from './gen/baoxue/region/v1/region_pb'
import type { BulletinJson } from './gen/baoxue/reporting/v1/bulletin_pb'
import type { ExportJson } from './gen/baoxue/reporting/v1/export_pb'
import type { CountyReportJson } from './gen/baoxue/reporting/v1/report_pb'
import type { CellEntryJson, ClosingJson, CorrectionJson, FigureDefinitionJson, FigureRowJson, SnapshotJson } from './gen/baoxue/reporting/v1/reporting_pb'
import type { WebhookJson } from './gen/baoxue/reporting/v1/webhook_pb'
import type { LegalRungJson, LegalStepJson } from './gen/baoxue/verification/v1/legal_pb'
import type { EvidenceJson } from './gen/baoxue/verification/v1/evidence_pb'
import type { OverturnRateJson, ReviewJson, ReviewSampleJson } from './gen/baoxue/verification/v1/review_pb'
import type { MessageJson, SupervisionOrderJson } from './gen/baoxue/verification/v1/order_pb'
import type { SignalJson } from './gen/baoxue/verification/v1/signal_pb'
import type { FindingCodeJson, FindingJson } from './gen/baoxue/verification/v1/verification_pb'
import type { VisitJson } from './gen/baoxue/verification/v1/visit_pb'
import type { GetWorkResponseJson, StatusProposalJson } from './gen/baoxue/verification/v1/work_pb'
import type { FindingBatchJson, FindingBatchRowJson } from './gen/baoxue/verification/v1/worklist_pb'

/** A message as the server writes it, with nothing left out. */
type Whole<T> = T extends (infer U)[] ? Whole<U>[] : T extends object ? { [K in keyof T]-?: Whole<NonNullable<T[K]>> } : T

export type Level = 'LEVEL_UNSPECIFIED' | 'LEVEL_PROVINCE' | 'LEVEL_CITY' | 'LEVEL_COUNTY'
export type Role = 'ROLE_CLERK' | 'ROLE_REVIEWER' | 'ROLE_READER' | 'ROLE_ADMINISTRATOR' | 'ROLE_OPERATOR'
export type Tab = 'PENDING' | 'HANDLED'
export type Action = 'ENROLLED' | 'DROPOUT' | 'UNCONFIRMED'

export type User = Whole<UserJson>
export interface Session {
  user: User
}
export type Region = Whole<RegionJson>
export type RegionChange = Whole<RegionChangeJson>
export type Entry = Whole<EntryJson>
export type EntryList = Whole<ListEntriesResponseJson>
export type EntryChange = Whole<EntryChangeJson>
export type Revealed = Whole<RevealEntryResponseJson>
export type Counts = Whole<CountEntriesResponseJson>
export type FindingCode = Omit<Whole<FindingCodeJson>, 'action'> & { action: Action }
export type Finding = Omit<Whole<FindingJson>, 'action'> & { action: Action }
export type Visit = Whole<VisitJson>
export type LegalRung = Whole<LegalRungJson>
export type LegalStep = Omit<Whole<LegalStepJson>, 'withdrawal'> & { withdrawal: Whole<LegalStepJson>['withdrawal'] | null }
export type WorkDetail = Whole<GetWorkResponseJson>
export type StatusProposal = Whole<StatusProposalJson>
export type Evidence = Whole<EvidenceJson>
export type FindingBatch = Whole<FindingBatchJson>
export type FindingBatchRow = Whole<FindingBatchRowJson>
export type Import = Whole<ImportJson>
export type ImportIssue = Whole<ImportIssueJson>
export type ImportChild = Whole<ImportChildJson>
export type Transfer = Whole<TransferJson>
export type Snapshot = Whole<SnapshotJson>
export type Closing = Whole<ClosingJson>
export type FigureRow = Whole<FigureRowJson>
export type FigureDefinition = Whole<FigureDefinitionJson>
export type CellEntry = Whole<CellEntryJson>
export type Export = Whole<ExportJson>
export type Webhook = Whole<WebhookJson>
export type Bulletin = Whole<BulletinJson>
export type CountyReport = Whole<CountyReportJson>
export type Correction = Whole<CorrectionJson>
export type Sample = Whole<ReviewSampleJson>
export type Review = Whole<ReviewJson>
export type OverturnRate = Whole<OverturnRateJson>
export type Message = Whole<MessageJson>
export type Order = Whole<SupervisionOrderJson>
export type Signal = Whole<SignalJson>
export type AuditRecord = Whole<RecordJson>
export type AuditRecords = Whole<SearchRecordsResponseJson>
export type ServiceAccount = Whole<ServiceAccountJson>

export interface Violation {
  field: string
  reason: string
  description: string
}

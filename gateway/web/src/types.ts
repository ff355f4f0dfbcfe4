// The part of the contract that the page uses, as protojson writes it: 64-bit
// numbers are strings.

export type Level = 'LEVEL_UNSPECIFIED' | 'LEVEL_PROVINCE' | 'LEVEL_CITY' | 'LEVEL_COUNTY'
export type Tab = 'PENDING' | 'HANDLED'
export type Action = 'ENROLLED' | 'DROPOUT' | 'UNCONFIRMED'

export interface User {
  id: string
  username: string
  displayName: string
  level: Level
  regionCode: string
  regionName: string
  mustChangePassword: boolean
}

export interface Session {
  user: User
}

export interface Region {
  code: string
  name: string
  level: string
  parentCode: string
  fullName: string
}

export interface Entry {
  id: string
  serialNumber: string
  personName: string
  birthDate: string
  idNumber: string
  householdPlace: string
  homeAddress: string
  inSchool: string
  nationalStudentNumber: string
  provincialSchool: string
  provincialStudentNumber: string
  provincialStudentStatus: string
  source: string
  regionCode: string
  countyCode: string
  status: string
  code: string
  revision: number
  flags: string[]
  routingReason: string
  suggestions: { countyCode: string; reason: string }[]
}

export interface EntryList {
  entries: Entry[]
  nextPageToken: string
  totalSize: number
}

export interface Counts {
  pending: number
  handled: number
  unconfirmed: number
  total: number
}

export interface FindingCode {
  code: string
  name: string
  explanation: string
  action: Action
}

export interface Finding {
  id: string
  revision: number
  action: Action
  code: string
  schoolRegion: string
  school: string
  witness: string
  witnessDate: string
  explanation: string
  currentSituation: string
  familySituation: string
  parentContact: string
  nationalStudentNumber: string
  author: string
  createTime: string | null
}

export interface Import {
  id: string
  filename: string
  state: string
  rowsRead: number
  rowsStored: number
  rowsFlagged: number
  rowsCreated: number
  rowsUpdated: number
  rowsUnmatched: number
  errorMessage: string
  createTime: string | null
}

export interface ImportIssue {
  sheet: string
  row: number
  entryId: string
  flags: string[]
  description: string
}

export interface Snapshot {
  month: string
  state: string
  number: number
  cutoffTime: string | null
  digest: string
  createTime: string | null
  author: string
}

export interface FigureRow {
  regionCode: string
  regionName: string
  regionLevel: string
  parentCode: string
  source: string
  allSources: boolean
  total: number
  pending: number
  unconfirmed: number
  byCode: Record<string, number>
  aTotal: number
  bTotal: number
  verifiedRate: string
  added: number
  changed: number
  rank: number
  returnedRate: string
}

export interface Violation {
  field: string
  reason: string
  description: string
}

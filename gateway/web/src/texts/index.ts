import type { Action } from '../api/types'
import { zh } from './zh'

/** The catalogue that is shown. */
export const t = zh

export const actionText: Record<Action, string> = {
  ENROLLED: '实际就读',
  DROPOUT: '辍学处理',
  UNCONFIRMED: '未确认完成',
}

export const sourceText: Record<string, string> = {
  SOURCE_NATIONAL_SUSPECTED: '疑似辍学和辍学',
  SOURCE_POPULATION_WITHOUT_RECORD: '适龄无学籍',
  SOURCE_POVERTY_UNMATCHED: '建档立卡未查到',
}

export const importStateText: Record<string, string> = {
  RUNNING: '正在导入',
  SUCCEEDED: '导入完成',
  FAILED: '导入失败',
  CANCELLED: '已取消',
}

export const flagTexts: Record<string, string> = {
  ID_MISSING: '证件号码缺失',
  ID_FORMAT: '证件号码格式不正确',
  ID_LOST_DIGITS: '证件号码末几位已丢失',
  ID_OLD15: '15 位旧证件号码',
  ID_CHECKSUM: '身份证校验位错误',
  ID_REGION_MISMATCH: '证件号码前六位与住址不符',
  BIRTH_MISSING: '出生日期缺失',
  BIRTH_UNREADABLE: '出生日期无法识别',
  BIRTH_MISMATCH: '出生日期与证件号码不符',
  NAME_MISSING: '姓名缺失',
  SOURCE_UNKNOWN: '数据类别无法识别',
  DUPLICATE: '疑似重复',
  REGION_MISSING: '区划代码缺失',
  REGION_SUCCEEDED: '区划代码已撤销，已转至继任县区',
  REGION_AMBIGUOUS: '区划代码已撤销，继任县区不唯一',
  REGION_NOT_A_COUNTY: '区划代码不是县级',
  REGION_OTHER_PROVINCE: '区划代码属于外省',
  REGION_UNKNOWN: '区划代码无效',
}

/** A flag in words; one that a newer server knows is shown by its name. */
export function flagText(flag: string): string {
  return flagTexts[flag] ?? flag
}

const suggestions: Record<string, string> = {
  REGION_SUCCESSOR: '继任县区',
  ID_NUMBER_PREFIX: '证件号码前六位',
  HOME_ADDRESS: '家庭住址',
}

export function suggestionText(reason: string): string {
  return suggestions[reason] ?? reason
}

export function timeText(time: string | null | undefined): string {
  return time ? new Date(time).toLocaleString('zh-CN', { timeZone: 'Asia/Shanghai', hour12: false }) : ''
}

/** What a deadline is for; verification's names begin with DUE_. */
export function dueText(kind: string): string {
  return t.due[kind.replace(/^DUE_/, '')] ?? kind
}

/** Why an entry was routed: a flag of its region code, or somebody's decision in words. */
export function routingText(reason: string): string {
  return { IMPORTED: '导入', ASSIGNED: '指派', TRANSFERRED: '移交' }[reason] ?? flagText(reason)
}

export const fieldText = (name: string): string => t.fields[name] ?? name
export const roleText = (name: string): string => (t.roles as Record<string, string>)[name] ?? name
export const batchRowText = (state: string): string => t.worklist.states[state] ?? state
export const reviewStateText = (state: string): string => t.reviews.states[state] ?? state
export const regionChangeText = (kind: string): string => t.regions.kinds[kind] ?? kind

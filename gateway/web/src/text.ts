import type { Action } from './types'

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

const flags: Record<string, string> = {
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
  return flags[flag] ?? flag
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

export const passwordText = {
  title: '修改密码',
  first: '首次登录或密码重置后，请先修改密码',
  rules: '密码 12 至 256 位，不要用常用词、拼音或键盘顺序加数字，不能与最近五次用过的相同；修改后其他设备上的登录将退出',
  current: '当前密码',
  next: '新密码',
  repeated: '再次输入新密码',
  different: '两次输入的新密码不一致',
  submit: '修改密码',
  cancel: '返回',
  logout: '退出',
}

export const codeText = {
  label: '动态验证码',
  hint: '请输入验证器应用显示的 6 位数字，或一个恢复码',
}

// Every screen of the workbench against a real running system with the demonstration users,
// each judged by axe as well. Usage: node workbench.mjs ADDRESS CHROMIUM [SCREENSHOT-FOLDER]
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { start } from './worker.mjs'

const { base, as, complaints, close } = await start()

// By the keyboard alone: 1, the form, Ctrl+Enter, and the next child is open.
async function byKeyboard({ page, id, shows, judge }) {
  await id('entry-row').first().waitFor()
  await judge('county')
  const first = await id('entry-row').first().getAttribute('data-entry-id')
  await page.keyboard.press('?')
  await id('keys').waitFor()
  await judge('keys')
  await page.keyboard.press('Escape')
  await id('keys').waitFor({ state: 'detached' })
  await page.keyboard.press('j')
  await page.keyboard.press('1')
  await page.locator(`tr.open[data-entry-id="${first}"]`).waitFor()
  await id('finding-save').click()
  for (const field of ['code', 'schoolRegion', 'school', 'witness', 'witnessDate']) await id(`error-${field}`).waitFor()
  await judge('form')
  await id('finding-code').selectOption('B3')
  await id('school-province').selectOption('330000')
  await id('school-city').selectOption('330100')
  await id('school-county').selectOption('330106')
  await id('finding-school').fill('文三路小学')
  await id('finding-witness').fill('王老师')
  await id('finding-witnessDate').fill('2019-07-17')
  await id('finding-explanation').fill('电话与家长核实，详见工作记录')
  await page.keyboard.press('Control+Enter')
  await shows('saved-notice', 'B3')
  await page.locator('tr.open').waitFor()
  assert.notEqual(await page.locator('tr.open').getAttribute('data-entry-id'), first)
  return first
}

// The session ends while something is typed: after logging in again it is all still there.
async function outOfSession({ context, page, id, shows, login }) {
  await id('correct-dropout').click()
  await id('finding-witness').fill('没有保存的证明人')
  const open = await page.locator('tr.open').getAttribute('data-entry-id')
  await context.clearCookies()
  await id('finding-save').click()
  await shows('login-notice', '登录已过期')
  await login()
  await id('login-form').waitFor({ state: 'detached' })
  assert.equal(await id('finding-witness').inputValue(), '没有保存的证明人')
  // Nor does a lost network take anything.
  await context.setOffline(true)
  await id('finding-save').click()
  await shows('finding-error', '检查网络')
  await context.setOffline(false)
  // A reload leads to the same child, the same form and the draft.
  await page.reload()
  await page.locator(`tr.open[data-entry-id="${open}"]`).waitFor()
  await id('finding-draft').waitFor()
  assert.equal(await id('finding-witness').inputValue(), '没有保存的证明人')
  await id('finding-code').selectOption('A2')
  await id('finding-witness').fill('李老师')
  await id('finding-witnessDate').fill('2019-07-17')
  await id('finding-explanation').fill('厌学在家，准备入户')
  await id('finding-save').click()
  await shows('saved-notice', 'A2')
  // What was just saved can be mended at once.
  await id('saved-notice-undo').click()
  await id('finding-correction').fill('证明人有误')
  await id('finding-witness').fill('赵老师')
  await id('finding-save').click()
  await shows('saved-notice', 'A2')
  return open
}

// What belongs to one child: visits, tags, evidence, the full number, the history.
async function oneChild({ page, id, shows, judge }, entry) {
  await id('tab-handled').click()
  await page.locator(`[data-entry-id="${entry}"]`).getByTestId('entry-open').click()
  await shows('history-step', 'A2')
  await judge('history')
  await id('reveal').click()
  await id('reveal-reason').fill('入户前核对')
  await id('reveal-submit').click()
  await id('revealed-idNumber').waitFor()
  assert.doesNotMatch(await id('revealed-idNumber').textContent(), /\*/)
  await id('part-visits').click()
  await id('visit-new').click()
  await id('visit-save').click()
  await id('error-date').waitFor()
  await judge('visit')
  // What is typed on the way outlives the telephone's reload.
  await id('visit-persuaders').fill('李老师')
  await page.reload()
  await id('part-visits').click()
  await id('visit-new').click()
  await id('visit-draft').waitFor()
  assert.equal(await id('visit-persuaders').inputValue(), '李老师')
  // What was thrown away does not come back.
  await id('visit-draft').getByRole('button').click()
  await page.reload()
  await id('part-visits').click()
  await id('visit-new').click()
  assert.equal(await id('visit-persuaders').inputValue(), '')
  assert.equal(await id('visit-draft').count(), 0)
  await id('visit-date').fill('2026-01-05')
  await id('visit-persuaders').fill('李老师')
  await id('visit-contact').fill('父亲')
  await id('visit-child').fill('在家')
  await id('visit-family').fill('父母务农')
  await id('visit-result').selectOption('AGREED')
  await id('visit-save').click()
  await shows('visit', '同意返校')
  await id('visit-file').setInputFiles({ name: '入户.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n%%EOF\n') })
  await shows('saved-notice', '劝返材料')
  await id('part-work').click()
  await id('tag-TAG_LEFT_BEHIND').check()
  await id('tags-save').click()
  await shows('saved-notice', '特殊群体')
  await id('work-due').waitFor()
  await judge('work')
  await id('part-evidence').click()
  await id('evidence-file').setInputFiles({ name: '照片.png', mimeType: 'image/png', buffer: png })
  await shows('evidence-row', /第 \d 次核查/)
  await shows('evidence-row', '劝返材料')
  await judge('evidence')
  const [file] = await Promise.all([page.waitForEvent('download'), id('evidence-open').filter({ hasText: 'PNG' }).click()])
  assert.ok(file.suggestedFilename().endsWith('.png'))
  const notice = await page.request.get(`${base}/v1/entries/${entry}/return-notice.html`)
  assert.match(await notice.text(), /限期复学通知书/)
}

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

async function filters({ page, id, judge }) {
  await id('tab-pending').click()
  await id('filter-more').click()
  await id('order-filter').selectOption('person_name')
  await page.waitForURL(/order=person_name/)
  await id('export-more').click()
  await id('export-reason').fill('上报前核对')
  const [lines] = await Promise.all([page.waitForEvent('download'), id('export-csv').click()])
  assert.match(lines.suggestedFilename(), /\.csv$/)
  await judge('export')
  await id('export-more').click()
  await id('queue-filter').selectOption('QUEUE_OVERDUE')
  await page.waitForURL(/queue=QUEUE_OVERDUE/)
  await id('filter-clear').click()
  await page.waitForURL((url) => url.search === '')
  await id('entry-row').first().waitFor()
}

async function offline({ page, id, open, judge }) {
  await open('worklist', 'worklist')
  const [list] = await Promise.all([page.waitForEvent('download'), id('worklist-download').click()])
  await id('worklist-file').setInputFiles({
    name: '核查清单.xlsx',
    mimeType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    buffer: await readFile(await list.path()),
  })
  await id('batch').waitFor()
  // Nobody filled anything in.
  assert.equal(await id('batch-filled').textContent(), '0')
  assert.ok(await id('batch-save').isDisabled())
  await judge('worklist')
  await id('worklist-file').setInputFiles({ name: '清单.xlsx', mimeType: 'text/plain', buffer: Buffer.from('not a workbook') })
  await id('worklist-error').waitFor()
}

async function handOver(from, to) {
  await from.open('entries', 'entry-row')
  await from.id('entry-open').first().click()
  await from.id('part-transfer').click()
  await from.id('transfer-county').selectOption('330102')
  await from.id('transfer-why').fill('实际居住在上城区')
  await from.judge('transfer')
  await from.id('transfer-propose').click()
  await from.shows('saved-notice', '已提出移交')
  // Taken back, and offered again.
  await from.id('saved-notice-undo').click()
  await from.shows('saved-notice', '已撤回')
  await from.id('transfer-propose').click()
  await from.shows('saved-notice', '已提出移交')
  await to.open('transfers', 'transfer-row')
  await to.judge('transfers')
  await to.id('transfer-accept').click()
  await to.shows('transfer-done', '已接收')
}

async function province(worker) {
  const { page, id, shows, open, judge } = worker
  await judge('province')
  await ownQueue(worker)
  await open('import', 'import-file')
  const head = '数据类别,序号,姓名,出生日期,证件号码,户籍地,家庭住址,区划代码'
  const csv = `${head}\n疑似辍学和辍学,90001,<b>测试甲</b>,2008-01-02,,浙江省杭州市西湖区,浙江省杭州市西湖区文三路1号,\n`
  await id('import-file').setInputFiles({ name: '补充名单.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) })
  await shows('import-state', '导入完成')
  await id('import-issue').first().waitFor()
  await id('compare-base').selectOption({ index: 1 })
  await shows('compare-IMPORT_DIFFERENCE_NEW', '1')
  await judge('import')
  // What a file brings is shown as it is, never as a part of the page.
  await id('import-row').first().getByRole('link').click()
  await shows('entry-name', '<b>测试甲</b>')
  await open('unmatched', 'unmatched-row')
  await judge('unmatched')
  const before = Number(await id('unmatched-total').textContent())
  await id('suggestion').first().click()
  await shows('unmatched-done', '已指派')
  await page.waitForFunction((n) => Number(document.querySelector('[data-testid=unmatched-total]').textContent) === n, before - 1)
  await id('unmatched-done-undo').click()
  await shows('unmatched-done', '撤销指派')
  await page.waitForFunction((n) => Number(document.querySelector('[data-testid=unmatched-total]').textContent) === n, before)
  await id('suggestion').first().click()
  await shows('unmatched-done', '已指派')
  await id('pick-suggested').click()
  await id('assign-picked').click()
  await shows('unmatched-done', '名学生')
  await page.waitForFunction((n) => Number(document.querySelector('[data-testid=unmatched-total]').textContent) < n, before - 1)
  await open('progress', 'card-total')
  await page.locator('canvas').first().waitFor()
  await id('tile').first().waitFor()
  await judge('progress')
  // Down to the children behind a figure.
  await page.locator('[data-region="330106"] [data-testid="month-pending"] button').click()
  await page.waitForURL(/\/entries\?region=330106/)
  await id('entry-row').first().waitFor()
  await open('month', 'month-input')
  await id('month-close').click()
  await id('month-row').first().waitFor()
  await id('month-pending').first().getByRole('button').click()
  await id('cell-row').first().waitFor()
  await judge('cells')
  await page.keyboard.press('Escape')
  await id('cell-row').first().waitFor({ state: 'detached' })
  assert.match(await id('reports-REPORTED').textContent(), /西湖区/)
  await judge('month')
  // A month that is over is closed, and nothing came after.
  await id('month-input').fill('2019-07')
  await shows('month-note', '尚未汇总')
  await id('month-close').click()
  await id('corrections').waitFor()
  await id('bulletin-draft').click()
  await id('bulletin-sign').click()
  await id('bulletin-issue').click()
  await shows('bulletin-version', '已印发')
  const issued = await page.request.get(`${base}/v1/months/2019-07/bulletin.html?version=1`)
  const word = await page.request.get(`${base}${await id('bulletin-docx').getAttribute('href')}`)
  assert.match(word.headers()['content-type'], /wordprocessingml/)
  assert.match(await issued.text(), /1 号/)
  await id('correct-reason').fill('核对')
  await id('correct-month').click()
  await shows('correct-error', '没有需要更正')
  await judge('closed')
  const [book] = await Promise.all([page.waitForEvent('download'), id('month-bulletin').click()])
  assert.match(book.suggestedFilename(), /通报/)
  await open('signals', 'signals')
  await judge('signals')
  await open('regions', 'region-row')
  await id('region-change-open').click()
  await id('region-change-from').fill('330105')
  await id('region-change-save').click()
  await id('region-change-error').waitFor()
  await id('region-change-from').fill('330305、330303')
  await id('region-change-to').fill('330303 龙湾区')
  await id('region-change-month').fill('2030-01')
  await id('region-change-document').fill('浙政函〔2029〕1号')
  await id('region-change-save').click()
  await id('region-change-done').filter({ hasText: /./ }).waitFor()
  await shows('region-change', '2030-01')
  await judge('regions')
}

// One click too many is taken back.
async function ownQueue({ page, id, shows, open }) {
  await open('own', 'action-assign')
  await page.waitForURL(/\/own/)
  const entry = await id('entry-row').first().getAttribute('data-entry-id')
  const row = page.locator(`[data-testid=entry-row][data-entry-id="${entry}"]`)
  await row.getByTestId('action-assign').click()
  await id('assign-county').selectOption('330106')
  await id('assign-reason').fill('家庭住址在西湖区')
  await id('assign-save').click()
  await shows('saved-notice', '已指派')
  await row.waitFor({ state: 'detached' })
  await id('saved-notice-undo').click()
  await shows('saved-notice', '撤销指派')
  await row.waitFor()
}

async function people({ page, id, shows, open, judge }) {
  await open('users', 'user-row')
  await id('user-new').click()
  await id('user-save').click()
  await id('error-username').waitFor()
  await judge('users')
  await id('user-username').fill('pujiang')
  await id('user-display-name').fill('浦江县 测试')
  await id('user-password').fill('correct horse battery 7')
  await id('user-region-code').selectOption('330726')
  await id('role-ROLE_CLERK').check()
  await id('user-save').click()
  await shows('users-done', '已保存')
  const row = page.locator('[data-username=pujiang]')
  const act = async (verb, said) => {
    await row.getByTestId(`user-${verb}`).click()
    await id('user-reason').fill('人员调整')
    await id('user-act').click()
    await shows('users-done', said)
    await id('user-act').waitFor({ state: 'detached' })
  }
  await act('reset', '已重置密码')
  await id('users-secret').waitFor()
  await act('disable', '已停用')
  await id('users-done-undo').click()
  await shows('users-done', '已启用')
  await act('disable', '已停用')
  await act('enable', '已启用')
  await act('disable', '已停用')
  await act('delete', '已删除')
  await open('audit', 'audit-row')
  await id('audit-service').selectOption('regionauth')
  await id('audit-action').fill('user.create')
  await id('audit-search').click()
  await shows('audit-row', 'user.create')
  await judge('audit')
}

// The city draws what the county found, and judges it by its evidence.
async function supervision({ page, id, shows, open, judge }) {
  await open('reviews', 'sample-draw')
  await id('sample-draw').click()
  await id('review-row').first().waitFor()
  await shows('review-row', '复核后可见')
  await id('review-open').first().click()
  await id('review-confirm').click()
  await id('error-judgedCode').waitFor()
  await judge('review')
  await id('review-code').selectOption('B2')
  await id('review-reason').fill('材料与结果不符，请补充学籍证明')
  await id('review-return').click()
  await shows('review-row', '已退回')
  await open('progress', 'card-total')
  await judge('city')
  // Down from a county's figure to its children; back the way one came.
  await page.locator('[data-region="330106"] [data-testid="month-pending"] button').click()
  await page.waitForURL(/\/entries\?region=330106/)
  await id('entry-open').first().click()
  await id('entry-panel').waitFor()
  assert.equal(await page.locator('[data-testid^="action-"]').count(), 0)
  await page.goBack()
  await id('card-total').waitFor()
}

// The city demands, the county receives and answers, the city ends it.
async function demand(city, county) {
  await city.open('orders', 'order-new')
  await city.id('order-new').click()
  await city.id('order-issue').click()
  for (const field of ['countyCode', 'title', 'text', 'dueOn']) await city.id(`error-${field}`).waitFor()
  await city.judge('order-form')
  await city.id('order-county').selectOption('330106')
  await city.id('order-title').fill('尽快核查')
  await city.id('order-text').fill('请于期限前完成待处理学生的核查')
  const due = new Date(Date.now() + 30 * 24 * 3600 * 1000).toISOString().slice(0, 10)
  await city.id('order-due').fill(due)
  await city.id('order-issue').click()
  await city.shows('order-done', '西湖区')
  await county.open('orders', 'order-open')
  await county.id('order-open').first().click()
  await county.id('order-receive').click()
  await county.shows('order-step', '签收')
  await county.id('order-words').fill('本周内完成')
  await county.id('order-reply').click()
  await county.shows('order-step', '本周内完成')
  await county.judge('order')
  await city.id('order-open').first().click()
  await city.id('order-words').fill('已落实')
  await city.id('order-end').click()
  await city.shows('order-step', '办结')
}

// The code that an authenticator shows (RFC 6238).
function totp(secret) {
  const bits = [...secret.replace(/\W/g, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => Number.parseInt(b, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
  const digest = createHmac('sha1', key).update(counter).digest()
  const at = digest.at(-1) & 15
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

// On paper there is the table, and nothing to click.
async function printed({ page, id, open }) {
  await open('progress', 'card-total')
  await page.emulateMedia({ media: 'print' })
  assert.equal(await id('logout').isVisible(), false)
  assert.equal(await id('nav-entries').isVisible(), false)
  assert.ok(await id('month-table').isVisible())
  assert.equal((await page.pdf({ format: 'A4' })).subarray(0, 5).toString(), '%PDF-')
  await page.emulateMedia({ media: null })
}

async function security({ id, page, judge, shows }) {
  await id('user-name').click()
  await id('totp-state').waitFor()
  await judge('security')
  await id('totp-begin').click()
  await id('totp-secret').waitFor()
  await id('totp-code').fill('000000')
  await id('totp-confirm').click()
  await page.getByTestId('security').getByTestId('error').waitFor()
  assert.match(await id('totp-uri').getAttribute('href'), /^otpauth:/)
  await id('totp-code').fill(totp(await id('totp-secret').textContent()))
  await id('totp-confirm').click()
  await shows('totp-state', '已启用')
  assert.equal(await id('totp-recovery').locator('li').count(), 10)
}

try {
  const county = await as('xihu')
  // No sign-on is configured here: none is offered. The watermark names the user.
  assert.equal(await county.id('login-sign-on').count(), 0)
  assert.ok(await county.page.locator('.watermark').isVisible())
  await byKeyboard(county)
  const entry = await outOfSession(county)
  await oneChild(county, entry)
  await filters(county)
  await offline(county)
  await handOver(county, await as('shangcheng'))
  const city = await as('hangzhou')
  await supervision(city)
  await demand(city, county)
  await county.open('progress', 'report-state')
  await county.shows('report-state', '已报送')
  await county.judge('county-progress')
  await county.open('entries', 'entry-row')
  await county.id('queue-filter').selectOption('QUEUE_RETURNED')
  await county.shows('entry-returned', '退回重核')
  const top = await as('zhejiang')
  await province(top)
  await people(top)
  await printed(county)
  await security(county)
  assert.deepEqual(complaints, [])
} catch (e) {
  console.error(complaints)
  throw e
} finally {
  await close()
}

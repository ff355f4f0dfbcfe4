// Walks through the page in Chromium against the address given, which must be
// the made-up backend of internal/rest (its Go test starts this).
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const [base, executablePath] = process.argv.slice(2)
const browser = await chromium.launch({
  executablePath,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
})
const folder = await mkdtemp(join(tmpdir(), 'baoxue-page-'))

const complaints = []
const context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 1500, height: 900 } })
context.setDefaultTimeout(10_000)
const page = await context.newPage()
// Answers of 4xx are part of the walk; anything else on the console is not.
page.on('console', (m) => {
  if (m.type() === 'error' && !m.text().startsWith('Failed to load resource')) complaints.push(m.text())
})
page.on('pageerror', (e) => complaints.push(String(e)))
page.on('request', (r) => {
  if (!r.url().startsWith(base) && !/^(blob|data):/.test(r.url())) complaints.push(`request to ${r.url()}`)
})

const id = (name) => page.getByTestId(name)
const shows = (name, text) => id(name).filter({ hasText: text }).first().waitFor()
const row = (entry) => page.locator(`[data-entry-id="${entry}"]`)
// Beside an open form the form has the buttons.
async function begin(entry, action) {
  if ((await id('entry-panel').count()) === 0) return row(entry).getByTestId(`action-${action}`).click()
  await row(entry).getByTestId('entry-open').click()
  await id(`correct-${action}`).click()
}

async function login(username, password = 'baoxue-demo-2019') {
  await id('login-username').fill(username)
  await id('login-password').fill(password)
  await id('login-submit').click()
}

// rot spoils the token that the browser holds, as time does.
async function rot() {
  const access = (await context.cookies()).find((c) => c.name === 'baoxue-access')
  assert.ok(access?.httpOnly && access.sameSite === 'Strict', 'the token is not in a cookie that scripts cannot read')
  assert.doesNotMatch(await page.evaluate(() => document.cookie + JSON.stringify({ ...sessionStorage, ...localStorage })), /eyJ|access/)
  await context.addCookies([{ ...access, value: 'rotten' }])
}

async function walk() {
  // County: a wrong password, the list, the three forms.
  await page.goto(base)
  // Where the department has a sign-on of its own, it is offered.
  await id('login-sign-on').waitFor()
  await login('shangcheng', 'wrong')
  await shows('error', '用户名或密码不正确')
  await login('shangcheng')
  await shows('user-region', '上城区')
  await shows('badge-pending', '8')
  assert.deepEqual(await page.locator('thead th').allTextContents(), [
    '序号', '姓名', '出生日期', '证件号码', '户籍地', '家庭住址', '是否在读', '全国学籍号', '省内学校名称', '省内学籍号', '省内学生状态', '处理',
  ])
  await row('entry-1').getByText('身份证校验位错误').waitFor()
  assert.equal(await id('nav-import').count(), 0)

  await row('entry-1').getByTestId('action-enrolled').click()
  await id('finding-save').click()
  for (const field of ['code', 'schoolRegion', 'witness', 'witnessDate']) await id(`error-${field}`).waitFor()
  assert.deepEqual(await id('finding-code').locator('option').allTextContents(), ['请选择', 'B2:在校有学籍', 'B3:省内就读无学籍'])
  await id('finding-code').selectOption('B3')
  await id('school-province').selectOption('330000')
  await id('school-city').selectOption('330300')
  await id('school-county').selectOption('330327')
  await id('finding-school').fill('苍南县第一中学')
  await id('finding-witness').fill('陈老师')
  await id('finding-witnessDate').fill('2019-07-17')
  await id('finding-save').click()
  await shows('saved-notice', '已保存：王明 B3')
  await shows('badge-pending', '7')
  await shows('badge-handled', '1')
  assert.equal(await row('entry-1').count(), 0)

  // The next child is open already.
  await page.locator('tr.open[data-entry-id="entry-2"]').waitFor()
  // It may go to school where the one before does, or where it lives.
  await begin('entry-2', 'enrolled')
  await shows('school-near-330327', '苍南县')
  for (const near of ['330327', '330102']) {
    await id(`school-near-${near}`).click()
    await page.locator('[data-testid=finding-school]:focus').waitFor()
    await page.waitForFunction((code) => document.querySelector('[data-testid=school-county]')?.value === code, near)
    const schools = await page.locator('#finding-schools option').evaluateAll((options) => options.map((o) => o.value))
    assert.deepEqual(schools, near === '330327' ? ['苍南县第一中学'] : [])
  }
  await begin('entry-2', 'dropout')
  assert.equal(await id('finding-parentContact').count(), 0)
  await id('finding-code').selectOption('A8')
  await id('finding-parentContact').waitFor()
  await id('finding-parentContact').fill('13800000000')
  // What was typed outlives leaving the form, until it is saved or given up.
  await id('finding-close').click()
  await begin('entry-2', 'dropout')
  await id('finding-draft').waitFor()
  assert.equal(await id('finding-parentContact').inputValue(), '13800000000')
  await begin('entry-2', 'unconfirmed')
  assert.equal(await id('finding-code').inputValue(), '99')

  // Somebody else saves first: the typed text stays, and saving again works.
  await id('finding-witness').fill('李四')
  await id('finding-witnessDate').fill('2019-07-18')
  const other = await page.evaluate(async () => {
    const dropout = { code: 'A1', witness: '别人', witnessDate: '2019-07-01' }
    const response = await fetch('/v1/entries/entry-2/findings', {
      method: 'POST',
      headers: { 'X-Baoxue-Browser': '1' },
      body: JSON.stringify({ dropout, baseRevision: 0 }),
    })
    return response.status
  })
  assert.equal(other, 200)
  await id('finding-save').click()
  await id('finding-conflict').waitFor()
  await shows('finding-newest', 'A1 打工务农')
  assert.equal(await id('finding-witness').inputValue(), '李四')
  await id('finding-save').click()
  await shows('saved-notice', '99')

  // 已处理: code and name, search, correction with what was there, export.
  await id('tab-handled').click()
  await row('entry-1').getByText('B3 省内就读无学籍').waitFor()
  await id('search-input').fill('李华')
  await id('search-submit').click()
  await row('entry-1').waitFor({ state: 'detached' })
  await id('search-input').fill('')
  await id('search-submit').click()
  await row('entry-1').getByTestId('action-correct').click()
  await page.locator('[data-testid="school-county"]').waitFor()
  assert.equal(await id('school-county').inputValue(), '330327')
  assert.equal(await id('finding-school').inputValue(), '苍南县第一中学')
  await id('correct-dropout').click()
  await id('finding-code').selectOption('A1')
  await id('finding-witness').fill('王五')
  await id('finding-witnessDate').fill('2019-07-19')
  await id('finding-save').click()
  await row('entry-1').getByText('A1 打工务农').waitFor()
  const [exported] = await Promise.all([page.waitForEvent('download'), id('export').click()])
  assert.match(exported.suggestedFilename(), /^控辍保学工作台账-\d{8}\.xlsx$/)

  // A reload keeps the session; an expired token is renewed once, then it's over.
  await page.reload()
  await id('entries-table').waitFor()
  await rot()
  await page.reload()
  await shows('badge-handled', '2')
  // What is renewed cannot be renewed again by this server.
  await rot()
  await id('tab-pending').click()
  await shows('login-notice', '登录已过期')

  // A first password, and a code of the second factor: nothing opens before the
  // password is changed, and all that is wrong stands at its field.
  await login('xihu', 'first-password')
  await shows('error', '请输入动态验证码')
  await id('login-code').fill('123456')
  await id('login-submit').click()
  await shows('password-notice', '请先修改密码')
  await page.reload()
  await id('password-current').fill('wrong')
  await id('password-new').fill('woaini1314520')
  await id('password-repeated').fill('woaini')
  await id('password-submit').click()
  await shows('error-repeated', '不一致')
  await id('password-repeated').fill('woaini1314520')
  await id('password-submit').click()
  await shows('error-currentPassword', '当前密码不正确')
  await shows('error-newPassword', '密码过于常见')
  await id('password-current').fill('first-password')
  for (const field of ['password-new', 'password-repeated']) await id(field).fill('correct horse battery')
  await id('password-submit').click()
  await shows('user-region', '西湖区')
  await id('user-name').click()
  await id('password-form').waitFor()
  await id('logout').click()

  // City: read only.
  await login('hangzhou')
  await row('entry-3').waitFor()
  assert.equal(await page.locator('[data-testid^="action-"]').count(), 0)
  await id('logout').click()

  // Province: only its own entries, assignment, import, month.
  await login('zhejiang')
  await row('entry-9').getByTestId('action-enrolled').waitFor()
  assert.equal(await row('entry-3').getByTestId('action-enrolled').count(), 0)
  await id('nav-own').click()
  await row('entry-3').waitFor({ state: 'detached' })
  await row('entry-9').getByTestId('action-assign').click()
  await id('assign-suggestion').filter({ hasText: '西湖区' }).click()
  assert.equal(await id('assign-county').inputValue(), '330106')
  await id('assign-reason').fill('家庭住址在西湖区')
  await id('assign-save').click()
  await id('entries-empty').waitFor()
  await shows('badge-pending', '0')

  await id('nav-import').click()
  const file = join(folder, '台账.xlsx')
  await writeFile(file, 'PK')
  await id('import-file').setInputFiles(file)
  await shows('import-state', '导入完成')
  await shows('import-rows-stored', '9')
  await shows('import-issue', '身份证校验位错误')

  await id('nav-month').click()
  await id('month-input').fill('2019-07')
  await shows('month-note', '本月尚未汇总')
  await id('month-close').click()
  await id('month-sure-yes').click()
  await shows('month-total', '9')
  const [bulletin] = await Promise.all([page.waitForEvent('download'), id('month-bulletin').click()])
  assert.equal(bulletin.suggestedFilename(), '控辍保学工作情况通报-2019-07.xlsx')

  // The documentation draws itself from our own files alone.
  await page.goto(`${base}/docs`)
  await page.getByText('控辍保学工作台账 REST 接口').waitFor()
  // A long document is drawn where one looks.
  const download = page.getByText('/v1/exports/entries.xlsx').first()
  for (let turns = 0; turns < 40 && !(await download.isVisible()); turns++) {
    await page.mouse.wheel(0, 600)
    await page.waitForTimeout(100)
  }
  await download.waitFor()

  assert.deepEqual(complaints, [])
}

try {
  await walk()
} catch (e) {
  console.error(e, complaints)
  if (process.env.BAOXUE_SCREENSHOT) await page.screenshot({ path: process.env.BAOXUE_SCREENSHOT })
  process.exitCode = 1
} finally {
  await browser.close()
  await rm(folder, { recursive: true })
}

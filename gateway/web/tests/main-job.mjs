// The notice's main job in Chromium against a real running system with the
// demonstration users. Usage: node main-job.mjs ADDRESS CHROMIUM [SCREENSHOT-FOLDER]
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { inSight } from './worker.mjs'

const [base, executablePath, pictures] = process.argv.slice(2)
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
const complaints = []
const context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 1500, height: 820 } })
context.setDefaultTimeout(15_000)
const page = await context.newPage()
page.on('pageerror', (e) => complaints.push(String(e)))
page.on('request', (r) => {
  if (!r.url().startsWith(base) && !/^(blob|data):/.test(r.url())) complaints.push(`request to ${r.url()}`)
})
const id = (name) => page.getByTestId(name)
const picture = async (name) => {
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`) })
}
const login = async (user) => {
  await id('login-username').fill(user)
  await id('login-password').fill('baoxue-demo-2019')
  await id('login-submit').click()
}
// The badges come with an answer of their own, maybe after the list.
const number = async (name) => {
  await id(name).filter({ hasText: /\d/ }).waitFor()
  return Number((await id(name).textContent()).replace(/\D/g, ''))
}

// Saves one finding on the first pending child and returns its name.
async function save(action, fill) {
  const row = id('entry-row').first()
  const name = (await row.getByTestId('entry-name').textContent()).trim()
  const entry = await row.getAttribute('data-entry-id')
  // After the first child the next one is open already.
  if ((await id('entry-panel').count()) === 0) await row.getByTestId(`action-${action}`).click()
  else await id(`correct-${action}`).click()
  await page.locator(`tr.open[data-entry-id="${entry}"]`).waitFor()
  await page.locator(`[data-testid=finding-form][data-action=${action.toUpperCase()}]`).waitFor()
  // What the list says of the child's record is beside the form.
  const cells = await row.locator('td').allTextContents()
  assert.deepEqual(await id('entry-record').locator('dd').allTextContents(), cells.slice(6, 11).filter(Boolean))
  await fill()
  await id('finding-witness').fill('王老师')
  await id('finding-witnessDate').fill('2019-07-17')
  await id('finding-explanation').fill('电话与家长核实，详见工作记录')
  // The button and whose form it is are in sight without scrolling, where the screen is low, too.
  await page.setViewportSize({ width: 1366, height: 600 })
  for (const seen of ['[data-testid=finding-save]', '[data-testid=finding-entry]']) await inSight(page, seen)
  await picture(`form-${action}`)
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight))
  await id('finding-save').click()
  await id('saved-notice').waitFor()
  await page.locator(`[data-testid=entry-row][data-entry-id="${entry}"]`).waitFor({ state: 'detached' })
  await id('entry-panel').waitFor()
  for (const seen of ['[data-testid=saved-notice]', 'tr.open']) await inSight(page, seen)
  return name
}

try {
  await page.goto(base)
  await login('shangcheng')
  await id('entry-row').first().waitFor()
  await picture('county')
  const before = { pending: await number('badge-pending'), handled: await number('badge-handled') }
  const name = await save('enrolled', async () => {
    await id('finding-code').selectOption('B3')
    await id('school-province').selectOption('330000')
    await id('school-city').selectOption('330100')
    await id('school-county').selectOption('330106')
    await id('finding-school').fill('文三路小学')
  })
  await save('dropout', () => id('finding-code').selectOption('A2'))
  await save('unconfirmed', async () => {})
  await page.waitForFunction(
    (want) => document.querySelector('[data-testid=badge-handled]').textContent.replace(/\D/g, '') === want,
    String(before.handled + 3),
  )
  assert.equal(await number('badge-pending'), before.pending - 3)
  await id('tab-handled').click()
  await id('search-input').fill(name)
  await id('search-submit').click()
  await id('entry-code').filter({ hasText: 'B3' }).first().waitFor()
  await picture('handled')
  const [download] = await Promise.all([page.waitForEvent('download'), id('export').click()])
  assert.match(download.suggestedFilename(), /\.xlsx$/)

  await id('logout').click()
  await login('zhejiang')
  await id('nav-month').click()
  await id('month-close').click()
  await id('month-row').first().waitFor()
  await picture('month')
  assert.deepEqual(complaints, [])
} finally {
  await browser.close()
}

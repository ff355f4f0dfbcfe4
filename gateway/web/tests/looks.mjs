// Every view in the second language, in the dark, on a 4K screen and on a telephone, each judged
// by axe.
// Usage: node looks.mjs ADDRESS CHROMIUM [SCREENSHOT-FOLDER]
import assert from 'node:assert/strict'
import { start } from './worker.mjs'

const { as, complaints, close } = await start()

// What a view has when it is there.
const markers = {
  entries: 'entry-row',
  own: 'entry-row',
  unmatched: 'unmatched-row',
  progress: 'card-total',
  month: 'month-panel',
  users: 'user-row',
  audit: 'audit-row',
  regions: 'region-row',
  import: 'imports-table',
  reviews: 'sample-draw',
  worklist: 'worklist-download',
}

// Every view of a user, as its language or theme shows it.
async function everyView({ page, open, judge }, name) {
  const views = await page.locator('nav a[data-testid^=nav-]').evaluateAll((links) => links.map((a) => a.dataset.testid.slice(4)))
  for (const view of views) {
    await open(view, markers[view] ?? view)
    await judge(`${name}-${view}`)
  }
}

// The second language stays chosen, the address stays, and nothing is left in the first one
// but what the server says.
async function english(worker) {
  const { page, id } = worker
  await id('language').click()
  await id('logout').filter({ hasText: 'Log out' }).waitFor()
  assert.equal(await page.locator('html').getAttribute('lang'), 'en')
  for (const link of await page.locator('nav a').allTextContents()) assert.doesNotMatch(link, /[\u4e00-\u9fff]/)
  await everyView(worker, 'english')
  await id('language').click()
  await id('logout').filter({ hasText: '退出' }).waitFor()
}

try {
  await english(await as('zhejiang'))
  await everyView(await as('zhejiang', { colorScheme: 'dark' }), 'dark')
  const county = await as('xihu', { colorScheme: 'dark' })
  await everyView(county, 'dark-county')
  // A county with children to handle has no zero report to confirm.
  await county.open('progress', 'unfinished')
  assert.equal(await county.id('zero-report').count(), 0)
  const wide = await as('zhejiang', { viewport: { width: 3840, height: 2160 } })
  await everyView(wide, 'wide')
  // A line of text of a whole 4K screen's length can't be read; nothing is cut off, either.
  assert.ok(await wide.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
  const phone = await as('xihu', { viewport: { width: 390, height: 844 } })
  await phone.id('entry-open').first().click()
  await phone.id('part-visits').click()
  await phone.judge('phone')
  assert.deepEqual(complaints, [])
} catch (e) {
  console.error(complaints)
  throw e
} finally {
  await close()
}

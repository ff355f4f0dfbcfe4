// Who works in the browser, and what is looked at meanwhile.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

// What the program says to itself, and nobody has put into words.
const programNames = /\b(?!HTTPS\b|JPEG\b)[A-Z]{4,}(?:_[A-Z0-9]+)*\b|\bundefined\b|\bnull\b|\bNaN\b|\[object|Invalid Date/g

// Waits until something is wholly on the screen, wherever the page was scrolled to.
export const inSight = (page, selector) =>
  page.waitForFunction((s) => {
    const box = document.querySelector(s)?.getBoundingClientRect()
    return box && box.top >= 0 && box.bottom <= innerHeight
  }, selector)

// What browsers have learned since Chromium 86, the oldest that the page is for; its scripts find none of it.
function forget() {
  const learned = [
    [Array.prototype, 'at', 'findLast', 'findLastIndex', 'toReversed', 'toSorted', 'toSpliced', 'with'],
    [String.prototype, 'at', 'isWellFormed', 'toWellFormed'],
    [Object, 'hasOwn', 'groupBy'],
    [Map, 'groupBy'],
    [Promise, 'withResolvers', 'try'],
    [AbortSignal, 'timeout', 'any'],
    [URL, 'canParse', 'parse'],
    [Crypto.prototype, 'randomUUID'],
    [Element.prototype, 'checkVisibility'],
    [HTMLElement.prototype, 'showPopover', 'hidePopover', 'togglePopover'],
    [globalThis, 'structuredClone', 'reportError', 'Iterator', 'scheduler'],
  ]
  for (const [from, ...names] of learned) for (const name of names) delete from[name]
}

// Starts a browser for the system at the address that the command line tells. What is wrong with a
// page, whatever a walk is about, is among the complaints.
export async function start() {
  const [base, executablePath, pictures] = process.argv.slice(2)
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
  const complaints = []

  // Whoever works, in a browser of their own.
  async function as(user, options = {}) {
    const context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 1366, height: 768 }, ...options })
    context.setDefaultTimeout(15_000)
    await context.addInitScript(forget)
    const page = await context.newPage()
    page.on('pageerror', (e) => complaints.push(`${user}: ${e}`))
    page.on('console', (m) => {
      if (m.type() === 'error' && !m.text().startsWith('Failed to load resource')) complaints.push(`${user}: ${m.text()}`)
    })
    page.on('request', (r) => {
      if (!r.url().startsWith(base) && !/^(blob|data):/.test(r.url())) complaints.push(`${user}: request to ${r.url()}`)
    })
    const id = (name) => page.getByTestId(name)
    const worker = {
      context,
      page,
      id,
      shows: (name, text) => id(name).filter({ hasText: text }).first().waitFor(),
      async login() {
        await id('login-username').fill(user)
        await id('login-password').fill('baoxue-demo-2019')
        await id('login-submit').click()
      },
      // Opens a view by its entry in the navigation.
      async open(view, marker) {
        if (await id('menu').isVisible()) await id('menu').click()
        await id(`nav-${view}`).click()
        await id(marker).first().waitFor()
      },
      // What is on the screen now is kept as a picture and has nothing that WCAG 2.2 AA forbids.
      async judge(name) {
        await page.locator('[aria-busy=true]').waitFor({ state: 'detached' })
        await page.waitForFunction(() => document.getAnimations().length === 0)
        if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`) })
        // Keys and codes to be copied may look like anything.
        const copied = (await page.locator('code, .secret').allInnerTexts()).join(' ')
        const names = ((await page.locator('body').innerText()).match(programNames) ?? []).filter((n) => !copied.includes(n))
        if (names.length > 0) complaints.push(`${name}: shows ${[...new Set(names)]}`)
        const found = await page.evaluate(`${axe}; axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })`)
        for (const v of found.violations) {
          complaints.push(`${name}: ${v.id}: ${v.help}: ${v.nodes.map((n) => `${n.target} ${n.failureSummary}`).slice(0, 3)}`)
        }
      },
    }
    const answer = await page.goto(base)
    // What the policy forbids Chromium complains of on the console.
    const policy = answer.headers()['content-security-policy'] ?? ''
    if (!/script-src 'self'/.test(policy) || /script-src[^;]*unsafe/.test(policy)) complaints.push(`content policy: ${policy}`)
    await id('login-form').waitFor()
    if (user === 'xihu' && !options.viewport) await worker.judge('login')
    await worker.login()
    await id('logout').waitFor()
    return worker
  }
  return { base, as, complaints, close: () => browser.close() }
}

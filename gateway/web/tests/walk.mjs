// Fifty children by the keyboard alone: counts keystrokes and the time that page and system take,
// and how soon the page is there. Usage: node walk.mjs ADDRESS CHROMIUM
// (against `make run`; it imports sixty invented children into 西湖区).
import { chromium } from 'playwright-core'

const [base, executablePath] = process.argv.slice(2)
const children = 50

const ask = async (path, init, token) => {
  const response = await fetch(base + path, { ...init, headers: { ...init?.headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) } })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return response.json()
}
const { accessToken } = await ask('/v1/auth:login', { method: 'POST', body: JSON.stringify({ username: 'zhejiang', password: 'baoxue-demo-2019' }) })
const head = '数据类别,序号,姓名,出生日期,证件号码,户籍地,家庭住址,区划代码'
// Other children in each run: the same ones once more would change nothing.
const run = Date.now() % 1e8
const rows = Array.from({ length: 60 }, (_, i) => `疑似辍学和辍学,W${run}-${i},步行${run}${i},2008-01-${String(1 + (i % 28)).padStart(2, '0')},,浙江省杭州市西湖区,浙江省杭州市西湖区文三路${i}号,330106`)
const form = new FormData()
form.append('file', new Blob([`${head}\n${rows.join('\n')}\n`]), `walk-${run}.csv`)
let imported = await ask('/v1/imports', { method: 'POST', body: form }, accessToken)
while (imported.state === 'RUNNING') {
  await new Promise((later) => setTimeout(later, 100))
  imported = await ask(`/v1/imports/${imported.id}`, {}, accessToken)
}

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] })
const context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 1366, height: 768 } })
const page = await context.newPage()
const id = (name) => page.getByTestId(name)

// The login page from a cold cache, over 1.6 Mbit/s with 150 ms there and back.
const wire = await context.newCDPSession(page)
await wire.send('Network.enable')
await wire.send('Network.emulateNetworkConditions', { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 94_000 })
let begun = performance.now()
await page.goto(base, { waitUntil: 'commit' })
await id('login-submit').waitFor()
const cold = performance.now() - begun
await wire.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 })

await id('login-username').fill('xihu')
await id('login-password').fill('baoxue-demo-2019')
const answered = page.waitForResponse((r) => r.url().endsWith('/v1/auth:login')).then(() => performance.now())
begun = performance.now()
await id('login-submit').click()
await id('entry-row').first().waitFor()
const listed = performance.now() - begun
const afterAnswer = performance.now() - (await answered)

// What an input method needs for the text: its letters and one to choose.
const letters = { 王老师: 'wanglaoshi', 文三路小学: 'wensanluxiaoxue', 电话核实: 'dianhuaheshi', 厌学在家: 'yanxuezaijia' }
let strokes = 0
const press = async (...keys) => {
  for (const key of keys) {
    strokes++
    await page.keyboard.press(key)
  }
}
const write = async (text) => {
  strokes += (letters[text] ?? text).length + (letters[text] ? 1 : 0)
  if (letters[text]) await page.keyboard.insertText(text)
  else await page.keyboard.type(text)
}
const spent = { ENROLLED: [], DROPOUT: [], UNCONFIRMED: [] }
const typed = { ENROLLED: 0, DROPOUT: 0, UNCONFIRMED: 0 }
const kinds = ['DROPOUT', 'ENROLLED', 'UNCONFIRMED', 'DROPOUT', 'DROPOUT']
const openForm = (kind) => page.locator(`[data-testid=finding-form][data-action=${kind}] form`).waitFor()

await press('j')
for (let n = 0; n < children; n++) {
  const kind = kinds[n % kinds.length]
  const before = strokes
  const started = performance.now()
  const key = { ENROLLED: 1, DROPOUT: 2, UNCONFIRMED: 3 }[kind]
  if (n === 0) await press(String(key))
  else if (!(await page.locator(`[data-testid=finding-form][data-action=${kind}]`).isVisible())) await press(`Alt+${key}`)
  await openForm(kind)
  if (kind === 'ENROLLED') {
    await write('B3')
    await press('Tab')
    // 本县（市、区）, which goes on to the school.
    await press('Enter')
    await id('school-county').waitFor()
    await write('文三路小学')
    await press('Tab')
  } else if (kind === 'DROPOUT') {
    await write('A2')
    await press('Tab')
  }
  await write('王老师')
  await press('Tab')
  await write('07172019')
  await press('Tab')
  if ((await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))) !== 'finding-explanation') await press('Tab')
  await write(kind === 'DROPOUT' ? '厌学在家' : '电话核实')
  const entry = await page.locator('tr.open').getAttribute('data-entry-id')
  await press('Control+Enter')
  await page.locator(`tr.open[data-entry-id]:not([data-entry-id="${entry}"])`).waitFor()
  spent[kind].push(performance.now() - started)
  typed[kind] += strokes - before
}
await browser.close()

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
console.log(`login page, cold, 1.6 Mbit/s and 150 ms: ${Math.round(cold)} ms`)
console.log(`list, loopback: ${Math.round(listed)} ms after the click, ${Math.round(afterAnswer)} ms after the login was answered`)
console.log(`${children} children: ${strokes} keystrokes`)
for (const kind of Object.keys(spent)) {
  console.log(`${kind}: ${spent[kind].length} children, ${Math.round(typed[kind] / spent[kind].length)} keystrokes each, page and system ${Math.round(median(spent[kind]))} ms each (median)`)
}

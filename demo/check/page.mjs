// SPDX-License-Identifier: Apache-2.0
// Opens the board in headless Chromium and reads the rows from it:
//   node page.mjs ADDRESS [SCREENSHOT]
// Prints each row, exits 0 if the page says of all that they are as they should
// be, if it asked no host but the loopback, and if it fits a phone; else 1.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

// puppeteer-core is installed once, for this and for the browser tests.
const require = createRequire(new URL('../../test/browser/package.json', import.meta.url));
const { default: puppeteer } = await import(pathToFileURL(require.resolve('puppeteer-core')));

const [address, screenshot] = process.argv.slice(2);
const cases = JSON.parse(readFileSync(new URL('../site/cases.json', import.meta.url)));
const TIMEOUT = 240_000;
const LOOPBACK = new Set(['localhost', '127.0.0.1']);
const VIEWS = {
  '': { width: 1280, height: 900 },
  '-dark': { width: 1280, height: 900, dark: true },
  '-phone': { width: 360, height: 740 },
  '-phone-dark': { width: 360, height: 740, dark: true },
};

const problems = [];
let passed = 0;
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  timeout: TIMEOUT,
  // The sandbox does not start as root; the page is our own.
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-dev-shm-usage',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
try {
  const page = await browser.newPage();
  page.on('pageerror', (error) => problems.push(`a script failed: ${error.message}`));
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol !== 'data:' && !LOOPBACK.has(hostname)) problems.push(`asked for ${request.url()}`);
  });
  await openAt(page, VIEWS['']);
  const rows = await readRows(page);
  rows.forEach(printRow);
  passed = rows.filter((row) => row.verdict === 'ok').length;
  const shown = rows.map((row) => row.id).sort().join();
  if (shown !== cases.map((one) => one.id).sort().join()) problems.push(`the page shows only ${shown}`);
  await checkPhone(page);
  if (screenshot) await takeScreenshots(page);
} catch (error) {
  problems.push(error.message);
} finally {
  await browser.close();
}

problems.forEach((text) => console.log(`FAIL  ${text}`));
const failed = cases.length - passed + problems.length;
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function openAt(page, { width, height, dark }) {
  await page.setViewport({ width, height, deviceScaleFactor: screenshot ? 2 : 1 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }]);
  await page.goto(address, { timeout: TIMEOUT });
  await page.waitForSelector('body[data-state=ok], body[data-state=differs]', { timeout: TIMEOUT });
}

/** The rows as a reader sees them. */
function readRows(page) {
  return page.$$eval('[data-case]', (found) => found.map((row) => {
    const text = (selector) => row.querySelector(selector)?.innerText.replace(/\s+/g, ' ').trim() ?? '';
    return {
      id: row.dataset.case,
      verdict: row.dataset.verdict,
      title: text('h3'),
      from: text('header .origin'),
      outcome: text('.outcome'),
      should: text('.should'),
      did: text('.did'),
      headers: [...row.querySelectorAll('.exchange li')].map((line) => line.innerText.replace(/\s+/g, ' ')),
    };
  }));
}

function printRow(row) {
  console.log(`\n${row.title}  [${row.from}]`);
  console.log(`  should: ${row.should}`);
  console.log(`  did:    ${row.did}`);
  row.headers.forEach((line) => console.log(`    ${line}`));
  console.log(`  ${row.verdict === 'ok' ? 'ok' : 'FAIL'}: ${row.outcome}`);
}

async function checkPhone(page) {
  await page.setViewport({ width: 320, height: 640 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  if (wide > 320) problems.push(`on a phone of 320 pixels the page is ${wide} wide`);
}

async function takeScreenshots(page) {
  const stem = screenshot.replace(/\.png$/, '');
  for (const [suffix, view] of Object.entries(VIEWS)) {
    await openAt(page, view);
    await page.screenshot({ path: `${stem}${suffix}.png`, fullPage: true });
  }
}

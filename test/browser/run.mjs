// SPDX-License-Identifier: Apache-2.0
// Carries out a plan in one browser:
//   node run.mjs PLAN.json RESULTS.json
// The plan: {browser, executable, spki, hosts, cases: [{id, steps: [step]}]}.
// A step names the page that it is run in; what else it says is for page.js.
// The results: {version, cases: {id: [what the page said of each step]}}.
import { createRequire } from 'node:module';
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const { default: puppeteer } = await import(pathToFileURL(require.resolve('puppeteer-core')));

const [planFile, resultFile] = process.argv.slice(2);
const plan = JSON.parse(readFileSync(planFile));
const LIMIT = 20_000;

const OPTIONS = {
  chromium: {
    browser: 'chrome',
    // The sandbox does not start as root; the pages are our own. The
    // certificate is taken by its key: after --ignore-certificate-errors
    // Chromium would store no response.
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
      `--host-resolver-rules=MAP *.test 127.0.0.1`,
      `--ignore-certificate-errors-spki-list=${plan.spki}`],
  },
  firefox: {
    browser: 'firefox',
    acceptInsecureCerts: true,
    extraPrefsFirefox: { 'network.dns.localDomains': plan.hosts.join(',') },
  },
};

function limited(promise) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('the browser did not answer in time')), LIMIT);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

const browser = await puppeteer.launch({
  ...OPTIONS[plan.browser], executablePath: plan.executable, headless: true,
});
const results = { version: await browser.version(), cases: {} };
const pages = new Map();

/** One page for each address, opened when it is first needed. */
async function pageAt(address) {
  if (!pages.has(address)) {
    const page = await browser.newPage();
    await limited(page.goto(address));
    pages.set(address, page);
  }
  return pages.get(address);
}

async function carryOut(step) {
  try {
    const page = await pageAt(step.page);
    return await limited(page.evaluate((it) => globalThis.run(it), step));
  } catch (error) {
    return { broken: String(error.message ?? error) };
  }
}

try {
  for (const { id, steps } of plan.cases) {
    results.cases[id] = [];
    for (const step of steps) results.cases[id].push(await carryOut(step));
  }
} finally {
  writeFileSync(resultFile, JSON.stringify(results));
  await browser.close();
}

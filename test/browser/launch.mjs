// SPDX-License-Identifier: Apache-2.0
// Starts a browser for a plan: {browser, executable, spki, hosts, public}.
// public: address and port that count as outside of this machine.
import { createRequire } from 'node:module';
import { once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

export const require = createRequire(import.meta.url);
const { default: puppeteer } = await import(pathToFileURL(require.resolve('puppeteer-core')));

// Of one answer of the browser's, and of its start: a machine may be busy.
const LIMIT = 180_000;

const options = (plan) => ({
  chromium: {
    browser: 'chrome',
    // The sandbox does not start as root; the pages are our own. The
    // certificate is taken by its key: after --ignore-certificate-errors
    // Chromium would store no response.
    // /dev/shm may be small.
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-dev-shm-usage',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
      `--ip-address-space-overrides=${plan.public}=public`,
      `--host-resolver-rules=MAP *.test 127.0.0.1`,
      `--ignore-certificate-errors-spki-list=${plan.spki}`],
  },
  firefox: {
    browser: 'firefox',
    acceptInsecureCerts: true,
    // For what only the browser itself knows: explain.mjs reads its console.
    args: ['--remote-allow-system-access'],
    extraPrefsFirefox: {
      'network.dns.localDomains': plan.hosts.join(','),
      'network.lna.address_space.public.override': plan.public,
    },
  },
}[plan.browser]);

export const launch = (plan) => puppeteer.launch({
  ...options(plan), executablePath: plan.executable, headless: true,
  timeout: LIMIT, protocolTimeout: LIMIT,
});

export async function openPage(browser) {
  const page = await browser.newPage();
  page.setDefaultTimeout(LIMIT);
  return page;
}

export function limited(promise) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('the browser did not answer in time')), LIMIT);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

/** Writes the results, all at once, and waits for the end of stdin. */
export async function handOver(results, file) {
  writeFileSync(`${file}.part`, JSON.stringify(results));
  renameSync(`${file}.part`, file);
  process.stdin.resume();
  await once(process.stdin, 'end');
}

// SPDX-License-Identifier: Apache-2.0
// Uses the page of cors-explain as a person does, with the keyboard alone:
//   node explain.mjs PLAN.json RESULTS.json
// The plan: as in launch.mjs, and {explain: the page's URL, visits: [{id,
// query, fields, enter}], messages: [{id, page, step}], looks: [{id, query,
// scheme, width}], shots: a directory}. A visit with fields begins at the empty
// form, fills it and submits it: from the button, or by Enter in the field
// that enter names; one with a query goes there by URL. A message is what the
// browser's own console says of the step (of page.js), pasted into the form.
// A look is a screenshot and what axe-core finds.
// The results: {visits, messages, looks}, each by id; see seen().
import { readFileSync } from 'node:fs';
import { handOver, launch, limited, openPage, require } from './launch.mjs';

const [planFile, resultFile] = process.argv.slice(2);
const plan = JSON.parse(readFileSync(planFile));
const axe = plan.looks.length ? readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8') : '';
const ORDER = ['url', 'origin', 'method', 'headers', 'credentials', 'submit', 'paste', 'submit'];

/** In the page: what stands there. */
function seen() {
  const all = [...document.querySelectorAll('*')];
  const text = (selector) => document.querySelector(selector)?.textContent ?? null;
  const value = (id) => document.getElementById(id)?.value;
  const reason = [...document.querySelectorAll('dt')].find((e) => e.textContent === 'Reason');
  return {
    url: location.href,
    title: document.title,
    answer: text('.answer'),
    reason: reason?.nextElementSibling.textContent ?? null,
    decided: [...document.querySelectorAll('.lines mark')].map((e) => e.textContent),
    write: [...document.querySelectorAll('[aria-labelledby=write] .write')].map((e) => e.textContent),
    steps: [...document.querySelectorAll('.steps li')].map((e) => e.className),
    fields: Object.fromEntries(['url', 'origin', 'method', 'headers', 'paste']
      .map((id) => [id, value(id)])),
    credentials: document.getElementById('credentials')?.checked,
    tags: [...new Set(all.map((e) => e.localName))],
    attributes: [...new Set(all.flatMap((e) => e.getAttributeNames()))],
    hostile: globalThis.hostile ?? null,
    text: document.body.innerText,
  };
}

/** In the page, before anything of its own. */
function watch() {
  globalThis.violations = [];
  addEventListener('securitypolicyviolation', (e) => {
    globalThis.violations.push(`${e.violatedDirective} ${e.blockedURI}`);
  });
}

/** Chromium tells a page's messages to its debugger, Firefox keeps to itself
    those that are not the script's. */
async function console_(page) {
  if (plan.browser === 'chromium') return page.said;
  const { result: { contexts } } = await browser.connection.send(
    'browsingContext.getTree', { 'moz:scope': 'chrome' });
  const { result } = await browser.connection.send('script.evaluate', {
    target: { context: contexts[0].context },
    awaitPromise: false,
    expression: `JSON.stringify(Services.console.getMessageArray()
      .filter((m) => m instanceof Ci.nsIScriptError).map((m) => m.errorMessage))`,
  });
  return JSON.parse(result.result.value);
}

async function newPage() {
  const page = await openPage(browser);
  page.said = [];
  page.requests = [];
  page.on('console', (message) => page.said.push(message.text()));
  page.on('pageerror', (error) => page.said.push(String(error)));
  page.on('request', (request) => page.requests.push(request.url()));
  await page.evaluateOnNewDocument(watch);
  return page;
}

/** Loads a page by what load does. */
async function after(page, load) {
  page.requests.length = 0;
  page.said.length = 0;
  const [response] = await limited(Promise.all([page.waitForNavigation(), load()]));
  return {
    status: response.status(),
    headers: response.headers(),
    ...await page.evaluate(seen),
    violations: await page.evaluate(() => globalThis.violations),
    requests: [...page.requests],
    said: [...page.said],
  };
}

const focused = (page) => page.evaluate(() => {
  const { id, type } = document.activeElement;
  return id || type || 'nothing';
});

/** Goes to a field by Tab. Returns the fields that it came through. */
async function tabTo(page, id, key = 'Tab') {
  const through = [];
  for (let i = 0; i < 12 && through.at(-1) !== id; i++) {
    if (key === 'Tab') await page.keyboard.press('Tab');
    else {
      await page.keyboard.down('Shift');
      await page.keyboard.press('Tab');
      await page.keyboard.up('Shift');
    }
    through.push(await focused(page));
  }
  return through;
}

/** As a paste or an input method does. puppeteer has this for Chromium only. */
async function write(page, text) {
  if (plan.browser === 'chromium') await page.keyboard.sendCharacter(text);
  else await page.evaluate((it) => document.execCommand('insertText', false, it), text);
}

async function fillForm(page, fields, enter) {
  const order = [];
  const last = 'paste' in fields ? 'paste' : 'submit';
  for (const id of ORDER.slice(0, ORDER.indexOf(last))) {
    order.push(...await tabTo(page, id));
    if (id === 'credentials' && fields.credentials) await page.keyboard.press('Space');
    else if (fields[id]) await write(page, fields[id]);
  }
  order.push(...await tabTo(page, last));
  if (last === 'paste') {
    await write(page, fields.paste);
    order.push(...await tabTo(page, 'submit'));
  }
  if (enter) await tabTo(page, enter, 'back');
  const result = await after(page, () => page.keyboard.press('Enter'));
  return { ...result, order };
}

async function visit({ query, fields, enter }) {
  if (query !== undefined) return after(main, () => main.goto(plan.explain + query));
  await limited(main.goto(plan.explain));
  return fillForm(main, fields, enter);
}

async function message({ page: address, step }) {
  if (!pages.has(address)) {
    pages.set(address, await newPage());
    await limited(pages.get(address).goto(address));
  }
  const page = pages.get(address);
  await page.bringToFront();
  const before = (await console_(page)).length;
  const outcome = await limited(page.evaluate((it) => globalThis.run(it), step));
  let found;
  for (let i = 0; i < 1000 && !found; i++) {
    found = (await console_(page)).slice(before).find((m) => /CORS|Cross-Origin/.test(m));
    if (!found) await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  if (!found) throw new Error('the console says nothing of CORS');
  await main.bringToFront();
  await limited(main.goto(plan.explain));
  const first = await fillForm(main, { paste: found });
  // Firefox does not say whose page it is; a person fills in what is missing.
  let then = null;
  if (!first.fields.origin) {
    await tabTo(main, 'origin');
    await write(main, new URL(address).origin);
    then = await after(main, () => main.keyboard.press('Enter'));
  }
  return { outcome, message: found, first, then };
}

async function look({ id, query, scheme, width }) {
  await main.setViewport({ width, height: 800 });
  await main.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  const result = await after(main, () => main.goto(plan.explain + query));
  const { violations: found } = await main.evaluate(
    `${axe};axe.run(document, { resultTypes: ['violations'] })`);
  const wide = await main.evaluate(() => ({
    width: document.documentElement.scrollWidth,
    background: getComputedStyle(document.body).backgroundColor,
    // What is cut off, or would have to be scrolled by itself.
    over: [...document.body.querySelectorAll('*')].filter(
      (e) => e.getBoundingClientRect().right > innerWidth || (e.scrollWidth > e.clientWidth
        && getComputedStyle(e).display !== 'inline' && e.localName !== 'input'))
      .map((e) => e.outerHTML.slice(0, 80)),
  }));
  await main.screenshot({ path: `${plan.shots}/${id}.png`, fullPage: true });
  return {
    ...result,
    ...wide,
    axe: found.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' | ')}`),
  };
}

/** What came of each; a failure is a result too. */
async function each(list, work) {
  const made = {};
  const began = Date.now();
  for (const it of list) {
    try {
      made[it.id] = await work(it);
    } catch (error) {
      made[it.id] = { broken: String(error.stack ?? error) };
    }
  }
  console.log(work.name, list.length, Date.now() - began, 'ms');
  return made;
}

const browser = await launch(plan);
const pages = new Map();
let main;
try {
  main = await newPage();
  const results = {
    visits: await each(plan.visits, visit),
    messages: await each(plan.messages, message),
    looks: await each(plan.looks, look),
  };
  await handOver(results, resultFile);
} finally {
  await browser.close();
}

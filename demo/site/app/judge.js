// SPDX-License-Identifier: Apache-2.0
// Compares what happened with what a browser should do.

/**
 * @param expect  the case's "expect"
 * @param results what the script saw, a step each
 * @param log     what the API saw: the lines of its log for this case
 * @returns what differs, in words; empty if all is as it should be
 */
export function differences(expect, results, log) {
  const found = [];
  const last = results.at(-1);
  const differs = (what, should, did) => {
    if (should !== undefined && JSON.stringify(should) !== JSON.stringify(did)) {
      found.push(`${what}: ${JSON.stringify(did ?? null)} instead of ${JSON.stringify(should)}`);
    }
  };
  differs('outcome', expect.outcome, last.outcome);
  differs('status', expect.status, last.status);
  differs('headers seen', expect.headers, last.headers);
  if (expect.body) {
    const body = parsed(last.text);
    for (const [key, value] of Object.entries(expect.body)) differs(key, value, body[key]);
  }
  differs('requests at the API', expect.server, serverSaw(log));
  for (const [name, value] of Object.entries(expect.first ?? {})) {
    const answered = log[0]?.response[name];
    differs(`${name} of the first answer`, value, answered === '-' ? null : answered);
  }
  differs('cookie sent', expect.cookie, log.length > 0 && hasCookie(log.at(-1)));
  return found;
}

export const serverSaw = (log) => log.map((line) => `${line.method} ${line.status}`);

export const hasCookie = (line) => line.request.Cookie !== '-';

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

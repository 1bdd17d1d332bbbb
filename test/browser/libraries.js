// SPDX-License-Identifier: Apache-2.0
// jQuery, axios and htmx making the calls that they make by themselves. Steps
// for pages that load one of them after page.js.
'use strict';

KINDS.jquery = async ({ url, options }) => {
  const request = jQuery.ajax({ url, ...options });
  try {
    await request;
  } catch {
    throw new Error(request.statusText);
  }
  return { status: request.status };
};

KINDS.axios = async ({ url, options }) => {
  // Made here, since JSON cannot carry one.
  const data = options?.form ? new URLSearchParams(options.form) : options?.data;
  const response = await axios({ url, ...options, data });
  return { status: response.status };
};

/** An element with attributes of htmx, clicked. told: whether the event came
    that the response's HX-Trigger names. */
KINDS.htmx = async ({ attributes }) => {
  const button = element('button', { id: 'button', name: 'button', ...attributes }, document.body);
  const status = new Promise((resolve, reject) => {
    const bad = ({ detail }) => reject(new Error(detail.error ?? 'refused'));
    // htmx 4, then htmx 2
    button.addEventListener('htmx:after:request', ({ detail }) => resolve(detail.ctx.response.status));
    button.addEventListener('htmx:error', bad);
    button.addEventListener('htmx:afterOnLoad', ({ detail }) => resolve(detail.xhr.status));
    button.addEventListener('htmx:sendError', bad);
    button.addEventListener('htmx:invalidPath', bad);
  });
  const over = Promise.race(['htmx:finally:request', 'htmx:afterRequest', 'htmx:invalidPath']
    .map((name) => event(button, name, [])));
  let told = false;
  button.addEventListener('told', () => { told = true; });
  htmx.process(button);
  button.click();
  try {
    const answer = await status;
    await over;
    return { status: answer, told };
  } finally {
    button.remove();
  }
};

// SPDX-License-Identifier: Apache-2.0
// What a page can do with a URL of another origin. Each function takes one
// step of a case and gives what a script can know of the outcome:
//   {read: true, …} or {read: false, error: "TypeError"}
// Loaded by the empty page of every origin, by frames and by workers.
'use strict';

const LIMIT = 60000;
performance.setResourceTimingBufferSize(10000);

/** The outcome of a promise, bounded in time. */
async function outcome(promise, milliseconds = LIMIT) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), milliseconds);
  });
  try {
    return { read: true, ...await Promise.race([promise, limit]) };
  } catch (error) {
    return { read: false, error: error.name, message: error.message };
  } finally {
    clearTimeout(timer);
  }
}

/** The first of two events. */
function event(target, good, bad) {
  return new Promise((resolve, reject) => {
    target.addEventListener(good, (e) => resolve(e));
    for (const name of [bad].flat()) {
      target.addEventListener(name, () => reject(new Error(name)));
    }
  });
}

function bodyOf(step) {
  if (step.json !== undefined) return JSON.stringify(step.json);
  return step.body;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function element(name, attributes, parent = document.head) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent.append(made);
  return made;
}

function crossOrigin(step) {
  return step.crossorigin === undefined ? {} : { crossorigin: step.crossorigin };
}

/** Adds an element, and waits until it has loaded. */
async function loaded(name, attributes, parent) {
  const made = element(name, {}, parent);
  const done = event(made, 'load', 'error');
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  await done;
  return made;
}

/** What the page is told of the time that a request took, once it is over. */
async function timingOf(url) {
  for (let i = 0; i < 3000; i += 1) {
    const [entry] = performance.getEntriesByName(url);
    if (entry) return entry;
    await new Promise((resolve) => { setTimeout(resolve, 10); });
  }
  throw new Error('no entry');
}

const KINDS = {
  async fetch(step) {
    const response = await fetch(step.url, { body: bodyOf(step), ...step.init });
    return {
      status: response.status,
      type: response.type,
      redirected: response.redirected,
      headers: [...response.headers.keys()].sort(),
      body: parsed(await response.text()),
    };
  },

  /** The second time of two, one right after the other. */
  async twice(step) {
    await KINDS.fetch(step);
    return KINDS.fetch(step);
  },

  async xhr(step) {
    const request = new XMLHttpRequest();
    const done = event(request, 'load', ['error', 'timeout', 'abort']);
    const init = step.init ?? {};
    request.open(init.method ?? 'GET', step.url);
    request.withCredentials = init.credentials === 'include';
    for (const [name, value] of Object.entries(init.headers ?? {})) {
      request.setRequestHeader(name, value);
    }
    request.send(bodyOf(step) ?? null);
    await done;
    return {
      status: request.status,
      headers: request.getAllResponseHeaders().split('\r\n').filter(Boolean)
        .map((line) => line.split(':')[0]).sort(),
      body: parsed(request.responseText),
    };
  },

  /** A classic script: loaded, and what an error handler learns of its error. */
  async script(step) {
    let told = null;
    const listener = (e) => {
      told = e.message.includes('told you so') ? 'all' : e.message;
      e.preventDefault();
    };
    addEventListener('error', listener);
    try {
      await loaded('script', { ...crossOrigin(step), src: step.url });
    } finally {
      removeEventListener('error', listener);
    }
    return { told };
  },

  async module(step) {
    await loaded('script', { ...crossOrigin(step), type: 'module', src: step.url });
    return {};
  },

  async import(step) {
    return { answer: (await import(step.url)).answer };
  },

  async stylesheet(step) {
    const link = await loaded('link', { ...crossOrigin(step), rel: 'stylesheet', href: step.url });
    let rules = null;
    try {
      rules = link.sheet.cssRules.length;
    } catch (error) {
      rules = error.name;
    }
    link.remove();
    return { rules };
  },

  async preload(step) {
    await loaded('link', { ...crossOrigin(step), rel: step.rel ?? 'preload', as: step.as, href: step.url });
    return {};
  },

  async font(step) {
    const face = new FontFace('probe', `url(${JSON.stringify(step.url)})`);
    await face.load();
    return {};
  },

  /** An image: loaded, and whether its pixels can be read. */
  async image(step) {
    const image = new Image();
    if (step.crossorigin !== undefined) image.crossOrigin = step.crossorigin;
    const done = event(image, 'load', 'error');
    image.src = step.url;
    await done;
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 2;
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    try {
      return { pixel: [...context.getImageData(0, 0, 1, 1).data] };
    } catch (error) {
      return { pixel: error.name };
    }
  },

  /** A worker from a URL; with source, from a blob or data: URL of this text. */
  async worker(step) {
    let { url } = step;
    if (step.data) url = `data:text/javascript,${encodeURIComponent(step.data)}`;
    if (step.blob) url = URL.createObjectURL(new Blob([step.blob], { type: 'text/javascript' }));
    const worker = new Worker(url, { type: step.type ?? 'classic' });
    try {
      const { data } = await event(worker, 'message', 'error');
      if (data.read === false) throw Object.assign(new Error(data.message), { name: data.error });
      return data;
    } finally {
      worker.terminate();
    }
  },

  async beacon(step) {
    return { queued: navigator.sendBeacon(step.url, new Blob(['x'], { type: step.type })) };
  },

  async events(step) {
    const source = new EventSource(step.url, { withCredentials: step.credentials === true });
    try {
      const { data } = await event(source, 'message', 'error');
      return { data };
    } finally {
      source.close();
    }
  },

  async socket(step) {
    const socket = new WebSocket(step.url);
    await event(socket, 'open', ['error', 'close']);
    socket.close();
    return {};
  },

  /** A form that goes to a frame. */
  async form(step) {
    const frame = element('iframe', { name: 'target' }, document.body);
    const form = element('form', {
      method: step.method ?? 'post', action: step.url, target: 'target',
    }, document.body);
    element('input', { name: 'a', value: '1' }, form);
    // A form that gets puts its fields in the query's place.
    for (const [name, value] of new URL(step.url).searchParams) {
      if (step.method === 'get') element('input', { name, value }, form);
    }
    const done = event(frame, 'load', 'error');
    form.submit();
    await done;
    form.remove();
    frame.remove();
    return {};
  },

  /** What the page may know of the time a fetch took. */
  async timing(step) {
    if (step.image) await KINDS.image({ url: step.url });
    else await KINDS.fetch({ url: step.url, init: step.init }).catch(() => {});
    const entry = await timingOf(step.url);
    return {
      requestStart: entry.requestStart > 0,
      redirectStart: entry.redirectStart > 0,
      transferSize: entry.transferSize > 0,
    };
  },

  /** The step of step.inner, in a frame whose origin is null. */
  async frame(step) {
    const here = new URL('/page.js', location.href).href;
    const html = `<!DOCTYPE html><meta charset=utf-8><body><script src="${here}"></script>
      <script>addEventListener('message', async (e) => parent.postMessage(await run(e.data), '*'));
      parent.postMessage('ready', '*')</script>`;
    const attributes = step.data
      ? { src: `data:text/html,${encodeURIComponent(html)}` }
      : { sandbox: 'allow-scripts', srcdoc: html };
    const frame = document.createElement('iframe');
    const answer = new Promise((resolve) => {
      addEventListener('message', function listen({ source, data }) {
        if (source !== frame.contentWindow) return;
        if (data === 'ready') source.postMessage(step.inner, '*');
        else {
          removeEventListener('message', listen);
          resolve(data);
        }
      });
    });
    for (const [key, value] of Object.entries(attributes)) frame.setAttribute(key, value);
    document.body.append(frame);
    const result = await answer;
    frame.remove();
    if (!result.read) throw Object.assign(new Error(result.message), { name: result.error });
    return result;
  },
};

/** One step of a case. */
function run(step) {
  return outcome(KINDS[step.kind](step), step.limit);
}

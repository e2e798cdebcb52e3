/**
 * Long computations beside the page, which stays responsive. The worker runs the page's own script, and answers
 * requests.
 *
 * @typedef {(request: any) => any} Answer
 * @typedef {{request: any, resolve: (result: any) => void, reject: (error: Error) => void}} Job
 */

/**
 * What the script does in a worker: answer each request with its result, or with what went wrong.
 * @param {Answer} answer
 */
export function serve(answer) {
  globalThis.onmessage = (/** @type {MessageEvent} */ { data }) => {
    try {
      postMessage({ result: answer(data) });
    } catch (error) {
      postMessage({ error: error instanceof Error ? error.message : String(error) });
    }
  };
}

/**
 * Two workers, so that what a reader waits for does not queue behind what fills in by itself.
 * @param {string} script
 * @param {Answer} answer
 * @param {string} awaited The channel of what a reader waits for. What has no channel, such as a new system, goes to both.
 * @returns {(request: any) => Promise<any>}
 */
export function openWorkers(script, answer, awaited) {
  const [near, far] = [openWorker(script, answer), openWorker(script, answer)];
  return (request) => {
    if (request.channel === awaited) return near(request);
    const answered = far(request);
    // Each worker takes its requests in order: what comes after it finds the system there.
    return request.channel === undefined ? near(request) : answered;
  };
}

/**
 * A function that has requests answered in a worker, one after the other. Of those that wait, the last of each
 * `channel` is kept, and the others are rejected with `Replaced`: while a knob is dragged, only its newest value
 * matters.
 * @param {string} script
 * @param {Answer} answer Used where a worker cannot be had.
 * @returns {(request: any) => Promise<any>}
 */
function openWorker(script, answer) {
  let worker = startWorker(script);
  /** @type {Map<unknown, Job>} */
  const waiting = new Map();
  /** @type {any[]} What has been answered without a channel, such as a system, and is needed again by another worker. */
  const kept = [];
  /** @type {Job | null} */
  let current = null;
  let count = 0;

  function next() {
    const [first] = waiting;
    if (current !== null || first === undefined) return;
    waiting.delete(first[0]);
    current = first[1];
    if (current.request.channel === undefined) kept.push(current.request);
    if (worker) worker.postMessage(current.request);
    else setTimeout(finishHere, 0);
  }

  function finishHere() {
    const job = /** @type {Job} */ (current);
    try {
      end({ result: answer(job.request) });
    } catch (error) {
      end({ error: String(error) });
    }
  }

  /** @param {{result?: any, error?: string}} outcome */
  function end(outcome) {
    const job = current;
    current = null;
    if (outcome.error === undefined) job?.resolve(outcome.result);
    else job?.reject(new Error(outcome.error));
    next();
  }

  if (worker) {
    worker.onmessage = ({ data }) => end(data);
    // A page that forbids workers says so only after one was made: what it was sent is answered here.
    worker.onerror = (event) => {
      event.preventDefault();
      worker = null;
      for (const request of kept) answer(request);
      if (current !== null) setTimeout(finishHere, 0);
    };
  }
  return (request) =>
    new Promise((resolve, reject) => {
      const channel = request.channel ?? `request ${(count += 1)}`;
      waiting.get(channel)?.reject(new Replaced());
      // At the end, behind a system that it may need.
      waiting.delete(channel);
      waiting.set(channel, { request, resolve, reject });
      next();
    });
}

/** Why a request was not answered: a newer one has taken its place. */
export class Replaced extends Error {
  constructor() {
    super("A newer request has taken the place of this one.");
  }
}

/** @param {string} script */
function startWorker(script) {
  try {
    const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    return new Worker(address);
  } catch {
    return null;
  }
}

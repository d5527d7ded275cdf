/** Long work, done in slices within a time budget for each frame, so that the page stays responsive. */

/** @typedef {(hasTime: () => boolean) => boolean} Job works while `hasTime()`; returns whether it is done */

/** The time for scheduled jobs in one frame, in milliseconds. */
const FRAME_BUDGET_MS = 8;
/** The time for flushed jobs before the next frame, in milliseconds: more, because a page that opens is still empty. */
const FLUSH_BUDGET_MS = 16;

/** @type {Set<Job>} */
const jobs = new Set();
let isFrameRequested = false;
let flushedMs = 0;

/**
 * Run a job from the next frame on. A job that is scheduled twice runs once.
 *
 * @param {Job} job
 */
export function schedule(job) {
  jobs.add(job);
  if (isFrameRequested) return;
  isFrameRequested = true;
  requestAnimationFrame(run);
}

/**
 * Run a job now, as far as the budget allows, and schedule the rest.
 *
 * @param {Job} job
 */
export function flush(job) {
  const start = performance.now();
  const isDone = flushedMs < FLUSH_BUDGET_MS && job(() => flushedMs + performance.now() - start < FLUSH_BUDGET_MS);
  flushedMs += performance.now() - start;
  if (!isDone) schedule(job);
  if (!isFrameRequested) {
    isFrameRequested = true;
    requestAnimationFrame(run);
  }
}

/** Resolve when no job is left. */
export async function settled() {
  while (jobs.size) await new Promise(requestAnimationFrame);
}

function run() {
  isFrameRequested = false;
  flushedMs = 0;
  const end = performance.now() + FRAME_BUDGET_MS;
  const hasTime = () => performance.now() < end;
  for (const job of [...jobs]) {
    jobs.delete(job);
    if (!hasTime() || !job(hasTime)) schedule(job);
  }
}

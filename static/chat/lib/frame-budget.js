/** Work that may take long, in slices, so that the page answers in between. */

/** @typedef {(hasTime: () => boolean) => boolean} Job does what there is time for; returns whether it is done */

/** What a frame has for it, in milliseconds. */
const BUDGET = 8;
/** What the page may take at once when it opens. */
const FIRST_BUDGET = 16;

/** @type {Set<Job>} */
const jobs = new Set();
let isAsked = false;
let firstSpent = 0;

/** Does a job from the next frame on. @param {Job} job */
export function schedule(job) {
  jobs.add(job);
  if (isAsked) return;
  isAsked = true;
  requestAnimationFrame(run);
}

/** Does a job now, as far as there is time, and the rest soon. @param {Job} job */
export function flush(job) {
  const start = performance.now();
  const isDone = firstSpent < FIRST_BUDGET && job(() => firstSpent + performance.now() - start < FIRST_BUDGET);
  firstSpent += performance.now() - start;
  if (!isDone) schedule(job);
  if (!isAsked) {
    isAsked = true;
    requestAnimationFrame(run);
  }
}

function run() {
  isAsked = false;
  firstSpent = 0;
  const end = performance.now() + BUDGET;
  const hasTime = () => performance.now() < end;
  for (const job of [...jobs]) {
    jobs.delete(job);
    if (!hasTime() || !job(hasTime)) schedule(job);
  }
}

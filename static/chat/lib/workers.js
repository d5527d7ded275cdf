/** Workers whose scripts are static files of the site. */

/** @param {string} url */
function createScriptURL(url) {
  const { origin, pathname } = new URL(url, location.href);
  if (origin !== location.origin || !pathname.startsWith("/static/")) throw new TypeError(`no script of ours: ${url}`);
  return url;
}

// The page's policy wants such an address if the browser has Trusted Types. A name can be given once in a page, and
// scripts that are loaded later have modules of their own.
window.workerPolicy ??= window.trustedTypes?.createPolicy("chat-worker", { createScriptURL });

/**
 * Start a worker. Throw an error if the browser can't.
 *
 * @param {string} url of its script
 */
export const startWorker = (url) =>
  new Worker(/** @type {string} */ (window.workerPolicy?.createScriptURL(url) ?? createScriptURL(url)), {
    type: "module",
  });

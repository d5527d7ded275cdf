import { gettext } from "chat/lib/translations";

/** How long a request may take before it is aborted, in milliseconds. */
const TIMEOUT_MS = 30_000;

/** Return Django's CSRF token. Signing in again, in any tab, changes it. */
export function csrfToken() {
  // With https, its cookie is one that only this host can set.
  const name = location.protocol === "https:" ? "__Host-csrftoken" : "csrftoken";
  const cookie = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
  return cookie?.slice(name.length + 1) ?? "";
}

/**
 * Send a request to the site and return its response.
 *
 * If the request fails, throw an Error whose message is a sentence for the person. If the signal aborts it, throw the
 * signal's reason.
 *
 * @param {string} method
 * @param {string} url
 * @param {Record<string, unknown>} [body] sent as JSON
 * @param {AbortSignal} [signal]
 */
export async function request(method, url, body, signal) {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  let response;
  try {
    response = await fetch(url, {
      method,
      headers: { "X-CSRFToken": csrfToken(), ...(body && { "Content-Type": "application/json" }) },
      body: body && JSON.stringify(body),
      // A deletion must reach the server even if the person leaves the page at the same moment.
      keepalive: method === "DELETE",
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Error(gettext("The connection was lost. Try again."));
  }
  if (response.ok && !response.redirected) return response;
  throw new Error((await messageOf(response)) ?? gettext("Something went wrong. Try again in a moment."));
}

/**
 * Fetch a page of the site. The browser parses it itself, so no text becomes HTML.
 *
 * The status is 0 if the connection was lost, took too long, or was aborted. There is a page if the status is 200.
 *
 * @param {string} url
 * @param {AbortSignal} [signal]
 * @returns {Promise<{status: number, page: Document | null, isRedirected: boolean}>}
 */
export function fetchDocument(url, signal) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("GET", url);
    request.responseType = "document";
    request.timeout = TIMEOUT_MS;
    request.onloadend = () => {
      const { status, responseURL } = request;
      const wanted = new URL(url, location.href);
      const isRedirected = Boolean(status) && new URL(responseURL).pathname !== wanted.pathname;
      // Other answers may be no HTML, of which a browser makes a document with styles that the policy forbids.
      resolve({ status, page: status === 200 ? request.responseXML : null, isRedirected });
    };
    signal?.addEventListener("abort", () => request.abort());
    request.send();
  });
}

/**
 * Return the message of a refusal: `{"error": {"code": …, "message": …}}`.
 *
 * @param {Response} response
 * @returns {Promise<string | undefined>}
 */
async function messageOf(response) {
  if (response.redirected || response.status === 403) return gettext("You're signed out. Sign in again to continue.");
  try {
    return (await response.json()).error.message;
  } catch {
    return undefined;
  }
}

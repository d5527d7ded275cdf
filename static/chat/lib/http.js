import { gettext } from "chat/lib/translations";

/** How long a request may take before it is given up, in milliseconds. */
const PATIENCE = 30_000;

/** The token by which Django knows that a request comes from its own page; signing in again, elsewhere, changes it. */
export function csrfToken() {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1] ?? "";
}

/**
 * A request to the site. Resolves to the answer; rejects with an Error whose message is a sentence for the person.
 *
 * @param {string} method
 * @param {string} url
 * @param {Record<string, unknown>} [body] sent as JSON
 * @param {AbortSignal} [signal]
 */
export async function request(method, url, body, signal) {
  const patience = AbortSignal.timeout(PATIENCE);
  let response;
  try {
    response = await fetch(url, {
      method,
      headers: { "X-CSRFToken": csrfToken(), ...(body && { "Content-Type": "application/json" }) },
      body: body && JSON.stringify(body),
      // It is meant although the page may be left at the same moment.
      keepalive: method === "DELETE",
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Error(gettext("The connection was lost. Try again."));
  }
  if (response.ok && !response.redirected) return response;
  throw new Error((await sentenceOf(response)) ?? gettext("Something went wrong. Try again in a moment."));
}

/**
 * The message of `{"error": {"code": …, "message": …}}`, as the site answers what it refuses.
 *
 * @param {Response} response
 * @returns {Promise<string | undefined>}
 */
async function sentenceOf(response) {
  if (response.redirected || response.status === 403) return gettext("You are signed out. Sign in again to go on.");
  try {
    return (await response.json()).error.message;
  } catch {
    return undefined;
  }
}

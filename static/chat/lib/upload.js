import { csrfToken } from "chat/lib/http";

/**
 * @typedef {{status: number, url: string, text: string}} UploadResult `url` is the one that answered, after redirects
 * @typedef {{
 *   onProgress: (share: number) => void,
 *   onText?: (text: string) => void,
 *   signal?: AbortSignal,
 * }} Options `onProgress` receives the share of the form that was sent, from 0 to 1; `onText`, the answer so far
 */

/** What may be otherwise a moment later: who is signed in, how long it takes, and how much comes at once. */
const PASSING = new Set([401, 403, 408, 429]);

/**
 * Return whether the server will refuse the same upload again.
 *
 * @param {number} status
 */
export const isFinal = (status) => status >= 400 && status < 500 && !PASSING.has(status);

/**
 * Send a form with a file by POST.
 *
 * Resolve to the server's answer, whatever its status. Reject with an Error if the connection is lost, and with an
 * AbortError if the signal aborts the request.
 *
 * @param {string} url
 * @param {FormData} form
 * @param {Options} options
 * @returns {Promise<UploadResult>}
 */
export function upload(url, form, { onProgress, onText, signal }) {
  // fetch() doesn't report the progress of an upload.
  const request = new XMLHttpRequest();
  request.open("POST", url);
  request.setRequestHeader("X-CSRFToken", csrfToken());
  request.upload.onprogress = ({ loaded, total }) => onProgress(loaded / total);
  request.upload.onload = () => onProgress(1);
  request.onprogress = () => onText?.(request.responseText);
  signal?.addEventListener("abort", () => request.abort());
  return new Promise((resolve, reject) => {
    request.onload = () => resolve({ status: request.status, url: request.responseURL, text: request.responseText });
    request.onerror = () => reject(new Error("the connection was lost"));
    request.onabort = () => reject(new DOMException("aborted", "AbortError"));
    request.send(form);
  });
}

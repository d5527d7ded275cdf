import { csrfToken } from "chat/lib/http";

/**
 * @typedef {{status: number, url: string, text: string}} Answer url is where it came from, after redirects
 * @typedef {{
 *   onProgress: (share: number) => void,
 *   onText?: (text: string) => void,
 *   signal?: AbortSignal,
 * }} Options onProgress hears which share of the form is sent, 1 when the server has it all; onText hears what of the
 *   answer has come
 */

/**
 * Send a form with a file by POST.
 *
 * Reject with an Error if the connection is lost, and with an AbortError if the signal aborts the request. A status that
 * means failure isn't an error.
 *
 * @param {string} url
 * @param {FormData} form
 * @param {Options} options
 * @returns {Promise<Answer>}
 */
export function upload(url, form, { onProgress, onText, signal }) {
  // fetch() does not tell how far an upload is.
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

import { csrfToken } from "chat/lib/http";
import { gettext, interpolate } from "chat/lib/translations";

/** @param {string} id */
export const attachmentUrl = (id) => `/attachments/${id}/`;

/** @param {string} id */
export const thumbnailUrl = (id) => `/attachments/${id}/thumbnail/`;

/** Why a picture was not taken, in a sentence for the person. */
export class UploadError extends Error {
  /**
   * @param {string} message
   * @param {boolean} isFinal whether the same picture will never be taken
   */
  constructor(message, isFinal) {
    super(message);
    this.isFinal = isFinal;
  }
}

/**
 * Uploads a picture. Resolves to its id; rejects with an UploadError, or an AbortError.
 *
 * @param {File} file
 * @param {(share: number) => void} onProgress called with the share of it that is sent, 0 to 1
 * @param {AbortSignal} signal
 * @returns {Promise<string>}
 */
export function upload(file, onProgress, signal) {
  // fetch() does not tell how far an upload is.
  const request = new XMLHttpRequest();
  request.open("POST", "/attachments/");
  request.setRequestHeader("X-CSRFToken", csrfToken());
  request.responseType = "json";
  request.upload.onprogress = ({ loaded, total }) => onProgress(loaded / total);
  signal.addEventListener("abort", () => request.abort());
  const form = new FormData();
  form.append("file", file);
  return new Promise((resolve, reject) => {
    request.onload = () => {
      if (request.status === 201) resolve(request.response.id);
      else reject(refusal(request, file));
    };
    request.onerror = () =>
      reject(
        new UploadError(named(gettext("“%(name)s” could not be uploaded: the connection was lost."), file), false),
      );
    request.onabort = () => reject(new DOMException("removed", "AbortError"));
    request.send(form);
  });
}

/** @param {string} id */
export async function discard(id) {
  await fetch(attachmentUrl(id), { method: "DELETE", headers: { "X-CSRFToken": csrfToken() } });
}

/**
 * @param {XMLHttpRequest} request
 * @param {File} file
 */
function refusal({ status, response }, file) {
  if (status === 401 || status === 403) {
    return new UploadError(gettext("You are signed out. Sign in again in another tab, then try again."), false);
  }
  const sentence =
    status === 413 ? gettext("“%(name)s” is too large.") : gettext("“%(name)s” could not be uploaded. Try again.");
  return new UploadError(response?.error?.message ?? named(sentence, file), status >= 400 && status < 500);
}

/**
 * @param {string} sentence
 * @param {File} file
 */
const named = (sentence, { name }) => interpolate(sentence, { name });

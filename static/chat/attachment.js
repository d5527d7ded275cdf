import { csrfToken } from "chat/http";

/** @param {string} id */
export const attachmentUrl = (id) => `/attachments/${id}/`;

/** @param {string} id */
export const thumbnailUrl = (id) => `/attachments/${id}/thumbnail/`;

/**
 * Uploads a picture. Resolves to its id; rejects with an Error whose message is a sentence for the person.
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
      else reject(new Error(request.response?.error?.message ?? refusal(request.status, file)));
    };
    request.onerror = () =>
      reject(new Error(`“${file.name}” could not be uploaded: the connection was lost. Try again.`));
    request.onabort = () => reject(new DOMException("removed", "AbortError"));
    request.send(form);
  });
}

/** @param {string} id */
export async function discard(id) {
  await fetch(attachmentUrl(id), { method: "DELETE", headers: { "X-CSRFToken": csrfToken() } });
}

/**
 * @param {number} status
 * @param {File} file
 */
function refusal(status, file) {
  if (status === 413) return `“${file.name}” is too large.`;
  if (status === 403 || status === 0) return "You are signed out. Sign in again in another tab, then try again.";
  return `“${file.name}” could not be uploaded. Try again.`;
}

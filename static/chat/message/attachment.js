import { filePart } from "chat/files/card";
import { csrfToken } from "chat/lib/http";
import { gettext, interpolate } from "chat/lib/translations";
import { isFinal, upload } from "chat/lib/upload";

/** @typedef {import("chat/live/protocol").Part} Part */

/** How many files are uploaded at once: the server reads one of a person at a time. */
const MAX_AT_ONCE = 2;

/** What waits for one of the uploads to end. @type {(() => void)[]} */
const waiting = [];
let running = 0;

/** @param {string} id */
export const attachmentUrl = (id) => `/attachments/${id}/`;

/** @param {string} id */
export const thumbnailUrl = (id) => `/attachments/${id}/thumbnail/`;

/** The reason why a file was not accepted, in a sentence for the person. */
export class UploadError extends Error {
  /**
   * @param {string} message
   * @param {boolean} isFinal whether trying again with the same file is pointless
   */
  constructor(message, isFinal) {
    super(message);
    this.isFinal = isFinal;
  }
}

/**
 * Upload a file when its turn comes. Resolves to the part of a message that it is; rejects with an UploadError, or with
 * an AbortError.
 *
 * @param {File} file
 * @param {(share: number) => void} onProgress called with the share that has been sent, 0 to 1
 * @param {AbortSignal} signal
 * @returns {Promise<Part>}
 */
export async function uploadFile(file, onProgress, signal) {
  if (running >= MAX_AT_ONCE) await new Promise((resolve) => waiting.push(() => resolve(undefined)));
  running += 1;
  try {
    signal.throwIfAborted();
    return await uploadNow(file, onProgress, signal);
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

/** @type {typeof uploadFile} */
async function uploadNow(file, onProgress, signal) {
  const form = new FormData();
  form.append("file", file);
  let answer;
  try {
    answer = await upload("/attachments/", form, { onProgress, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new UploadError(named(gettext("“%(name)s” couldn't be uploaded: the connection was lost."), file), false);
  }
  const { id, type, error, ...facts } = contentOf(answer.text);
  if (answer.status !== 201) throw refusal(answer.status, error?.message, file);
  if (type === "input_file") return filePart(id, facts);
  return { type: "input_image", detail: "auto", file_id: id, name: facts.name, tokens: facts.tokens ?? null };
}

/**
 * Delete an upload that will not be sent.
 *
 * @param {string} id
 */
export async function discard(id) {
  // If it doesn't arrive, the server removes the upload later, as one that was never sent.
  await fetch(attachmentUrl(id), { method: "DELETE", headers: { "X-CSRFToken": csrfToken() } }).catch(() => undefined);
}

/**
 * Parse the site's answer. A proxy in front of it may answer in something other than JSON.
 *
 * @param {string} text
 * @returns {{id: string, type?: string, error?: {message: string}} & import("chat/files/words").FileFacts}
 */
function contentOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { id: "" };
  }
}

/**
 * @param {number} status
 * @param {string | undefined} reason
 * @param {File} file
 */
function refusal(status, reason, file) {
  if (status === 401 || status === 403) {
    return new UploadError(gettext("You're signed out. Sign in again in another tab, then try again."), false);
  }
  const sentence =
    status === 413 ? gettext("“%(name)s” is too large.") : gettext("“%(name)s” couldn't be uploaded. Try again.");
  // 408: it took too long. 429: too much at once.
  // The server's reasons say "the file", and several may be uploaded at once.
  const namedReason = reason && interpolate(gettext("“%(name)s”: %(reason)s"), { name: file.name, reason });
  return new UploadError(namedReason || named(sentence, file), isFinal(status));
}

/**
 * @param {string} sentence
 * @param {File} file
 */
const named = (sentence, { name }) => interpolate(sentence, { name });

import { find } from "chat/lib/dom";
import { request } from "chat/lib/http";

/**
 * Show a reviewer what the provider said, and the sentence for somebody who need not tell an admin.
 *
 * @param {HTMLElement} failure
 * @param {string} id of the response
 */
export async function showReason(failure, id) {
  try {
    const { message, reason } = await (await request("GET", `/responses/${id}/failure/`)).json();
    find(failure, ".error", HTMLElement).textContent = message;
    const line = find(failure, ".reason", HTMLElement);
    line.textContent = reason;
    line.hidden = !reason;
  } catch {
    // The sentence for everybody stays.
  }
}

import { find } from "chat/lib/dom";
import { request } from "chat/lib/http";

/**
 * Show a reviewer why an answer failed: what the provider said, and the sentence for somebody who need not tell an admin.
 *
 * @param {import("chat/answer/response").ChatResponse} response
 */
export async function showReason(response) {
  if (response.dataset.status !== "failed" || !response.closest("[data-may-review]")) return;
  const failure = find(response, ".failure", HTMLElement);
  try {
    const { message, reason } = await (await request("GET", `/responses/${response.outputs.lastId}/failure/`)).json();
    find(failure, ".error", HTMLElement).textContent = message;
    const line = find(failure, ".reason", HTMLElement);
    line.textContent = reason;
    line.hidden = !reason;
  } catch {
    // The sentence for everybody stays.
  }
}

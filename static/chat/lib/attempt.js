import { request } from "chat/lib/http";
import { toast } from "chat/lib/toast";

/**
 * Send a request and return the response. If it fails, show why in the toast, and return undefined.
 *
 * @param {string} method
 * @param {string} address
 * @param {Record<string, unknown>} [body]
 */
export async function attempt(method, address, body) {
  try {
    return await request(method, address, body);
  } catch (error) {
    toast().show(/** @type {Error} */ (error).message);
    return undefined;
  }
}

/** Let the keys that undo everywhere press the toast's button, if it has one. */
export function listenForUndo() {
  document.addEventListener("keydown", (event) => {
    const isUndo = event.key === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey;
    const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
    const act = document.querySelector("page-toast .act:not([hidden])");
    if (isUndo && !isTyping && act instanceof HTMLElement) act.click();
  });
}

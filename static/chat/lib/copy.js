import { announce } from "chat/lib/announcer";
import { gettext } from "chat/lib/translations";

/** How long a button shows whether its text was copied, in milliseconds. */
const SHOW_STATUS_MS = 1500;

/**
 * Copy a text to the clipboard, and show on the button for a moment whether that worked.
 *
 * @param {HTMLButtonElement} button
 * @param {string} text
 */
export async function copy(button, text) {
  button.textContent = copyStatus(await writeClipboard(text));
  announce(button.textContent);
  setTimeout(() => {
    button.textContent = gettext("Copy");
  }, SHOW_STATUS_MS);
}

/**
 * Copy a text to the clipboard by a button that is an icon, and show beside it for a moment whether that worked.
 *
 * @param {HTMLButtonElement} button
 * @param {string} text
 * @param {string} [html] the same as HTML
 */
export async function copyByIcon(button, text, html) {
  const status = copyStatus(await writeClipboard(text, html));
  button.dataset.status = status;
  announce(status);
  setTimeout(() => button.removeAttribute("data-status"), SHOW_STATUS_MS);
}

/**
 * Return the label that says whether a text was copied.
 *
 * @param {boolean} isCopied
 */
export const copyStatus = (isCopied) => (isCopied ? gettext("Copied") : gettext("Couldn't copy"));

/**
 * Write a text to the clipboard.
 *
 * @param {string} text
 * @param {string} [html] the same as HTML, for pasting into rich text
 * @returns {Promise<boolean>} whether that worked
 */
export async function writeClipboard(text, html) {
  const formats = { "text/plain": text, ...(html && { "text/html": html }) };
  try {
    const blobs = Object.entries(formats).map(([type, content]) => [type, new Blob([content], { type })]);
    await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
    return true;
  } catch {
    return copySelection(formats);
  }
}

/**
 * Copy by a deprecated command, because pages served over plain HTTP from another machine lack `navigator.clipboard`.
 *
 * @param {Record<string, string>} formats the content by its media type
 */
function copySelection(formats) {
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.className = "visually-hidden";
  // Something must be selected for the event to fire; the event's data replaces it.
  area.value = formats["text/plain"];
  area.addEventListener("copy", (event) => {
    for (const [type, content] of Object.entries(formats)) event.clipboardData?.setData(type, content);
    event.preventDefault();
  });
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}

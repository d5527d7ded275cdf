import { announce } from "chat/lib/announcer";
import { gettext } from "chat/lib/translations";

/**
 * Copies a text and says so on the button for a moment.
 *
 * @param {HTMLButtonElement} button
 * @param {string} text
 */
export async function copy(button, text) {
  button.textContent = copyStatus(await writeClipboard(text));
  announce(button.textContent);
  setTimeout(() => {
    button.textContent = gettext("Copy");
  }, 1500);
}

/** @param {boolean} isCopied */
export const copyStatus = (isCopied) => (isCopied ? gettext("Copied") : gettext("Not copied"));

/**
 * Puts a text on the clipboard; where it is pasted into something that has rich text, the HTML is what arrives there.
 *
 * @param {string} text
 * @param {string} [html]
 * @returns {Promise<boolean>} whether that could be done
 */
export async function writeClipboard(text, html) {
  const kinds = { "text/plain": text, ...(html && { "text/html": html }) };
  try {
    const blobs = Object.entries(kinds).map(([type, content]) => [type, new Blob([content], { type })]);
    await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
    return true;
  } catch {
    return writeBySelection(kinds);
  }
}

/**
 * `navigator.clipboard` is missing on pages served over plain http from another machine.
 *
 * @param {Record<string, string>} kinds
 */
function writeBySelection(kinds) {
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.className = "visually-hidden";
  // Something has to be selected; what is copied is put in its place.
  area.value = kinds["text/plain"];
  area.addEventListener("copy", (event) => {
    for (const [type, content] of Object.entries(kinds)) event.clipboardData?.setData(type, content);
    event.preventDefault();
  });
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}

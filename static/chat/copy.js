/**
 * Copies a text and says so on the button for a moment.
 *
 * @param {HTMLButtonElement} button
 * @param {string} text
 */
export async function copy(button, text) {
  button.textContent = (await write(text)) ? "Copied" : "Not copied";
  setTimeout(() => {
    button.textContent = "Copy";
  }, 1500);
}

/** @param {string} text */
async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return writeBySelection(text);
  }
}

/**
 * `navigator.clipboard` is missing on pages served over plain http from another machine.
 *
 * @param {string} text
 */
function writeBySelection(text) {
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.className = "visually-hidden";
  area.value = text;
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}

/** A listener that shows files in a dialog, whose links lead to pages of their own. The dialog's script is loaded then. */

import { find } from "chat/lib/dom";

const FILE_PATH = /^\/(?:attachments\/[0-9a-f-]{36}\/view|knowledge\/files\/[0-9a-f-]{36})\/$/;

document.addEventListener("click", async (event) => {
  const { target, button, ctrlKey, metaKey, shiftKey, altKey, defaultPrevented } = event;
  const link = target instanceof Element && target.closest("a[href]");
  const isPlain = !(defaultPrevented || button || ctrlKey || metaKey || shiftKey || altKey);
  if (!isPlain || !(link instanceof HTMLAnchorElement) || link.origin !== location.origin) return;
  if (!FILE_PATH.test(link.pathname) || link.closest("file-viewer")) return;
  event.preventDefault();
  try {
    const { script = "" } = find(document, "#file-dialog", HTMLTemplateElement).dataset;
    const { openFile } = await import(script);
    openFile(link.href, link.querySelector(".file-name")?.textContent || link.textContent || "");
  } catch {
    // After an update, the module may be gone.
    location.assign(link.href);
  }
});

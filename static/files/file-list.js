import { attempt } from "chat/lib/attempt";
import { find } from "chat/lib/dom";
import { toast } from "chat/lib/toast";
import { gettext, interpolate } from "chat/lib/translations";

/**
 * Delete the file of an entry, take the entry out of its list, and offer to undo that.
 *
 * @param {HTMLLIElement} entry
 * @param {string} address of the file: DELETE deletes it, PATCH restores it
 * @param {HTMLElement} none what is shown if the list is empty
 * @param {() => void} [changed] called after it was deleted, and after it was restored
 */
export async function deleteFile(entry, address, none, changed) {
  if (!(await attempt("DELETE", address))) return;
  const list = /** @type {HTMLElement} */ (entry.parentElement);
  const next = entry.nextElementSibling;
  const beside = (next ?? entry.previousElementSibling)?.querySelector(".delete");
  entry.remove();
  none.hidden = list.childElementCount > 0;
  find(beside?.parentElement ?? document, beside ? ".delete" : ".back a", HTMLElement).focus();
  changed?.();
  const words = interpolate(gettext("“%(title)s” was deleted."), { title: entry.dataset.name ?? "" });
  toast().show(words, gettext("Undo"), async () => {
    if (!(await attempt("PATCH", address))) return;
    list.insertBefore(entry, next?.isConnected ? next : null);
    none.hidden = true;
    find(entry, ".delete", HTMLElement).focus();
    changed?.();
  });
}

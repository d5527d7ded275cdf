import { fromTemplate } from "chat/lib/dom";
import { isOfInputMethod, isSendKey } from "chat/lib/field";
import { labelOf } from "chat/list/entry";

/**
 * Edit an entry's title in place. Resolve to the new title, or to nothing if it is unchanged or the person cancels.
 *
 * @param {HTMLElement} entry
 * @returns {Promise<string | undefined>}
 */
export function editTitle(entry) {
  const label = labelOf(entry);
  const field = fromTemplate("#rename-template", HTMLInputElement);
  field.value = label.title;
  entry.toggleAttribute("data-renaming", true);
  label.before(field);
  field.focus();
  field.select();
  return new Promise((resolve) => {
    let isOver = false;

    /** @param {boolean} isSaved */
    function end(isSaved) {
      if (isOver) return;
      isOver = true;
      const title = field.value.trim();
      const hadFocus = document.activeElement === field;
      field.remove();
      entry.removeAttribute("data-renaming");
      if (hadFocus) label.focus();
      resolve(isSaved && title && title !== label.title ? title : undefined);
    }

    field.onblur = () => end(true);
    field.onkeydown = (event) => {
      if (isSendKey(event)) end(true);
      else if (event.key === "Escape" && !isOfInputMethod(event)) end(false);
      else return;
      event.preventDefault();
    };
  });
}

import { find } from "chat/lib/dom";
import { gettext } from "chat/lib/translations";

/** Where the list is a drawer; the same as in list.css. */
const NARROW = matchMedia("(width < 48rem)");

/**
 * Makes the list a drawer over the thread where the screen is narrow.
 *
 * @param {HTMLElement} list
 */
export function makeDrawer(list) {
  const button = find(document, ".drawer-button", HTMLButtonElement);
  const isOpen = () => list.hasAttribute("data-open");

  /** @param {boolean} isWanted */
  function toggle(isWanted) {
    list.toggleAttribute("data-open", isWanted);
    button.ariaExpanded = String(isWanted);
    button.ariaLabel = isWanted ? gettext("Hide conversations") : gettext("Show conversations");
    find(document, "main", HTMLElement).inert = isWanted;
    if (isWanted) find(list, "a", HTMLAnchorElement).focus();
    else button.focus();
  }

  button.onclick = () => toggle(!isOpen());
  list.addEventListener("click", ({ target }) => target === list && toggle(false));
  list.addEventListener("hit", () => isOpen() && toggle(false));
  document.addEventListener("keydown", ({ key, defaultPrevented }) => {
    // What lies over the drawer is closed first.
    if (key === "Escape" && isOpen() && !defaultPrevented && !document.querySelector(":popover-open")) toggle(false);
  });
  NARROW.addEventListener("change", () => isOpen() && toggle(false));
}

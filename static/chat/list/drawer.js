import { find } from "chat/lib/dom";
import { gettext } from "chat/lib/translations";

/** The width below which the list is a drawer, as in list.css. */
const NARROW = matchMedia("(width < 48rem)");

/**
 * Make the list a drawer over the thread on narrow screens.
 *
 * @param {HTMLElement} list
 */
export function makeDrawer(list) {
  const button = find(document, ".drawer-button", HTMLButtonElement);
  const isOpen = () => list.hasAttribute("data-open");

  /** @param {boolean} isOpening */
  function toggle(isOpening) {
    list.toggleAttribute("data-open", isOpening);
    button.ariaExpanded = String(isOpening);
    button.ariaLabel = isOpening ? gettext("Hide conversations") : gettext("Show conversations");
    find(document, "main", HTMLElement).inert = isOpening;
    if (isOpening) find(list, "a", HTMLAnchorElement).focus();
    else button.focus();
  }

  button.onclick = () => toggle(!isOpen());
  list.addEventListener("click", ({ target }) => target === list && toggle(false));
  list.addEventListener("hit", () => isOpen() && toggle(false));
  document.addEventListener("keydown", ({ key, defaultPrevented }) => {
    // Escape closes a popover over the drawer first.
    if (key === "Escape" && isOpen() && !defaultPrevented && !document.querySelector(":popover-open")) toggle(false);
  });
  NARROW.addEventListener("change", () => isOpen() && toggle(false));
}

import { find } from "chat/lib/dom";
import { isOfInputMethod } from "chat/lib/field";
import { gettext } from "chat/lib/translations";

/** The width below which the list is a drawer, as in list.css. */
const NARROW = matchMedia("(width < 48rem)");
/** The class of a page that hides the list beside the thread. */
const HIDDEN = "list-hidden";
const YEAR_SECONDS = 31_536_000;

/**
 * Let the header's button show and hide the list: as a drawer over the thread on narrow screens, beside it on others.
 *
 * The browser remembers in a cookie that the list beside the thread is hidden, so that the server draws the page so.
 *
 * @param {HTMLElement} list
 * @returns {() => void} closes the drawer if it is open
 */
export function makeDrawer(list) {
  const button = find(document, ".drawer-button", HTMLButtonElement);
  const isOpen = () => (NARROW.matches ? list.hasAttribute("data-open") : !document.body.classList.contains(HIDDEN));

  function updateButton() {
    button.ariaExpanded = String(isOpen());
    button.title = isOpen() ? gettext("Hide conversations") : gettext("Show conversations");
    button.ariaLabel = button.title;
  }

  /** @param {boolean} isOpening */
  function slide(isOpening) {
    list.toggleAttribute("data-open", isOpening);
    // The toast about what was done in the list lies over it.
    const covered = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("main > :not(page-toast)"));
    for (const part of covered) part.inert = isOpening;
    updateButton();
    if (isOpening) find(list, "a", HTMLAnchorElement).focus();
    else button.focus();
  }

  /** @param {boolean} isHidden */
  function hide(isHidden) {
    document.body.classList.toggle(HIDDEN, isHidden);
    // biome-ignore lint/suspicious/noDocumentCookie: not every browser has the cookie store, and none over plain HTTP.
    document.cookie = `list=${isHidden ? "hidden" : ""}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
    updateButton();
  }

  button.onclick = () => (NARROW.matches ? slide(!isOpen()) : hide(isOpen()));
  const close = () => {
    if (NARROW.matches && isOpen()) slide(false);
  };
  list.addEventListener("click", ({ target }) => target === list && close());
  list.addEventListener("hit", close);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || isOfInputMethod(event)) return;
    // Escape closes a popover over the drawer first.
    if (!document.querySelector(":popover-open")) close();
  });
  NARROW.addEventListener("change", () => {
    if (list.hasAttribute("data-open")) slide(false);
    updateButton();
  });
  updateButton();
  return close;
}

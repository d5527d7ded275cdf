import { find } from "chat/lib/dom";
import { gettext } from "chat/lib/translations";

/** @type {Record<string, string>} */
const SENTENCES = {
  open: "",
  waiting: gettext("Reconnecting…"),
  unreachable: gettext(
    "The live connection can't be made, so nothing can be asked or answered. This page keeps trying; if it lasts, tell whoever runs this site.",
  ),
  ended: "",
};

/**
 * Says in one calm line how the connection is.
 *
 * @param {string} state
 */
export function showStatus(state) {
  const line = find(document, ".status", HTMLElement);
  line.textContent = SENTENCES[state];
  line.hidden = !SENTENCES[state];
}

/** Offer to sign in again, which leads back to where the page is now. */
export function showSignedOut() {
  const line = find(document, ".signed-out", HTMLElement);
  const next = location.pathname + location.search;
  find(line, "a", HTMLAnchorElement).search = String(new URLSearchParams({ next }));
  line.hidden = false;
}

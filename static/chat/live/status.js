import { find } from "chat/lib/dom";
import { gettext } from "chat/lib/translations";

/** @type {Record<string, string>} */
const SENTENCES = {
  open: "",
  waiting: gettext("Reconnecting…"),
  unreachable: gettext(
    "Can't connect, so you can't send messages or receive answers. This page keeps trying. If that doesn't help, tell your admin.",
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

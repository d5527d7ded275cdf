import { find } from "chat/lib/dom";
import { gettext } from "chat/lib/translations";

/** @type {Record<string, string>} */
const SENTENCES = {
  open: "",
  waiting: gettext("Reconnecting…"),
  unreachable: gettext("Can't connect, so you can't send messages. Still trying; if this lasts, tell your admin."),
  ended: "",
};

/**
 * Show the state of the connection in one line, and at messages and answers that wait for it (connection.css).
 *
 * @param {string} state
 */
export function showStatus(state) {
  document.documentElement.dataset.connection = state;
  const line = find(document, ".status", HTMLElement);
  line.textContent = SENTENCES[state];
  line.hidden = !SENTENCES[state];
}

/** Offer a link to sign in again that leads back to the current page. */
export function showSignedOut() {
  document.documentElement.dataset.connection = "signed-out";
  const line = find(document, ".signed-out", HTMLElement);
  const next = location.pathname + location.search;
  find(line, "a", HTMLAnchorElement).search = String(new URLSearchParams({ next }));
  line.hidden = false;
}

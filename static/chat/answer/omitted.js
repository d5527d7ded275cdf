import { interpolate, ngettext } from "chat/lib/translations";

/**
 * Say how many of the oldest messages weren't sent.
 *
 * @param {HTMLElement} notice
 * @param {number} count
 */
export function showOmitted(notice, count) {
  notice.dataset.count = String(count);
  const text = ngettext(
    "The oldest message wasn't sent: the conversation is longer than the model's context window.",
    "The %(count)s oldest messages weren't sent: the conversation is longer than the model's context window.",
    count,
  );
  notice.textContent = interpolate(text, { count });
}

import { gettext, interpolate } from "chat/lib/translations";

/** About as many characters as make a token, in the languages that most people write. */
const CHARACTERS_PER_TOKEN = 4;
/** Below this share of the window, nobody needs to know. */
const MIN_SHARE = 0.05;
/** From this share on, the person is warned. */
const WARNING_SHARE = 0.8;

/**
 * @typedef {object} Turn a message and its answer
 * @property {number} tokens of it and all before it, as the provider counted them; 0 if it didn't
 * @property {number} characters of the message and the answer
 * @typedef {{tokens: number, window: number, share: number, isEstimate: boolean, isWarning: boolean}} ContextUse
 */

/**
 * Return how much of a model's context window a conversation uses; null if that isn't known, or is too little to show.
 *
 * @param {readonly Turn[]} turns oldest first
 * @param {number | null | undefined} window in tokens
 * @returns {ContextUse | null}
 */
export function contextUse(turns, window) {
  if (!window) return null;
  const counted = turns.findLastIndex(({ tokens }) => tokens > 0);
  const characters = turns.slice(counted + 1).reduce((sum, turn) => sum + turn.characters, 0);
  const tokens = (turns[counted]?.tokens ?? 0) + Math.ceil(characters / CHARACTERS_PER_TOKEN);
  const share = Math.min(1, tokens / window);
  if (share < MIN_SHARE) return null;
  return { tokens, window, share, isEstimate: characters > 0, isWarning: share >= WARNING_SHARE };
}

/**
 * Say how much of the window is used.
 *
 * @param {ContextUse} use
 * @param {string} [language]
 */
export function inWords({ tokens, window, share, isEstimate }, language) {
  const sentence = isEstimate
    ? gettext("Context: about %(share)s used, %(used)s of %(window)s tokens.")
    : gettext("Context: %(share)s used, %(used)s of %(window)s tokens.");
  return interpolate(sentence, {
    share: share.toLocaleString(language, { style: "percent" }),
    used: tokens.toLocaleString(language),
    window: window.toLocaleString(language),
  });
}

/** Reads the answers of the page to who can't see them: in whole sentences, at a calm pace, and how each one ended. */

import { announce } from "chat/lib/announcer";
import { gettext } from "chat/lib/translations";
import { isEnd, QUEUED, REFUSAL_DELTA, readableParts, TEXT_DELTA } from "chat/live/protocol";
import { Sentences } from "chat/markdown/sentences";

/** @typedef {import("chat/live/protocol").ResponseEvent} ResponseEvent */

/** How often something is said, in milliseconds: what comes meanwhile is said in one go. */
const PACE = 1500;

/** The response that is read, and the place in its output. */
let reading = "";
let place = "";
let sentences = new Sentences();
let timer = 0;

document.addEventListener("advance", (event) => {
  const { target, detail } = /** @type {CustomEvent<ResponseEvent>} */ (event);
  follow(detail, /** @type {import("chat/answer/response").ChatResponse} */ (target));
});

/**
 * @param {ResponseEvent} event
 * @param {{answer: string}} response as it is now
 */
function follow(event, response) {
  const { type, response_id, delta = "" } = event;
  if (type === TEXT_DELTA || type === REFUSAL_DELTA) {
    if (reading === response_id) read(`${event.output_index} ${event.content_index}`, delta);
    else begin(response_id, response.answer);
  } else if (isEnd(type)) {
    end(type, response_id);
  } else if (type === QUEUED) {
    begin(response_id, "");
  } else if (event.response?.output) {
    // Another process took over, and says what there is so far.
    begin(
      response_id,
      readableParts(event.response.output)
        .map(({ text }) => text)
        .join("\n\n"),
    );
  }
}

/**
 * @param {string} response
 * @param {string} text what stands there already, which is not read
 */
function begin(response, text) {
  reading = response;
  place = "";
  sentences = new Sentences();
  sentences.write(text);
  sentences.take();
}

/**
 * @param {string} where
 * @param {string} delta
 */
function read(where, delta) {
  // A part of its own begins with a sentence of its own.
  if (place && place !== where) sentences.write("\n\n");
  place = where;
  sentences.write(delta);
  timer ||= setTimeout(() => {
    timer = 0;
    say(sentences.take());
  }, PACE);
}

/**
 * @param {string} type
 * @param {string} response
 */
function end(type, response) {
  clearTimeout(timer);
  timer = 0;
  // A sentence that was cut off is not said.
  const isWhole = type === "response.completed";
  const rest = reading !== response ? [] : isWhole ? sentences.end() : sentences.take();
  reading = "";
  say([...rest, ...howItEnded(type)]);
}

/** @param {string} type */
function howItEnded(type) {
  if (type === "response.completed") return [gettext("Answer complete.")];
  if (type === "response.cancelled") return [gettext("Stopped.")];
  // Why an answer failed is an alert where it stands.
  return type === "response.incomplete" ? [gettext("The answer was cut off.")] : [];
}

/** @param {string[]} said */
function say(said) {
  if (said.length && !document.hidden) announce(...said);
}

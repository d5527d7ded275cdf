/** Announces the answers of the page to screen readers: in whole sentences, at a calm pace, and how each one ended. */

import { announce } from "chat/lib/announcer";
import { gettext } from "chat/lib/translations";
import { isEnd, QUEUED, REFUSAL_DELTA, readableParts, TEXT_DELTA, WAITING } from "chat/live/protocol";
import { Sentences } from "chat/markdown/sentences";

/** @typedef {import("chat/live/protocol").ResponseEvent} ResponseEvent */

/** How often something is announced, in milliseconds. What arrives in between is announced together. */
const ANNOUNCE_EVERY_MS = 1500;

/** The response that is being read, and the part of its output. */
let currentResponse = "";
let currentPart = "";
let sentences = new Sentences();
let timer = 0;

document.addEventListener("advance", (event) => {
  const { target, detail } = /** @type {CustomEvent<ResponseEvent>} */ (event);
  follow(detail, /** @type {import("chat/answer/response").ChatResponse} */ (target));
});

document.addEventListener("leave", () => {
  clearTimeout(timer);
  timer = 0;
  currentResponse = "";
});

/**
 * Follow an event of a response.
 *
 * @param {ResponseEvent} event
 * @param {import("chat/answer/response").ChatResponse} response as it is now
 */
function follow(event, response) {
  const { type, response_id, delta = "" } = event;
  if (type === TEXT_DELTA && response.querySelector("structured-text")) {
    // Nobody wants to hear JSON. The table is there when it is complete.
  } else if (type === TEXT_DELTA || type === REFUSAL_DELTA) {
    if (currentResponse === response_id) read(`${event.output_index} ${event.content_index}`, delta);
    else begin(response_id, response.answer);
  } else if (isEnd(type)) {
    // After calls of tools, the answer goes on.
    end(type, response_id, response.hasEnded ? howItEnded(type) : []);
  } else if (type === WAITING) {
    say([gettext("The answer waits for you: allow a tool, or don't.")]);
  } else if (type === QUEUED) {
    begin(response_id, "");
  } else if (event.response?.output) {
    // Another process took over, and sends the output so far.
    begin(
      response_id,
      readableParts(event.response.output)
        .map(({ text }) => text)
        .join("\n\n"),
    );
  }
}

/**
 * Begin to read a response.
 *
 * @param {string} response
 * @param {string} text the text so far, which is not read
 */
function begin(response, text) {
  currentResponse = response;
  currentPart = "";
  sentences = new Sentences();
  sentences.write(text);
  sentences.take();
}

/**
 * Read a delta, when its sentence is complete.
 *
 * @param {string} part the part that it belongs to
 * @param {string} delta
 */
function read(part, delta) {
  // A new part begins a new sentence.
  if (currentPart && currentPart !== part) sentences.write("\n\n");
  currentPart = part;
  sentences.write(delta);
  timer ||= setTimeout(() => {
    timer = 0;
    say(sentences.take());
  }, ANNOUNCE_EVERY_MS);
}

/**
 * Read what is left of a response, and say how it ended.
 *
 * @param {string} type of the terminal event
 * @param {string} response
 * @param {string[]} how it ended, in sentences
 */
function end(type, response, how) {
  clearTimeout(timer);
  timer = 0;
  // A sentence that was cut off is not read.
  const isWhole = type === "response.completed";
  const rest = currentResponse !== response ? [] : isWhole ? sentences.end() : sentences.take();
  currentResponse = "";
  say([...rest, ...how]);
}

/** @param {string} type */
function howItEnded(type) {
  if (type === "response.completed") return [gettext("Answer complete.")];
  if (type === "response.cancelled") return [gettext("Stopped.")];
  // The reason why an answer failed is announced already, because it is an alert.
  return type === "response.incomplete" ? [gettext("The answer was cut off.")] : [];
}

/** @param {string[]} texts */
function say(texts) {
  if (texts.length && !document.hidden) announce(...texts);
}

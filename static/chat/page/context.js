import { AnswerDetails } from "chat/answer/details";
import { find } from "chat/lib/dom";
import { ContextMeter } from "chat/message/context-meter";
import { textOf } from "chat/message/message";
import { Branch } from "chat/thread/branch";

/**
 * @typedef {import("chat/answer/response").ChatResponse} ChatResponse
 * @typedef {import("chat/message/context-use").Turn} Turn
 * @typedef {import("chat/message/picker").ModelPicker} ModelPicker
 * @typedef {import("chat/thread/thread").ChatThread} ChatThread
 */

/** A controller that measures how much of the context window the branch uses, for the meter beside the message field. */
export class ContextMeasurement {
  #branch;
  #meter = find(document, "context-meter", ContextMeter);

  /**
   * @param {ChatThread} thread
   * @param {ModelPicker} picker
   */
  constructor(thread, picker) {
    this.#branch = new Branch(thread);
    const showWindow = () => {
      this.#meter.window = picker.target.context_window;
    };
    picker.addEventListener("change", showWindow);
    showWindow();
    this.update();
  }

  /** Measure again. Call this when an answer begins or ends, not for every event: it may read the whole branch. */
  update() {
    const { responses, end } = this.#branch;
    const ended = responses.filter(({ responseId, hasEnded }) => responseId && hasEnded);
    this.#meter.turns = end ? [] : ended.map(turnOf);
  }
}

/**
 * @param {ChatResponse} response
 * @returns {Turn}
 */
const turnOf = (response) => ({
  tokens: find(response, "answer-details", AnswerDetails).tokens,
  // Read only if it is needed, because that takes long.
  get characters() {
    return textOf(response.content).length + response.answer.length;
  },
});

import { compactionOf } from "chat/answer/compaction";
import { AnswerDetails } from "chat/answer/details";
import { announce } from "chat/lib/announcer";
import { find } from "chat/lib/dom";
import { PageToast } from "chat/lib/toast";
import { gettext } from "chat/lib/translations";
import { COMPACT, COUNT, COUNTED } from "chat/live/protocol";
import { ContextMeter } from "chat/message/context-meter";
import { textOf } from "chat/message/message";
import { Branch } from "chat/thread/branch";

/**
 * @typedef {import("chat/answer/response").ChatResponse} ChatResponse
 * @typedef {import("chat/live/protocol").Compaction} Compaction
 * @typedef {import("chat/live/protocol").CountedEvent} CountedEvent
 * @typedef {import("chat/live/protocol").ResponseEvent} ResponseEvent
 * @typedef {import("chat/live/socket").ChatSocket} ChatSocket
 * @typedef {import("chat/message/context-use").Turn} Turn
 * @typedef {import("chat/message/picker").ModelPicker} ModelPicker
 * @typedef {import("chat/thread/thread").ChatThread} ChatThread
 */

/**
 * A controller that measures how much of the context window the branch uses, for the meter beside the message field, and
 * has the branch compacted when the person wishes it there.
 */
export class ContextMeasurement {
  #branch;
  #meter = find(document, "context-meter", ContextMeter);
  /** The response for whose branch a compaction was asked for here. */ #compacting = "";

  /**
   * @param {ChatThread} thread
   * @param {ModelPicker} picker
   * @param {ChatSocket} socket
   */
  constructor(thread, picker, socket) {
    this.#branch = new Branch(thread);
    const showWindow = () => {
      this.#meter.window = picker.target.context_window;
    };
    picker.addEventListener("change", showWindow);
    showWindow();
    const end = () => ({ response_id: this.#branch.lastAccepted });
    this.#meter.addEventListener("count", () => socket.send({ type: COUNT, ...end() }));
    this.#meter.addEventListener("compact", () => {
      if (!socket.send({ type: COMPACT, ...end() })) return;
      this.#compacting = end().response_id;
      this.#meter.isCompacting = true;
    });
    this.update();
  }

  /** Measure again. Call this when an answer begins or ends, not for every event: it may read the whole branch. */
  update() {
    const { responses, end } = this.#branch;
    const ended = responses.filter(({ responseId, hasEnded }) => responseId && hasEnded);
    this.#meter.turns = end ? [] : measured(ended);
    this.#meter.mayCompact = ended.length === responses.length && !compactionOf(ended.at(-1) ?? document.body);
  }

  /** @param {ResponseEvent} event */
  receive({ type, response_id, response, compaction, ...rest }) {
    if (type === COUNTED && response_id === this.#branch.lastAccepted)
      this.#meter.counted = /** @type {CountedEvent} */ (/** @type {unknown} */ (rest)).tokens;
    if (compaction) this.#noteCompaction(compaction);
    if (response || compaction) this.update();
  }

  /** Note that a command was refused. */
  refused() {
    this.#compacting = "";
    this.#meter.isCompacting = false;
  }

  /** @param {Compaction} compaction */
  #noteCompaction({ status, error }) {
    if (status === "in_progress") return announce(gettext("Summarizing the conversation…"));
    const wasAsked = Boolean(this.#compacting);
    this.refused();
    if (status === "completed") announce(gettext("Earlier messages are summarized for the model"));
    if (status === "failed" && wasAsked) {
      const why = gettext(error?.message ?? "");
      const sentence = gettext("The conversation couldn't be summarized.");
      find(document, "page-toast", PageToast).show([sentence, why].filter(Boolean).join(" "));
    }
  }
}

/**
 * Return what a model is told: the turns, or a compaction in place of the first ones.
 *
 * @param {readonly ChatResponse[]} responses
 * @returns {Turn[]}
 */
function measured(responses) {
  const place = responses.findLastIndex((response) => compactionOf(response));
  const compaction = place < 0 ? null : compactionOf(responses[place]);
  const since = compaction?.createdAt ?? 0;
  const turns = responses.slice(place + 1).map((response) => turnOf(response, since));
  return compaction ? [{ tokens: 0, characters: compaction.characters }, ...turns] : turns;
}

/**
 * @param {ChatResponse} response
 * @param {number} since when the compaction was made: what was counted before is more than a model is told now
 * @returns {Turn}
 */
function turnOf(response, since) {
  const details = find(response, "answer-details", AnswerDetails);
  return {
    tokens: Number(details.dataset.completedAt) >= since ? details.tokens : 0,
    // Read only if it is needed, because that takes long.
    get characters() {
      return textOf(response.content).length + response.answer.length;
    },
  };
}

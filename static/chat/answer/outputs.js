import { ResponseOutput } from "chat/answer/output";
import { isOpen } from "chat/items/calls";
import { fromTemplate } from "chat/lib/dom";

const PREFIX = "output-";

/** The outputs of the responses of a turn, in their order: that of its first response, and those of its steps. */
export class TurnOutputs {
  #turn;

  /** @param {HTMLElement} turn */
  constructor(turn) {
    this.#turn = turn;
  }

  get all() {
    return /** @type {ResponseOutput[]} */ ([...this.#turn.querySelectorAll("response-output")]);
  }

  get last() {
    return /** @type {ResponseOutput} */ (this.all.at(-1));
  }

  /** The ids of the responses that the server has accepted. */
  get ids() {
    return this.all.map(({ id }) => id.replace(PREFIX, "")).filter(Boolean);
  }

  /** The id of the last response, which a message continues; empty if the server hasn't accepted the message. */
  get lastId() {
    return this.ids.at(-1) ?? "";
  }

  get text() {
    const texts = this.all.map(({ text }) => text);
    return texts.filter(Boolean).join("\n\n");
  }

  /** What has been seen of the responses that go on, or whose calls do: their ids, each with its last number. */
  get unended() {
    const { all, last } = this;
    const unended = all.filter((output) => output === last || output.calls.some(isOpen));
    return unended.map((output) => [output.id.replace(PREFIX, ""), sequenceNumberOf(output)]);
  }

  /** Set the id of the first response. */
  set firstId(/** @type {string} */ id) {
    this.all[0].id = PREFIX + id;
  }

  /**
   * Find the output of a response.
   *
   * @param {string} id
   */
  of(id) {
    return this.all.find((output) => output.id === PREFIX + id);
  }

  /** Add the output of a step. @param {string} id of the step */
  add(id) {
    const output = fromTemplate("#output-template", ResponseOutput);
    output.id = PREFIX + id;
    this.last.after(output);
  }

  /** Show that calls which had not ended were stopped with their turn: no log tells of that if they waited. */
  stopCalls() {
    for (const output of this.all)
      for (const call of output.calls.filter(isOpen)) output.showCall({ ...call, status: "cancelled" });
  }

  /**
   * Find the turn of a response, wherever it is in the page.
   *
   * @param {string} id
   */
  static turnOf(id) {
    return document.getElementById(PREFIX + id)?.closest("chat-response");
  }
}

/**
 * Return the number of the last event of a response that its output shows, or -1.
 *
 * @param {ResponseOutput} output
 */
export const sequenceNumberOf = ({ dataset }) => Number(dataset.sequenceNumber || -1);

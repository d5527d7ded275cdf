import { uuid } from "chat/lib/uuid";
import { contentOf } from "chat/live/protocol";

/**
 * @typedef {import("chat/live/protocol").CreateCommand} CreateCommand
 * @typedef {import("chat/live/protocol").ResponseEvent} ResponseEvent
 */

/** The last question that failed on the server, which may have stored it all the same. */
export class SecondTry {
  /** @type {CreateCommand | null} */ #failed = null;

  /** @param {CreateCommand | null} command null where what was refused is known not to be stored */
  set failed(command) {
    this.#failed = command;
  }

  /**
   * The command with an id: the failed one's where it is the same question, so that it is not asked twice.
   *
   * @param {Omit<CreateCommand, "client_message_id">} command
   * @returns {CreateCommand}
   */
  named(command) {
    const again = this.#failed && { ...command, client_message_id: this.#failed.client_message_id };
    return again && isSame(again, this.#failed) ? again : { ...command, client_message_id: uuid() };
  }

  /**
   * Whether the event says that the failed question is stored, and this is its content, which nobody needs any more.
   *
   * @param {ResponseEvent} event
   * @param {import("chat/live/protocol").Part[]} content
   */
  isSettledBy(event, content) {
    const failed = this.#failed;
    if (!failed || event.response?.metadata?.client_message_id !== failed.client_message_id) return false;
    this.#failed = null;
    return isSame(content, contentOf(failed.input));
  }
}

/**
 * @param {unknown} one
 * @param {unknown} other
 */
function isSame(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

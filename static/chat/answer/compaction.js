import { formatTime } from "chat/answer/details";
import { find, fromTemplate } from "chat/lib/dom";
import { request } from "chat/lib/http";
import { PageToast } from "chat/lib/toast";
import { gettext } from "chat/lib/translations";

/** @typedef {import("chat/live/protocol").Compaction} Compaction */

/** About as much as what only the provider can read. */
const SEALED_CHARACTERS = 4000;

/**
 * The notice after a turn that the model gets a summary in place of it and all before it. "Undo" takes that back; the
 * notice goes when the server says so.
 */
export class BranchCompaction extends HTMLElement {
  connectedCallback() {
    const button = /** @type {HTMLButtonElement | null} */ (this.querySelector(".undo"));
    if (button) button.onclick = () => this.#takeBack(button);
  }

  get compactionId() {
    return this.dataset.id ?? "";
  }

  /** About how many characters the model gets. */
  get characters() {
    return find(this, ".text", HTMLElement).textContent?.length || SEALED_CHARACTERS;
  }

  /** When it was made, in seconds since 1970. */
  get createdAt() {
    return Number(this.dataset.createdAt);
  }

  /** @param {Compaction} compaction */
  show({ id = "", kind = "", model = "", summary = "", created_at }) {
    this.dataset.id = id;
    this.dataset.kind = kind;
    this.dataset.createdAt = String(created_at ?? "");
    find(this, ".made", HTMLElement).textContent = [model, created_at && formatTime(created_at)]
      .filter(Boolean)
      .join(" · ");
    find(this, ".text", HTMLElement).textContent = summary;
  }

  /** @param {HTMLButtonElement} button */
  async #takeBack(button) {
    button.disabled = true;
    try {
      await request("DELETE", `/compactions/${this.compactionId}/`);
    } catch (error) {
      find(document, "page-toast", PageToast).show(error instanceof Error ? error.message : String(error));
    } finally {
      button.disabled = false;
    }
  }
}

/**
 * Find the compaction after a turn.
 *
 * @param {Element} turn
 */
export const compactionOf = (turn) =>
  /** @type {BranchCompaction | null} */ (turn.querySelector(":scope > branch-compaction"));

/**
 * Show what became of a compaction after a turn.
 *
 * @param {HTMLElement} turn
 * @param {Compaction} compaction
 */
export function showCompaction(turn, compaction) {
  const shown = compactionOf(turn);
  if (compaction.status === "taken_back" && shown?.compactionId === compaction.id) shown?.remove();
  if (compaction.status !== "completed") return;
  const notice = shown ?? fromTemplate("#compaction-template", BranchCompaction);
  notice.show(compaction);
  if (!shown) turn.append(notice);
}

/**
 * Say that an answer waits until what is before it is summarized.
 *
 * @param {HTMLElement} turn
 * @param {Compaction} compaction
 */
export function showProgress(turn, { status }) {
  const isWaiting = status === "in_progress";
  find(turn, ".thinking .what", HTMLElement).textContent = isWaiting
    ? gettext("Summarizing the conversation…")
    : gettext("Thinking…");
}

customElements.define("branch-compaction", BranchCompaction);

/** What an output cites and made, in the lists of its answer: the sources, and the files. */

import { AnswerFiles } from "chat/items/files";
import { filesOf } from "chat/items/made";
import { AnswerSources } from "chat/items/sources";

/** @typedef {import("chat/live/protocol").Item} Item */

/**
 * List all that an output cites and made.
 *
 * @param {Element} output
 * @param {Item[]} items
 * @param {unknown[]} annotations
 */
export function cite(output, items, annotations) {
  sourcesOf(output)?.cite(output, annotations);
  AnswerFiles.of(output)?.set(output, filesOf(items, annotations));
}

/**
 * List more of that.
 *
 * @param {Element} output
 * @param {Item[]} items
 * @param {unknown[]} annotations
 */
export function addCited(output, items, annotations) {
  for (const annotation of annotations) sourcesOf(output)?.add(output, annotation);
  AnswerFiles.of(output)?.add(output, filesOf(items, annotations));
}

/** @param {Element} output */
function sourcesOf(output) {
  const found = output.parentElement?.querySelector("answer-sources");
  return found instanceof AnswerSources ? found : null;
}

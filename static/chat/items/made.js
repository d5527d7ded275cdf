import { list, objects, string } from "chat/items/blocks";
import { attachmentUrl } from "chat/message/attachment";

/**
 * A file that a model made. `id` is empty if it couldn't be kept or was deleted, `width` and `height` are 0 if it is no
 * image.
 *
 * @typedef {{id: string, name: string, bytes: number, width: number, height: number, isDeleted: boolean}} MadeFile
 * @typedef {import("chat/live/protocol").Item} Item
 */

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const CITATION = "container_file_citation";

/** Return the address of a file of ours by its id; empty if it is none. @param {unknown} id */
export const fileUrl = (id) => (typeof id === "string" && ID.test(id) ? attachmentUrl(id) : "");

/**
 * Return the files among what a model made and cited.
 *
 * @param {Item[]} items
 * @param {unknown[]} annotations
 * @returns {MadeFile[]}
 */
export function filesOf(items, annotations) {
  const programs = objects(items).filter(({ type }) => type === "code_interpreter_call");
  const images = programs.flatMap(({ outputs }) => objects(outputs).filter(({ type }) => type === "image"));
  const cited = objects(annotations).filter(({ type }) => type === CITATION);
  return [...images, ...programs.flatMap(({ files }) => list(files)), ...cited]
    .map(fileOf)
    .filter((file) => file !== null);
}

/**
 * Return the file that stands in an item; null if it is none of ours, and wasn't to be one.
 *
 * @param {any} entry
 * @returns {MadeFile | null}
 */
function fileOf(entry) {
  const { file_id, filename, bytes, width, height, error } = entry ?? {};
  if (!fileUrl(file_id) && !error) return null;
  const [size, x, y] = [bytes, width, height].map((number) => (Number.isSafeInteger(number) ? number : 0));
  const isDeleted = error?.code === "deleted";
  return { id: fileUrl(file_id) && file_id, name: string(filename), bytes: size, width: x, height: y, isDeleted };
}

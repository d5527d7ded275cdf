import { list, objects, string, webUrl } from "chat/items/blocks";
import { addressOf, pageOf } from "chat/items/collection-file";

/**
 * `host` is the page of a file. `url` is empty for a file that can't be opened.
 *
 * @typedef {{title: string, url: string, host: string}} Source
 */

/**
 * Return the annotations of an output's messages.
 *
 * @param {import("chat/live/protocol").Item[]} output
 */
export function annotationsOf(output) {
  return objects(output)
    .flatMap(({ content }) => objects(content))
    .flatMap(({ annotations }) => list(annotations));
}

/**
 * Return the source that an annotation cites, or null if it cites none.
 *
 * @param {any} annotation
 * @returns {Source | null}
 */
export function sourceOf(annotation) {
  if (annotation?.type === "url_citation") {
    // Chat completions have its fields in a field of its name.
    const cited = annotation.url_citation ?? annotation;
    const url = webUrl(cited.url);
    const host = url && new URL(url).hostname.replace(/^www\./, "");
    return url ? { title: string(cited.title) || host, url, host } : null;
  }
  // Files that the model made are listed by themselves (chat/items/files).
  if (annotation?.type === "container_file_citation") return null;
  const title = string(annotation?.filename) || string(annotation?.file_id);
  return title ? { title, url: addressOf(annotation ?? {}), host: pageOf(annotation ?? {}) } : null;
}

/**
 * Return whether two sources are one: the same page, or a file of the same name that can't be opened.
 *
 * @param {Source} one
 * @param {Source} other
 */
export const isSame = (one, other) => one.url === other.url && (one.url !== "" || one.title === other.title);

import { list, string, webUrl } from "chat/items/blocks";

/** @typedef {{title: string, url: string, host: string}} Source `url` and `host` are empty for a file */

/**
 * Return the annotations of an output's messages.
 *
 * @param {import("chat/live/protocol").Item[]} output
 */
export function annotationsOf(output) {
  return output.flatMap(({ content }) => list(content)).flatMap(({ annotations }) => list(annotations));
}

/**
 * Return the source that an annotation cites, or null if it cites none.
 *
 * @param {any} annotation
 * @returns {Source | null}
 */
export function sourceOf(annotation) {
  if (annotation?.type === "url_citation") {
    const url = webUrl(annotation.url);
    const host = url && new URL(url).hostname.replace(/^www\./, "");
    return url ? { title: string(annotation.title) || host, url, host } : null;
  }
  const title = string(annotation?.filename) || string(annotation?.file_id);
  return title ? { title, url: "", host: "" } : null;
}

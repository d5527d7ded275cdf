import { list, string, webAddress } from "chat/items/blocks";

/** @typedef {{title: string, address: string, host: string}} Source */

/**
 * What the messages of an output cite.
 *
 * @param {import("chat/live/protocol").Item[]} output
 */
export function annotationsOf(output) {
  return output.flatMap(({ content }) => list(content)).flatMap(({ annotations }) => list(annotations));
}

/**
 * What a citation leads to; a file has no address.
 *
 * @param {any} annotation
 * @returns {Source | null}
 */
export function sourceOf(annotation) {
  if (annotation?.type === "url_citation") {
    const address = webAddress(annotation.url);
    const host = address && new URL(address).hostname.replace(/^www\./, "");
    return address ? { title: string(annotation.title) || host, address, host } : null;
  }
  const title = string(annotation?.filename) || string(annotation?.file_id);
  return title ? { title, address: "", host: "" } : null;
}

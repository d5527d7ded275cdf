import { string, webAddress } from "chat/items/blocks";

/** @typedef {{title: string, address: string, host: string}} Source */

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

/** Files of collections, as results and citations name them: `collection_file`, `filename`, `page` and `passage`. */

import { string } from "chat/items/blocks";
import { gettext, interpolate } from "chat/lib/translations";

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Return the address at which the file opens at the passage; an empty string if it isn't one of this site.
 *
 * @param {any} cited
 */
export function addressOf({ collection_file, page, passage }) {
  if (typeof collection_file !== "string" || !ID.test(collection_file)) return "";
  const place = new URLSearchParams();
  if (Number.isSafeInteger(page)) place.set("page", page);
  if (Number.isSafeInteger(passage)) place.set("passage", passage);
  return `/knowledge/files/${collection_file}/${place.size ? `?${place}` : ""}`;
}

/** Return the page as people read it; an empty string if it isn't known. @param {any} cited */
export function pageOf({ page }) {
  return Number.isSafeInteger(page) ? interpolate(gettext("Page %(number)s"), { number: page }) : "";
}

/** Return the name of the file with its page. @param {any} cited */
export function nameOf(cited) {
  return [string(cited.filename) || string(cited.file_id), pageOf(cited)].filter(Boolean).join(", ");
}

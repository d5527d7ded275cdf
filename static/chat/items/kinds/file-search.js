import { block, joinByCommas, objects } from "chat/items/blocks";
import { addressOf, nameOf } from "chat/items/collection-file";
import { gettext } from "chat/lib/translations";

/** @type {import("chat/items/describe").Kinds} */
export const fileSearch = {
  file_search_call: {
    show: ({ queries, results }, { isRunning }) => ({
      title: isRunning ? gettext("Searching in files") : gettext("Searched in files"),
      note: joinByCommas(queries),
      blocks: objects(results).map((result, at) => shown(result, at)),
    }),
  },
};

/**
 * @param {Record<string, any>} result
 * @param {number} at
 */
function shown(result, at) {
  const href = addressOf(result);
  const made = block(`result-${at}`, "text", result.text, nameOf(result));
  return href ? { ...made, href } : made;
}

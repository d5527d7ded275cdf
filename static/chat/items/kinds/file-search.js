import { block, objects, words } from "chat/items/blocks";
import { gettext } from "chat/lib/translations";

/** @type {import("chat/items/describe").Kinds} */
export const fileSearch = {
  file_search_call: {
    show: ({ queries, results }) => ({
      title: gettext("File search"),
      note: words(queries),
      blocks: objects(results).map(({ text, filename }) => block("result", "text", text, filename)),
    }),
  },
};

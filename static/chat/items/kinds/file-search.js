import { block, joinByCommas, objects } from "chat/items/blocks";
import { gettext } from "chat/lib/translations";

/** @type {import("chat/items/describe").Kinds} */
export const fileSearch = {
  file_search_call: {
    show: ({ queries, results }) => ({
      title: gettext("File search"),
      note: joinByCommas(queries),
      blocks: objects(results).map(({ text, filename }) => block("result", "text", text, filename)),
    }),
  },
};

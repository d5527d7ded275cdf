import { joinByCommas, link, objects, string } from "chat/items/blocks";
import { gettext } from "chat/lib/translations";

/** @type {import("chat/items/describe").Kinds} */
export const webSearch = {
  web_search_call: {
    show: ({ action }) => ({
      title: gettext("Web search"),
      note: string(action?.query) || joinByCommas(action?.queries) || string(action?.pattern),
      blocks: [action?.url, ...objects(action?.sources).map(({ url }) => url)].map((url) => link("page", url)),
    }),
  },
};

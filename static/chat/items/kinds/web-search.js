import { joinByDots, link, list, objects, string, webUrl } from "chat/items/blocks";
import { gettext } from "chat/lib/translations";

/** @type {import("chat/items/describe").Kinds} */
export const webSearch = {
  web_search_call: {
    show({ action }, { isRunning }) {
      const pages = [link("page", action?.url)];
      if (action?.type === "open_page") {
        return {
          title: isRunning ? gettext("Opening a page") : gettext("Opened a page"),
          note: pageOf(action.url),
          blocks: pages,
        };
      }
      if (action?.type === "find_in_page") {
        return {
          title: isRunning ? gettext("Searching a page") : gettext("Searched a page"),
          note: joinByDots(action.pattern, pageOf(action.url)),
          blocks: pages,
        };
      }
      const queries = list(action?.queries).map(string).filter(Boolean);
      return {
        title: isRunning ? gettext("Searching the web") : gettext("Searched the web"),
        note: joinByDots(...(queries.length ? queries : [action?.query])),
        blocks: [...pages, ...objects(action?.sources).map(({ url }) => link("page", url))],
      };
    },
  },
};

/** Return the host and the path of a page, as people read them. @param {unknown} address */
function pageOf(address) {
  const url = URL.parse(webUrl(address));
  return url ? `${url.hostname.replace(/^www\./, "")}${url.pathname.replace(/\/$/, "")}` : "";
}

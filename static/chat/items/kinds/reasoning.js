import { block, objects } from "chat/items/blocks";
import { gettext, interpolate } from "chat/lib/translations";
import { REASONING_DELTA, REASONING_SUMMARY_DELTA } from "chat/live/protocol";
import { Headings } from "chat/markdown/headings";

/** @type {import("chat/items/describe").Kinds} */
export const reasoning = {
  reasoning: {
    show({ summary, content }, { isRunning, seconds }) {
      const blocks = [...texts("summary", summary), ...texts("content", content)];
      if (isRunning) return { title: gettext("Thinking"), blocks };
      if (!blocks.some(({ content }) => content)) return null;
      const title = seconds ? interpolate(gettext("Thought for %(seconds)s s"), { seconds }) : gettext("Thought");
      return { title, blocks };
    },
    deltas: {
      [REASONING_SUMMARY_DELTA]: ({ summary_index = 0, delta }) => block(`summary-${summary_index}`, "markdown", delta),
      [REASONING_DELTA]: ({ content_index = 0, delta }) => block(`content-${content_index}`, "markdown", delta),
    },
    createNoteOf() {
      let part = "";
      let headings = new Headings();
      let latest = "";
      return ({ name, content }) => {
        if (name !== part) headings = new Headings();
        part = name;
        headings.write(content);
        latest = headings.latest || latest;
        return latest;
      };
    },
  },
};

/**
 * Return a block for each text.
 *
 * @param {string} name
 * @param {unknown} parts
 */
function texts(name, parts) {
  return objects(parts).map(({ text }, at) => block(`${name}-${at}`, "markdown", text));
}

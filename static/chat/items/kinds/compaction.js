import { gettext } from "chat/lib/translations";

/**
 * What a provider keeps of earlier messages, in a form that only it can read.
 *
 * @type {import("chat/items/describe").Kinds}
 */
export const compaction = {
  compaction: {
    show: (_item, { isRunning }) => ({
      title: isRunning ? gettext("Summarizing the conversation…") : gettext("Summarized earlier messages"),
      blocks: [],
    }),
  },
};

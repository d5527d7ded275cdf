import { block, result, string } from "chat/items/blocks";
import { gettext } from "chat/lib/translations";

/** @type {import("chat/items/describe").Kinds} */
export const patch = {
  apply_patch_call: {
    show: ({ operation }) => ({
      title: gettext("Patch"),
      note: string(operation?.path),
      blocks: [block("patch", "code", operation?.diff)],
    }),
  },
  apply_patch_call_output: { show: result },
};

import { block, result, string } from "chat/items/blocks";
import { gettext } from "chat/lib/translations";

/** @type {Record<string, string>} */
const TITLES = {
  create_file: gettext("Create a file"),
  update_file: gettext("Change a file"),
  delete_file: gettext("Delete a file"),
};

/** @type {import("chat/items/describe").Kinds} */
export const patch = {
  apply_patch_call: {
    show: ({ operation }) => ({
      title: TITLES[operation?.type] ?? gettext("Patch"),
      note: string(operation?.path),
      blocks: [block("patch", "code", operation?.diff)],
    }),
  },
  apply_patch_call_output: { show: result },
};

import { block, pretty } from "chat/items/blocks";
import { gettext } from "chat/lib/translations";

/** @type {import("chat/items/describe").Kinds} */
export const program = {
  program: { show: ({ code }) => ({ title: gettext("Code"), blocks: [block("code", "code", code)] }) },
  program_output: { show: (item) => ({ title: gettext("Result"), blocks: [pretty("output", item.result)] }) },
};

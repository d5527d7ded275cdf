import { block, pretty, result, string } from "chat/items/blocks";
import { gettext } from "chat/lib/translations";
import { FUNCTION_ARGUMENTS_DELTA } from "chat/live/protocol";

/** @type {import("chat/items/describe").Kinds} */
export const functionCall = {
  function_call: {
    show: (item) => ({
      title: gettext("Function call"),
      note: string(item.name),
      blocks: [pretty("arguments", item.arguments)],
    }),
    deltas: { [FUNCTION_ARGUMENTS_DELTA]: ({ delta }) => block("arguments", "code", delta) },
  },
  function_call_output: { show: result },
};

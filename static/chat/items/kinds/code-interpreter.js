import { block, image, objects } from "chat/items/blocks";
import { gettext } from "chat/lib/translations";
import { CODE_DELTA } from "chat/live/protocol";

/** @type {import("chat/items/describe").Kinds} */
export const codeInterpreter = {
  code_interpreter_call: {
    show: ({ code, outputs }) => ({
      title: gettext("Code"),
      blocks: [
        block("code", "code", code),
        ...objects(outputs).flatMap(({ logs, url }) => [block("output", "code", logs, gettext("Output")), image(url)]),
      ],
    }),
    deltas: { [CODE_DELTA]: ({ delta }) => block("code", "code", delta) },
  },
};

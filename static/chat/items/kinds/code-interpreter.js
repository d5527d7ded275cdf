import { block, image, objects } from "chat/items/blocks";
import { fileUrl } from "chat/items/made";
import { gettext } from "chat/lib/translations";
import { CODE_DELTA } from "chat/live/protocol";

/** @type {import("chat/items/describe").Kinds} */
export const codeInterpreter = {
  code_interpreter_call: {
    show: ({ code, outputs }) => ({
      title: gettext("Code"),
      blocks: [
        block("code", "code", code),
        ...objects(outputs).flatMap(({ logs, url, file_id, error }) => [
          block("output", "code", logs, gettext("Output")),
          block("image", "image", fileUrl(file_id)),
          image(url),
          block("lost", "text", error && gettext("The image couldn't be kept.")),
        ]),
      ],
    }),
    deltas: { [CODE_DELTA]: ({ delta }) => block("code", "code", delta) },
  },
};

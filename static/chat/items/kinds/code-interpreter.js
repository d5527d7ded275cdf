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
          block("lost", "text", lostImage(error)),
        ]),
      ],
    }),
    deltas: { [CODE_DELTA]: ({ delta }) => block("code", "code", delta) },
  },
};

/** Return why an image isn't shown, in a sentence; nothing if nothing is wrong. @param {any} error */
function lostImage(error) {
  if (!error) return "";
  return error.code === "deleted" ? gettext("This image was deleted") : gettext("The image couldn't be kept.");
}

import { block, image, objects, pretty, string } from "chat/items/blocks";
import { gettext } from "chat/lib/translations";

/** @type {import("chat/items/describe").Kinds} */
export const computer = {
  computer_call: {
    show: ({ action, actions, pending_safety_checks }) => ({
      title: gettext("Computer"),
      note: string(action?.type),
      blocks: [
        pretty("action", action ?? actions),
        ...objects(pending_safety_checks).map(({ message, code }) =>
          block("check", "text", string(message) || code, gettext("Safety check")),
        ),
      ],
    }),
  },
  computer_call_output: {
    show: ({ output }) => ({ title: gettext("Screen"), blocks: [image(output?.image_url)] }),
  },
};

import { block, image as imageBlock, pretty, string } from "chat/items/blocks";
import { gettext } from "chat/lib/translations";
import { PARTIAL_IMAGE } from "chat/live/protocol";

/** @type {import("chat/items/describe").Kinds} */
export const image = {
  image_generation_call: {
    isOpen: true,
    show: ({ result, output_format, revised_prompt, error }) => ({
      title: gettext("Image"),
      blocks: [
        madeImage(result, output_format),
        block("prompt", "text", revised_prompt),
        pretty("error", error, gettext("Error")),
      ],
    }),
    deltas: {
      [PARTIAL_IMAGE]: ({ partial_image_b64, output_format }) => madeImage(partial_image_b64, output_format),
    },
  },
};

/**
 * Return a block with an image that a model made.
 *
 * @param {unknown} data in base64
 * @param {unknown} format
 */
function madeImage(data, format) {
  return imageBlock(string(data) && `data:image/${string(format) || "png"};base64,${data}`);
}

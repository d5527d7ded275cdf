import { block, image as imageBlock, string } from "chat/items/blocks";
import { fileUrl } from "chat/items/made";
import { gettext } from "chat/lib/translations";
import { PARTIAL_IMAGE } from "chat/live/protocol";

/** What is reserved for an image of which nothing is known yet. */
const DEFAULT_SIZE = { width: 1024, height: 1024 };
const SIZE = /^(\d{1,5})x(\d{1,5})$/;

/** @type {import("chat/items/describe").Kinds} */
export const image = {
  image_generation_call: {
    isOpen: true,
    show: (item, { isRunning }) => ({
      title: isRunning ? gettext("Making an image") : gettext("Image"),
      note: item.file_id && !isRunning && item.status !== "completed" ? gettext("unfinished") : "",
      blocks: [
        item.result ? madeElsewhere(item) : made(item, isRunning),
        block("prompt", "text", item.revised_prompt),
        block("error", "text", isRunning ? "" : problemOf(item)),
      ],
    }),
    deltas: { [PARTIAL_IMAGE]: (event) => made(event, true) },
  },
};

/**
 * Return the block of an image that is kept as a file, or of the place for one.
 *
 * @param {Record<string, unknown>} item or an event
 * @param {boolean} isRunning
 */
function made({ file_id, width, height, size }, isRunning) {
  const id = fileUrl(file_id) && file_id;
  if (!id && !isRunning) return block("image", "generated", "");
  const [, wide, high] = SIZE.exec(string(size)) ?? [];
  const reserved = wide ? { width: Number(wide), height: Number(high) } : DEFAULT_SIZE;
  const known = isLength(width) && isLength(height) ? { width, height } : reserved;
  return block("image", "generated", JSON.stringify({ id, ...known, isRunning }));
}

/** Return the block of an image that came with its data. @param {Record<string, unknown>} item */
const madeElsewhere = ({ result, output_format }) =>
  imageBlock(string(result) && `data:image/${string(output_format) || "png"};base64,${result}`);

/** Return why there is no image, in a sentence; nothing if it isn't known that it failed. @param {any} item */
function problemOf({ status, error }) {
  if (error?.code === "moderation_blocked")
    return gettext("The provider refused to make this image, to be safe. Ask for it in other words.");
  if (error?.code === "deleted") return gettext("This image was deleted");
  if (error?.code === "not_kept") return gettext("The image was made, but it couldn't be kept. Ask for it again.");
  if (status !== "failed" && !error) return "";
  return [gettext("The image couldn't be made."), string(error?.message)].filter(Boolean).join(" ");
}

/** @param {unknown} value @returns {value is number} */
const isLength = (value) => Number.isInteger(value) && Number(value) > 0;

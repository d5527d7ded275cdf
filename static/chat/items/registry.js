/** The kinds of output items, by the type of an item (chat/items/describe defines a kind). */

import { codeInterpreter } from "chat/items/kinds/code-interpreter";
import { compaction } from "chat/items/kinds/compaction";
import { computer } from "chat/items/kinds/computer";
import { customTool } from "chat/items/kinds/custom-tool";
import { fileSearch } from "chat/items/kinds/file-search";
import { functionCall } from "chat/items/kinds/function-call";
import { image } from "chat/items/kinds/image";
import { mcp } from "chat/items/kinds/mcp";
import { patch } from "chat/items/kinds/patch";
import { program } from "chat/items/kinds/program";
import { reasoning } from "chat/items/kinds/reasoning";
import { shell } from "chat/items/kinds/shell";
import { toolSearch } from "chat/items/kinds/tool-search";
import { webSearch } from "chat/items/kinds/web-search";

/** @type {import("chat/items/describe").Kinds} */
export const KINDS = {
  ...codeInterpreter,
  ...compaction,
  ...computer,
  ...customTool,
  ...fileSearch,
  ...functionCall,
  ...image,
  ...mcp,
  ...patch,
  ...program,
  ...reasoning,
  ...shell,
  ...toolSearch,
  ...webSearch,
};

/** The kinds of output items, one on each line (chat/items/describe defines a kind). */

export { codeInterpreter } from "chat/items/kinds/code-interpreter";
export { computer } from "chat/items/kinds/computer";
export { customTool } from "chat/items/kinds/custom-tool";
export { fileSearch } from "chat/items/kinds/file-search";
export { functionCall } from "chat/items/kinds/function-call";
export { image } from "chat/items/kinds/image";
export { mcp } from "chat/items/kinds/mcp";
export { patch } from "chat/items/kinds/patch";
export { program } from "chat/items/kinds/program";
export { reasoning } from "chat/items/kinds/reasoning";
export { shell } from "chat/items/kinds/shell";
export { webSearch } from "chat/items/kinds/web-search";

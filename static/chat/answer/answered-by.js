import { find } from "chat/lib/dom";

/**
 * @typedef {import("chat/live/protocol").ResponseObject} ResponseObject
 * @typedef {import("chat/message/choice").AnsweredBy} AnsweredBy
 */

/**
 * Return what answers a response, from its element's data attributes.
 *
 * @param {HTMLElement} element
 * @returns {AnsweredBy}
 */
export function answeredBy({ dataset }) {
  const { provider = "", model = "", assistant = "", assistantName = "", effort = "", verbosity = "", tools } = dataset;
  const switched = tools === undefined ? {} : { tools: tools.split(" ").filter(Boolean) };
  return { provider, model, assistant, name: assistantName, effort, verbosity, ...switched };
}

/**
 * Show what answers a response.
 *
 * @param {HTMLElement} element
 * @param {ResponseObject} response
 */
export function showAnsweredBy(element, { provider, model, assistant, reasoning, text, tools }) {
  if (tools) element.dataset.tools = tools.join(" ");
  Object.assign(element.dataset, {
    provider: provider ?? "",
    model,
    assistant: assistant?.id ?? "",
    assistantName: assistant?.name ?? "",
    effort: reasoning?.effort ?? "",
    verbosity: text?.verbosity ?? "",
  });
  find(element, ".compared-by", HTMLElement).textContent = assistant?.name ?? model;
}

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
  const { provider = "", model = "", assistant = "", assistantName = "", effort = "", verbosity = "" } = dataset;
  const { tools, collections } = dataset;
  return {
    ...{ provider, model, assistant, name: assistantName, effort, verbosity },
    ...(tools !== undefined && { tools: tools.split(" ").filter(Boolean) }),
    ...(collections !== undefined && { collections: collections.split(" ").filter(Boolean) }),
  };
}

/**
 * Show what answers a response.
 *
 * @param {HTMLElement} element
 * @param {ResponseObject} response
 */
export function showAnsweredBy(element, { provider, model, assistant, reasoning, text, tools, collections }) {
  if (tools) element.dataset.tools = tools.join(" ");
  if (collections) element.dataset.collections = collections.join(" ");
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

/**
 * The element that a template of the page promises to have.
 *
 * @template {Element} T
 * @param {ParentNode} parent
 * @param {string} selector
 * @param {new (...args: any[]) => T} type
 * @returns {T}
 */
export function find(parent, selector, type) {
  const found = parent.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`the page has no ${selector}`);
  return found;
}

/**
 * A new copy of what stands in a `<template>` of the page.
 *
 * @template {Element} T
 * @param {string} selector
 * @param {new (...args: any[]) => T} type
 * @param {ParentNode} [parent]
 * @returns {T}
 */
export function fromTemplate(selector, type, parent = document) {
  const { content } = find(parent, selector, HTMLTemplateElement);
  const copy = document.importNode(content, true).firstElementChild;
  if (!(copy instanceof type)) throw new Error(`${selector} holds something else`);
  return copy;
}

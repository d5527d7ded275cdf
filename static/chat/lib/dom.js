/**
 * Return the first element that matches a selector. Throw an Error if there is none, or if it has another type.
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
 * Return a copy of the element in a `<template>`. Throw an Error if there is none, or if it has another type.
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

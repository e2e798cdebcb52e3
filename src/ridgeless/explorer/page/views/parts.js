/** The places that the markup of a view leaves for its pictures and sentences. */

/**
 * The elements of these classes.
 *
 * @template {string} Name
 * @param {HTMLElement} container
 * @param {Name[]} names
 * @returns {Record<Name, HTMLElement>}
 */
export function partsOf(container, ...names) {
  const found = names.map((name) => [name, container.querySelector(`.${name}`)]);
  return /** @type {Record<Name, HTMLElement>} */ (Object.fromEntries(found));
}

/** What keeps people out of a page, as far as axe-core can tell. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What is serious or worse; but for what is `known`: a selector of elements by the rule that they break. */
export async function barriers(page, known = {}) {
  await page.evaluate(axe);
  return page.evaluate(async (known) => {
    const { violations } = await globalThis.axe.run({ resultTypes: ["violations"], elementRef: true });
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => ({ id, nodes: nodes.filter(({ element }) => !(known[id] && element.matches(known[id]))) }))
      .filter(({ nodes }) => nodes.length)
      .map(({ id, nodes }) => ({ id, at: nodes.map(({ target, failureSummary }) => [target, failureSummary]).slice(0, 3) }));
  }, known);
}

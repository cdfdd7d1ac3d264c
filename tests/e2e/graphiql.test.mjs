import assert from "node:assert/strict";
import { test } from "node:test";

import { Api } from "./api.mjs";
import { barriers } from "./barriers.mjs";
import { until, withPage } from "./browser.mjs";
import { server, tenants } from "./server.mjs";

const { name, tokens } = tenants[0];
const api = new Api(server.origin, tokens.CLINICIAN);

async function openGraphiQL(page, token = tokens.CLINICIAN) {
  await page.goto(`${server.origin}/graphql#token=${token}`);
  await page.locator(".graphiql-tab").nth(3).waitFor();
}

const tab = (page, title) => page.getByRole("tab", { name: title }).click();
const run = (page) => page.locator(".graphiql-execute-button").click();
/** Runs what the tab has. The editor takes a moment to know which operation that is: until then it asks for that of the tab before. */
async function ran(page, expected, meanwhile = async () => {}) {
  await run(page);
  const seen = () => answer(page);
  await until(async () => {
    await meanwhile();
    if ((await seen()).includes("Unknown operation")) await run(page);
    return (await seen()).includes(expected);
  }, seen);
}
/** What the editor of the answer shows: Monaco draws blanks of another kind. */
const answer = async (page) => (await page.locator(".result-window").innerText()).replaceAll("\u00a0", " ");

test("the examples in the tabs run, and a subscription is told of a note", () =>
  withPage({}, async (page) => {
    await openGraphiQL(page);
    await run(page);
    await until(async () => (await answer(page)).includes('"role": "CLINICIAN"'));
    await tab(page, "Statistics");
    await ran(page, '"dailyStats"');
    const patient = await api.patient();
    await tab(page, "FollowNotes");
    await ran(page, '"noteEvents"', () => api.write(patient));
    await run(page);
  }));

test("explorer, history and documentation open beside the editor", () =>
  withPage({}, async (page) => {
    await openGraphiQL(page);
    await page.getByRole("button", { name: "Show GraphiQL Explorer" }).click();
    await page.locator(".graphiql-explorer-root").waitFor();
    await run(page);
    await page.getByRole("button", { name: "Show History" }).click();
    await page.locator(".graphiql-history-item").first().waitFor();
    await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
    await page.locator(".graphiql-doc-explorer-root-type").first().waitFor();
  }));

test("the menu of demo tokens changes who one is", () =>
  withPage({}, async (page) => {
    await openGraphiQL(page);
    const menu = page.getByRole("combobox", { name: "Act as somebody of the demo data" });
    await menu.locator(`optgroup[label="${name}"]`).waitFor({ state: "attached" });
    await Promise.all([page.waitForEvent("load"), menu.selectOption({ label: "READER" })]);
    await page.locator(".graphiql-tab").nth(3).waitFor();
    await run(page);
    await until(async () => (await answer(page)).includes('"role": "READER"'));
    assert.equal(page.url(), `${server.origin}/graphql`);
  }));

/** Of GraphiQL and its plugins themselves, in their markup, which no setting of theirs changes. */
const KNOWN = {
  // A tab (`role="tab"`) has the buttons inside that choose and close it. All of them are reached by keyboard.
  "nested-interactive": ".graphiql-tab",
  // The explorer's fields for values of arguments, and its choice of what to add, have no label.
  label: ".graphiql-explorer-root input",
  "select-name": ".graphiql-explorer-root select",
  // An operation of the history is called "Set active", not by what it shows.
  "label-content-name-mismatch": ".graphiql-history-item-label",
  // Comments in Monaco's dark theme: 3.6 to 1.
  "color-contrast": ".view-line [class^=mtk]",
};

for (const colorScheme of ["light", "dark"]) {
  test(`no barrier in GraphiQL, ${colorScheme}`, () =>
    withPage({ colorScheme }, async (page) => {
      await openGraphiQL(page);
      await run(page);
      await until(async () => (await answer(page)).includes('"role": "CLINICIAN"'));
      const found = { answer: await barriers(page, KNOWN) };
      for (const plugin of ["GraphiQL Explorer", "History", "Documentation Explorer"]) {
        await page.getByRole("button", { name: `Show ${plugin}` }).click();
        await page.getByRole("button", { name: `Hide ${plugin}` }).waitFor();
        found[plugin] = await barriers(page, KNOWN);
      }
      assert.deepEqual(Object.entries(found).filter(([, what]) => what.length), []);
    }));
}

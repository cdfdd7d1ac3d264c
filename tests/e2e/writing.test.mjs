import assert from "node:assert/strict";
import { test } from "node:test";

import { Api } from "./api.mjs";
import { openDashboard, row, withPage } from "./browser.mjs";
import { server, tenants } from "./server.mjs";

const { tokens } = tenants[0];
const api = new Api(server.origin, tokens.CLINICIAN);

/** The notes with that word in their text. */
async function found(word) {
  const { notes } = await api.ask("query ($word: String!) { notes(filter: {search: $word}) { edges { node { id status addenda { text } } } } }", { word });
  return notes.edges.map(({ node }) => node);
}

async function compose(page, text) {
  const patient = await api.patient();
  await page.getByRole("button", { name: "Write a note" }).click();
  await page.getByRole("searchbox").fill(patient.name);
  await page.getByRole("radio").first().check();
  await page.getByLabel("What happened").fill(text);
}

test("pressing twice writes once, also where the first answer is lost on the way", () =>
  withPage({ tolerates: /ERR_FAILED/ }, async (page) => {
    await openDashboard(page, tokens.CLINICIAN);
    let lost = 0;
    await page.route("**/graphql", async (route) => {
      if (!route.request().postData()?.includes("createNote") || lost > 0) return route.continue();
      lost++;
      await route.fetch();
      await route.abort();
    });
    const word = `windowsill${Date.now()}`;
    await compose(page, `Sat at the ${word}.`);
    await page.getByRole("button", { name: "Save" }).dblclick();
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    assert.equal(lost, 1);
    const notes = await found(word);
    assert.equal(notes.length, 1);
    await row(page, notes[0].id).waitFor();
  }));

test("a note is signed, and added to, where it is read", () =>
  withPage({}, async (page) => {
    await openDashboard(page, tokens.CLINICIAN);
    const word = `tangerine${Date.now()}`;
    const id = await api.write(await api.patient(), `Ate a ${word}.`);
    await row(page, id).getByRole("button").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText(word).waitFor();
    await dialog.getByRole("button", { name: "Sign" }).click();
    await dialog.locator("[data-status=FINAL]").waitFor();
    await dialog.getByRole("button", { name: "Add an addendum" }).click();
    await dialog.getByLabel("Why").fill("Counted again");
    await dialog.getByLabel("What is added").fill("It was two.");
    await dialog.getByRole("button", { name: "Sign and add" }).click();
    await dialog.getByText("It was two.").waitFor();
    assert.deepEqual(await found(word), [{ id, status: "AMENDED", addenda: [{ text: "It was two." }] }]);
  }));

test("by keyboard alone: a dialog takes the focus, and Escape gives it back", () =>
  withPage({}, async (page) => {
    await openDashboard(page, tokens.CLINICIAN);
    const button = page.getByRole("button", { name: "Write a note" });
    await button.focus();
    await page.keyboard.press("Enter");
    assert.equal(await page.getByRole("searchbox").evaluate((field) => field === document.activeElement), true);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    assert.equal(await button.evaluate((each) => each === document.activeElement), true);
  }));

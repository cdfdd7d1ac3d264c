import assert from "node:assert/strict";
import { test } from "node:test";

import { Api } from "./api.mjs";
import { openDashboard, row, withPage } from "./browser.mjs";
import { server, tenants } from "./server.mjs";

const { tokens } = tenants[0];
const api = new Api(server.origin, tokens.CLINICIAN);

test("a READER sees no compose box, no name and no text, and is sent none", () =>
  withPage({}, async (page) => {
    const received = [];
    page.on("response", (response) => response.url().endsWith("/graphql") && received.push(response.text()));
    page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => received.push(String(payload))));
    await openDashboard(page, tokens.READER);
    const patient = await api.patient();
    const word = `marmalade${Date.now()}`;
    await row(page, await api.write(patient, `Asked for ${word}.`)).waitFor();
    assert.equal(await page.getByRole("button", { name: "Write a note" }).count(), 0);
    assert.equal(await page.locator(".notes button").count(), 0);
    const { notes, practitioners } = await api.ask(
      "{ notes(first: 100, orderBy: {field: RECORDED_AT}) { edges { node { patient { name } } } } practitioners(first: 200) { edges { node { name } } } }",
    );
    const names = [...notes.edges.map(({ node }) => node.patient), ...practitioners.edges.map(({ node }) => node)];
    const everything = [await page.locator("body").innerText(), ...(await Promise.all(received))].join("\n");
    for (const forbidden of [word, ...names.map(({ name }) => name)]) assert.ok(!everything.includes(forbidden), forbidden);
    assert.match(everything, /noteEvents/);
  }));

test("each role gets a page without a refusal", () =>
  withPage({}, async (page) => {
    for (const role of ["ADMIN", "COORDINATOR", "BILLING", "READER"]) {
      await page.goto("about:blank");
      await openDashboard(page, tokens[role]);
      await page.locator(".comparison tbody tr").first().waitFor();
      assert.equal(await page.getByRole("alert").count(), 0, role);
      assert.equal(await page.getByRole("button", { name: "Write a note" }).count(), 0, role);
    }
    await page.goto("about:blank");
    await page.goto(`${server.origin}/#token=${tokens.PLATFORM_ADMIN}`);
    await page.getByRole("heading", { name: "No tenant's data for you" }).waitFor();
  }));

test("signing in by the menu of demo tenants, and out; the token is in no address", () =>
  withPage({}, async (page) => {
    await page.goto(server.origin);
    await page.getByRole("button", { name: `CLINICIAN of ${tenants[0].name}` }).click();
    await page.locator(".connection.live").waitFor();
    assert.equal(page.url(), `${server.origin}/`);
    await page.reload();
    await page.locator(".connection.live").waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Token").waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  }));

test("a token that is no good is refused in words", () =>
  withPage({ tolerates: /401|WebSocket/ }, async (page) => {
    await page.goto(server.origin);
    await page.getByLabel("Token").fill("nonsense");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByText("The server does not take this token").waitFor();
  }));

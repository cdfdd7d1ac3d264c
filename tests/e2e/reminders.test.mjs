import assert from "node:assert/strict";
import { test } from "node:test";

import { Api } from "./api.mjs";
import { openDashboard, until, withPage } from "./browser.mjs";
import { bury, server, tenants } from "./server.mjs";

const { slug, tokens } = tenants[0];

const dead = async (page) => Number((await page.locator("[data-state=dead]").innerText()).replace(/\D/g, "") || NaN);

test("dead reminders are seen, and sent anew by who may: one, then all after they were counted", () =>
  withPage({}, async (page) => {
    const api = new Api(server.origin, tokens.COORDINATOR);
    const { id: patientId } = await api.patient();
    for (const hours of [2, 3, 4]) {
      const sendAt = new Date(Date.now() + hours * 3_600_000).toISOString();
      await api.ask("mutation ($input: ScheduleReminderInput!) { scheduleReminder(input: $input) { reminder { id } } }", {
        input: { patientId, text: "Please call us.", channels: ["EMAIL"], sendAt },
      });
    }
    await bury(slug);
    await openDashboard(page, tokens.READER);
    await until(async () => (await dead(page)) === 3);
    assert.equal(await page.getByRole("button", { name: /anew/ }).count(), 0);

    await page.goto("about:blank");
    await openDashboard(page, tokens.COORDINATOR);
    await page.getByText("Attempts exhausted").first().waitFor();
    await page.getByRole("button", { name: "Send anew" }).first().click();
    await until(async () => (await dead(page)) === 2);
    await page.getByRole("button", { name: "Send all anew…" }).click();
    await page.getByText("2 reminders can still be sent.").waitFor();
    await page.getByRole("button", { name: "Send 2 anew" }).click();
    await until(async () => (await dead(page)) === 0);
  }));

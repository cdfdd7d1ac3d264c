import assert from "node:assert/strict";
import { test } from "node:test";

import { barriers } from "./barriers.mjs";
import { openDashboard, until, withPage } from "./browser.mjs";
import { server, tenants } from "./server.mjs";

const { tokens } = tenants[0];
const LIGHT = { colorScheme: "light" };
const DARK = { colorScheme: "dark" };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const FIRST_VIEW = 300_000;

for (const [name, options] of Object.entries({ light: LIGHT, dark: DARK, phone: PHONE })) {
  test(`no barrier on the dashboard and in its dialogs, ${name}`, () =>
    withPage(options, async (page) => {
      await page.goto(server.origin);
      await page.getByRole("button", { name: /CLINICIAN of/ }).first().waitFor();
      assert.deepEqual(await barriers(page), [], "signing in");
      await openDashboard(page, tokens.CLINICIAN);
      await page.locator(".comparison tbody tr").first().waitFor();
      if (options === LIGHT) await page.getByText("As a table").click();
      assert.deepEqual(await barriers(page), [], "the dashboard");
      await page.getByRole("button", { name: "Write a note" }).click();
      assert.deepEqual(await barriers(page), [], "writing");
      await page.keyboard.press("Escape");
      await page.locator(".notes button").first().click();
      await page.locator(".in-full .text").first().waitFor();
      assert.deepEqual(await barriers(page), [], "reading");
    }));
}

test("a phone scrolls down, and never sideways", () =>
  withPage(PHONE, async (page) => {
    await openDashboard(page, tokens.CLINICIAN);
    await page.locator(".comparison tbody tr").first().waitFor();
    const { scrollWidth, clientWidth } = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return { scrollWidth, clientWidth };
    });
    assert.ok(scrollWidth <= clientWidth, `${scrollWidth} > ${clientWidth}`);
  }));

test("on a wide screen the newest notes are as high as what is beside them, however many", () =>
  withPage({}, async (page) => {
    await openDashboard(page, tokens.CLINICIAN);
    const bottom = async (part) => {
      const { y, height } = await page.locator(part).boundingBox();
      return Math.round(y + height);
    };
    await until(async () => (await bottom(".days")) < 900);
    assert.equal(await bottom(".newest"), await bottom(".days"));
    assert.ok((await bottom(".figures")) < 300);
  }));

test("facility and range are in the address, and so in links and behind the back button", () =>
  withPage({}, async (page) => {
    await openDashboard(page, tokens.CLINICIAN, "?days=7");
    assert.equal(await page.getByLabel("Range").inputValue(), "7");
    await page.getByLabel("Facility").selectOption({ index: 1 });
    const facility = await page.getByLabel("Facility").inputValue();
    assert.equal(new URL(page.url()).search, `?facility=${facility}&days=7`);
    const chosen = await page.getByLabel("Facility").locator("option:checked").innerText();
    const elsewhere = page.locator(".notes .where").filter({ hasNotText: chosen });
    await elsewhere.first().waitFor({ state: "detached" });
    await page.goBack();
    assert.equal(await page.getByLabel("Facility").inputValue(), "");
  }));

test("the first view is below 300 KB on the wire", () =>
  withPage({}, async (page) => {
    const sizes = [];
    page.on("requestfinished", (request) => sizes.push(request.sizes()));
    await openDashboard(page, tokens.CLINICIAN);
    await page.locator(".comparison tbody tr").first().waitFor();
    await page.locator(".heat-map .heat-7").first().waitFor();
    const total = (await Promise.all(sizes)).reduce((sum, { responseBodySize, responseHeadersSize }) => sum + responseBodySize + responseHeadersSize, 0);
    assert.ok(total > 50_000 && total < FIRST_VIEW, `${total} bytes`);
  }));

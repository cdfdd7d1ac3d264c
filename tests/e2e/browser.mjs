/** Debian's Chromium, and pages that are watched: each request, and whatever the console has to say. */
import assert from "node:assert/strict";
import { after } from "node:test";

import { chromium } from "playwright-core";

import { server } from "./server.mjs";

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  // Root may not use Chromium's sandbox; what is loaded here is ours.
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
});
after(() => browser.close());

/** Runs the work on a page of its own. Afterwards nothing may have left the origin, and nothing have gone wrong. */
export async function withPage(options, work) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const urls = [];
  const complaints = [];
  context.on("request", (request) => urls.push(request.url()));
  const page = await context.newPage();
  page.on("websocket", (socket) => urls.push(socket.url()));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.setDefaultTimeout(15_000);
  try {
    await work(page);
    const hosts = new Set(urls.filter((url) => !url.startsWith("data:")).map((url) => new URL(url).host));
    assert.deepEqual([...hosts], [new URL(server.origin).host], "no request leaves the origin");
    assert.deepEqual(complaints.filter(options.tolerates ? (text) => !options.tolerates.test(text) : Boolean), []);
  } finally {
    await context.close();
  }
}

/** The dashboard, signed in and live. */
export async function openDashboard(page, token, query = "") {
  await page.goto(`${server.origin}/${query}#token=${encodeURIComponent(token)}`);
  await page.locator(".connection.live").waitFor();
  await page.locator(".notes li").first().waitFor();
}

export const row = (page, id) => page.locator(`[data-note="${id}"]`);

/** A figure's number. */
export async function figure(page, name) {
  return Number((await page.locator(`[data-figure="${name}"]`).innerText()).replace(/\D/g, ""));
}

/** Waits until it is so; if it never is, tells what was `seen` instead. */
export async function until(question, seen, patience = 15_000) {
  const end = Date.now() + patience;
  while (!(await question())) {
    if (Date.now() > end) throw new Error(`not so within ${patience} ms: ${question}${seen ? `\n${await seen()}` : ""}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

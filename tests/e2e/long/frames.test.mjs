/**
 * A large tenant and a busy day: 100,000 notes, five events a second, for MINUTES (10 if not given).
 *
 * At the end it prints what it measured.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

process.env.NOTES ??= "100000";
const { Api } = await import("../api.mjs");
const { openDashboard, row, withPage } = await import("../browser.mjs");
const { server, tenants } = await import("../server.mjs");

const MINUTES = Number(process.env.MINUTES ?? 10);
const EVENTS_PER_SECOND = 5;
const FRAME = 16;
const KEPT = 4_000_000;

/**
 * Measures, in the page, for how many milliseconds of each frame its thread was busy.
 *
 * A message to itself comes back at once while there is nothing else to do; the time it is late is that of other work: events,
 * timers, layout and painting alike.
 */
function probe() {
  const { port1, port2 } = new MessageChannel();
  const frames = (globalThis.frames_ = []);
  let last = performance.now();
  let busy = 0;
  port1.onmessage = () => {
    const now = performance.now();
    if (now - last > 0.5) busy += now - last;
    last = now;
    port2.postMessage(null);
  };
  const next = () => {
    frames.push(busy);
    busy = 0;
    requestAnimationFrame(next);
  };
  port2.postMessage(null);
  requestAnimationFrame(next);
}

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];

test(`${MINUTES} minutes of five events a second`, { timeout: (MINUTES + 5) * 60_000 }, () =>
  withPage({}, async (page) => {
    const { tokens } = tenants[0];
    const api = new Api(server.origin, tokens.CLINICIAN);
    const patient = await api.patient();
    await openDashboard(page, tokens.CLINICIAN, "?days=90");
    const devtools = await page.context().newCDPSession(page);
    const heap = async () => {
      await devtools.send("HeapProfiler.collectGarbage");
      return (await devtools.send("Runtime.getHeapUsage")).usedSize;
    };

    let written = 0;
    let last = null;
    const writing = setInterval(() => {
      written++;
      void api.write(patient).then((id) => (last = id));
    }, 1_000 / EVENTS_PER_SECOND);
    try {
      await page.waitForTimeout(10_000);
      const before = await heap();
      await page.evaluate(probe);
      await page.waitForTimeout(MINUTES * 60_000);
      const frames = (await page.evaluate(() => globalThis.frames_.splice(0))).sort((one, other) => one - other);
      const after = await heap();
      clearInterval(writing);
      await row(page, last).waitFor();
      const [median, p95, p99, most] = [0.5, 0.95, 0.99, 1].map((q) => quantile(frames, q).toFixed(1));
      const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
      console.log(
        `${written} events, ${frames.length} frames; busy ms a frame: median ${median}, p95 ${p95}, p99 ${p99}, most ${most}; ` +
          `heap ${megabytes(before)} MB, then ${megabytes(after)} MB`,
      );
      assert.ok(p95 < FRAME, `p95 is ${p95} ms`);
      assert.ok(after - before < KEPT, `the heap grew by ${megabytes(after - before)} MB`);
    } finally {
      clearInterval(writing);
    }
  }),
);

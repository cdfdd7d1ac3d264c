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
const { framesDrawn } = await import("./frames.mjs");

const MINUTES = Number(process.env.MINUTES ?? 10);
const EVENTS_PER_SECOND = 5;
const FRAME = 16;
const KEPT = 4_000_000;

function quantile(values, q) {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
}

function spread(frames, of) {
  const [median, p95, p99, most] = [0.5, 0.95, 0.99, 1].map((q) => quantile(frames.map((frame) => frame[of]), q).toFixed(1));
  return `median ${median}, p95 ${p95}, p99 ${p99}, most ${most}`;
}

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
      const frames = await framesDrawn(page, MINUTES * 60_000);
      const after = await heap();
      clearInterval(writing);
      await row(page, last).waitFor();
      const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
      console.log(
        `${written} events, ${frames.length} frames; ms a frame: busy ${spread(frames, "busy")}; on the clock ${spread(frames, "clock")}; ` +
          `heap ${megabytes(before)} MB, then ${megabytes(after)} MB`,
      );
      assert.ok(frames.length > MINUTES * 60, "frames were drawn");
      const p95 = quantile(frames.map(({ busy }) => busy), 0.95);
      assert.ok(p95 < FRAME, `p95 is ${p95} ms`);
      assert.ok(after - before < KEPT, `the heap grew by ${megabytes(after - before)} MB`);
    } finally {
      clearInterval(writing);
    }
  }),
);

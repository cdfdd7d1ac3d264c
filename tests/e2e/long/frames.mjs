/** What the page's thread has to do for its frames, from Chromium's own trace. */

/** Tasks of all threads, and where a frame was committed. */
const CATEGORIES = ["disabled-by-default-devtools.timeline"];
const SLICE = 20_000;

/**
 * Milliseconds of each frame that was drawn in that time: the `busy` ones of the thread's processor, and those on the clock.
 *
 * A frame's are those of all tasks since the frame before, its own among them: events, timers, script, layout and painting alike. Only
 * frames with something to draw are there, so that idle ones do not flatter. What counts is the processor time: the server, who
 * writes and a renderer without a GPU have the same processors, and while they run, a clock goes on for a page that does nothing.
 */
export async function framesDrawn(page, milliseconds) {
  const browser = page.context().browser();
  const until = Date.now() + milliseconds;
  const frames = [];
  for (let left = milliseconds; left > 0; left = until - Date.now()) {
    await browser.startTracing(page, { categories: CATEGORIES });
    await page.waitForTimeout(Math.min(left, SLICE));
    frames.push(...framesIn(JSON.parse(await browser.stopTracing()).traceEvents));
  }
  return frames;
}

function framesIn(events) {
  const { processId } = events.find(({ name }) => name === "TracingStartedInBrowser").args.data.frames[0];
  const main = events.find(({ name, pid, args }) => name === "thread_name" && pid === processId && args.name === "CrRendererMain");
  const own = events.filter(({ ph, pid, tid }) => ph === "X" && pid === processId && tid === main.tid);
  const commits = own.filter(({ name }) => name === "Commit").map(({ ts }) => ts);
  const tasks = own.filter(({ name }) => name === "RunTask").sort((one, other) => one.ts - other.ts);
  const frames = [];
  let frame = { busy: 0, clock: 0 };
  let committed = 0;
  for (const { ts, dur, tdur } of tasks) {
    frame.busy += tdur / 1_000;
    frame.clock += dur / 1_000;
    if (!(commits[committed] <= ts + dur)) continue;
    frames.push(frame);
    frame = { busy: 0, clock: 0 };
    committed++;
  }
  return frames;
}

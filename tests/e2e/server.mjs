/** A real server with demo data of its own: started, killed and started again by the tests. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CARENOTES = join(ROOT, ".venv/bin/carenotes");
const PATIENCE = 60_000;

/** One folder of data, and so one database, for all servers of a run. */
const folder = await mkdtemp(join(tmpdir(), "carenotes-e2e-"));
// PostgreSQL does not run as root but as a user of its own, who has to reach it.
await chmod(folder, 0o755);
const environment = { ...process.env, DATA_DIR: join(folder, "data"), LOG_LEVEL: "error" };
const running = new Set();

after(async () => {
  await Promise.all([...running].map((server) => server.stop()));
  await rm(folder, { recursive: true, force: true });
});

export class Server {
  static async start() {
    const server = new Server();
    server.port = await freePort();
    server.origin = `http://localhost:${server.port}`;
    await server.begin();
    return server;
  }

  /** On the same port as before, if there was one. */
  async begin() {
    this.process = spawn(CARENOTES, ["serve", "--demo", "--port", String(this.port)], {
      cwd: ROOT,
      env: environment,
      stdio: ["ignore", "ignore", "inherit"],
    });
    running.add(this);
    const until = Date.now() + PATIENCE;
    while (!(await this.isReady())) {
      if (this.process.exitCode !== null || Date.now() > until) throw new Error("the server did not start");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async isReady() {
    try {
      return (await fetch(`${this.origin}/health/ready`)).ok;
    } catch {
      return false;
    }
  }

  /** At once, as by a crash; PostgreSQL and Valkey live on, and the next server takes them over. */
  async kill() {
    await this.#end("SIGKILL");
  }

  async stop() {
    await this.#end("SIGTERM");
  }

  async #end(signal) {
    running.delete(this);
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, "exit");
    this.process.kill(signal);
    await ended;
  }
}

/** Fills the database with that many notes of two tenants. */
async function fill(notes) {
  await run(CARENOTES, ["demo", "--notes", String(notes), "--tenants", "2", "--days", "30"]);
}

/** Lets some of the tenant's reminders be dead. */
export async function bury(slug) {
  await run(join(ROOT, ".venv/bin/python"), ["-m", "tests.e2e.bury", slug]);
}

async function run(command, parameters) {
  const running = spawn(command, parameters, { cwd: ROOT, env: environment, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  running.stderr.on("data", (text) => (said += text));
  const [status] = await once(running, "exit");
  if (status !== 0) throw new Error(said);
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

await fill(Number(process.env.NOTES ?? 4_000));

/** The server that the tests share. */
export const server = await Server.start();

/** The demo tenants, each with tokens by role; the largest first. */
export const tenants = await (await fetch(`${server.origin}/demo/tokens`)).json();

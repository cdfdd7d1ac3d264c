import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzip } from "node:zlib";
import { promisify } from "node:util";
import type { Plugin } from "vite";

/** Puts a compressed copy beside each asset: packed once, here, and not by the server for each browser. */
export function precompressed(): Plugin {
  return {
    name: "precompressed",
    apply: "build",
    async writeBundle({ dir }) {
      const assets = join(dir!, "assets");
      for (const name of await readdir(assets)) {
        const path = join(assets, name);
        await writeFile(`${path}.gz`, await promisify(gzip)(await readFile(path), { level: 9 }));
      }
    },
  };
}

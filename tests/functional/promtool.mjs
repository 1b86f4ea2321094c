// Prometheus's own judge of metrics and alerts; `./check` fetches it.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./network.mjs";

/** The program, or nothing where there is none: that is said, and what needs it is left out. */
export function promtool() {
  const fetched = join(root, "build", "tools", "promtool");
  if (existsSync(fetched)) return fetched;
  if (spawnSync("promtool", ["--version"]).status === 0) return "promtool";
  console.log("left out: there is no promtool, which ./check fetches from Debian");
  return undefined;
}

// Metis's own contracts' recorded life as an L1 to follow.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { Program, root, until } from "./network.mjs";

export const golden = join(root, "tests", "golden", "metis-life-a.json.xz");
export const life = JSON.parse(execFileSync("xz", ["-dc", golden], { maxBuffer: 1 << 28 }));

/** The recorded L1, once it listens. */
export async function serve(file = golden, ...options) {
  const given = options.includes("--port") ? options : ["--port", "0", ...options];
  const program = new Program("recorded_l1", "python3",
                              [join(root, "tests", "fixture", "recorded_l1"), file, ...given]);
  const line = await until("the recorded L1", () => {
    if (program.end) throw new Error(`recorded_l1 ended: ${program.said}`);
    return program.out.match(/listening on (\S+)\n/);
  });
  return { program, url: line[1], end: async () => {
    program.signal("SIGTERM");
    await program.wait();
  } };
}

/** What `horae` is told to follow it into a data directory. */
export const following = (l1, datadir) => [
  "observe", "--l1", l1, "--locking-pool", life.contracts.lockingPool, "--locking-info",
  life.contracts.lockingInfo, "--from-block", String(life.deploymentBlock), "--confirmations", "0",
  "--datadir", datadir];

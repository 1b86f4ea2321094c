// What the tests of a pool share: its nodes, as dev.json names them.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cometbft, skip, start_horae, until } from "./network.mjs";

/** Skips the test where there is no CometBFT. */
export function need_cometbft() {
  if (!existsSync(cometbft)) skip(`no cometbft at ${cometbft} (./check gets one)`);
}

/** What `horae status --json` says of a node. */
export const status_of = async ({ ops }) => (await fetch(`${ops}/status`)).json();
/** What `horae pool status --json` says of it. */
export const pool_of = async (node) => (await status_of(node)).pool;

/** Once what is asked of the pool's status holds at each of these nodes. */
export const at_each = (nodes, what, holds) => until(what, async () => {
  const seen = await Promise.all(nodes.map((node) => pool_of(node).catch(() => undefined)));
  return seen.every((pool) => pool && holds(pool)) && seen;
}, { every_ms: 200 });

/** A member begins again, by the command that the dev network names, with further flags. */
export async function begin_member(node, ...flags) {
  const program = start_horae("run", "--config", join(node.datadir, "horae.toml"), "--ops-port",
                              new URL(node.ops).port, ...flags);
  await until("the member's status", () => {
    if (program.end) throw new Error(`the member ended: ${program.said}`);
    return pool_of(node).catch(() => undefined);
  }, { every_ms: 200 });
  return program;
}

// A pool of before blocks were revocable, and the change by which they are, with fewer that may stand unattested than a
// test could wait for. Of both files all else is as `horae` writes it.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Network } from "./network.mjs";

const by_horae = 32;
const words_of = (most, revocable) => `"setAttestation":{"most":${most},"revocable":${revocable}}`;
// Of the rule in its message: behind the pointer to it a number of 32 bits, and a bit in those that follow.
const bytes_of = (most, revocable) =>
  `000000000001000000${most.toString(16).padStart(2, "0")}0000000${revocable ? 1 : 0}000000`;

/** In a file that `horae` made, in what it says to people and in its bytes: at most so many blocks stand unattested,
 *  and they are revocable or not. */
export function set_attestation(file, most, revocable) {
  let text = readFileSync(file, "utf8");
  for (const form of [words_of, bytes_of]) {
    const parts = text.split(form(by_horae, true));
    if (parts.length !== 2) throw new Error(`the rule stands there ${parts.length - 1} times: ${text}`);
    text = parts.join(form(most, revocable));
  }
  writeFileSync(file, text);
}

/** A dev network with such a pool. Its first life makes the genesis; what else the members had of it is forgotten. */
export async function older_pool(args) {
  const first = await Network.start({ args });
  await first.stop();
  for (const { datadir } of first.dev.nodes) {
    for (const part of ["consensus", "log", "lookups", "snapshots"]) {
      rmSync(join(datadir, part), { recursive: true, force: true });
    }
  }
  set_attestation(join(first.datadir, "pool-genesis.json"), by_horae, false);
  return Network.start({ args, datadir: first.datadir });
}

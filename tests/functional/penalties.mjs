// Two copies of one data directory run on and sign different blocks at one height: evidence of it
// is found in their logs, checked with nothing but its file, and taken by a node, which records the
// fault and what follows. Altered evidence is refused by all.
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  check, equal, Exit, horae_replay, make_home, Network, ok, replay, test, transfer, try_replay,
} from "./network.mjs";
import { like, logged, records } from "./pool.mjs";

const args = ["--reward-period", "100000000", "--no-governance"];

/** A life in which the network's next block has this one transfer. */
async function live(datadir, nonce, value) {
  const network = await Network.start({ datadir, args });
  const { blockNumber } = await network.receipt(await network.rpc(
    "eth_sendRawTransaction", await transfer(network.wallets[1], nonce, { value })));
  return { network, block: Number(blockNumber) };
}

await test(async () => {
  const home = make_home();
  const [one, two] = [join(home, "one"), join(home, "two")];
  const file = join(home, "evidence");
  const first = await live(one, 0, 1n);
  await first.network.stop();
  cpSync(one, two, { recursive: true });

  const none = await horae_replay("evidence", one, two, "-o", file, "--json");
  check(none.code === Exit.ok && JSON.parse(none.out).found === null,
        "in two copies of one log there is no fault", none);
  for (const [datadir, value] of [[one, 2n], [two, 3n]]) {
    const { network } = await live(datadir, 1, value);
    await network.stop();
  }
  const found = await horae_replay("evidence", one, two, "-o", file);
  equal(found.code, Exit.ok, "two blocks at one height are found in the two logs");
  const shown = await horae_replay("check-evidence", file, "--json");
  equal(shown.code, Exit.ok, "their evidence is checked with nothing but its file");
  console.log(shown.out.trim());

  const { network } = await live(one, 2, 4n);
  const evidence = readFileSync(file);
  const signer = network.dev.sequencer.address;
  const submit = (bytes) => network.ask("horae_submitEvidence", `0x${bytes.toString("hex")}`);

  // Any byte of it: another block, another signature, another signer, or no evidence at all.
  const altered = join(home, "altered");
  for (let at = 0; at < evidence.length; at += 41) {
    const bytes = Buffer.from(evidence);
    bytes[at] ^= 1;
    writeFileSync(altered, bytes);
    const { code } = await horae_replay("check-evidence", altered);
    const { error } = await submit(bytes);
    if (code === Exit.ok || !error) {
      throw new Error(`byte ${at} of ${evidence.length} was altered: check-evidence ends with `
                      + `${code}, the node says ${JSON.stringify(error)}`);
    }
  }
  ok("evidence with an altered byte is refused by both");
  equal((await records(one)).filter(({ domain, kind }) => (
    domain === "penalties" && kind === "faultProven")), [], "and leaves no fact");

  const { result } = await submit(evidence);
  const { seq, fact: fault } = await logged(network, 1, "faultProven");
  equal([fault.kind, fault.block, fault.signer, fault.sequencerId],
        ["twoBlocks", first.block + 1, signer, "1"], "the fault is a fact");
  check(result.seq >= seq, "the node answers once it is durable", [result, seq]);
  const drawn = (await records(one, seq)).filter(({ kind }) => kind === "consequenceDrawn")
    .map(({ fact }) => fact);
  equal(drawn.map(({ kind, sequencerId }) => [kind, sequencerId]),
        [["skipped", "1"], ["forceUnlockProposed", "1"]], "and what follows from it");
  const told = await network.rpc("horae_penalties");
  equal(told.faults.map((each) => [each.kind, each.signer, each.consequences.length]),
        [["twoBlocks", signer, 2]], "horae_penalties tells of both");
  await submit(evidence);
  const proven = (await records(one)).filter(({ kind }) => kind === "faultProven");
  check(proven.length === 1 && like(fault)(proven[0].fact), "the same again costs nothing more");

  // Alone it goes on: there is nobody to take its place, and the contracts know no slashing.
  await network.receipt(await network.rpc(
    "eth_sendRawTransaction", await transfer(network.wallets[1], 3)));
  ok("a node that sequences alone goes on");
  await network.stop();
  const by_log = await replay(one, "penalties");
  equal([by_log.faults, by_log.standings], [told.faults, told.standings],
        "horae-replay penalties tells the same");
  equal((await try_replay(one, "verify")).code, Exit.ok, "the log verifies");
});

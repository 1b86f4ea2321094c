// From each member's log alone: that a real pool agreed on a height, with the signatures of members
// with more than two thirds of the power; signatures that were altered are found.
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { need_cometbft } from "./member_nodes.mjs";
import {
  check, equal, Exit, horae_replay, make_home, Network, replay, start_horae, test,
  transfer, try_replay, until,
} from "./network.mjs";

need_cometbft();

const quorum = (datadir, ...args) => try_replay(datadir, "quorum", ...args);

/** What the log shows of a height, once it has the signatures. */
const shown = (datadir, ...args) => until(`signatures in ${datadir}`, async () => {
  const ended = await quorum(datadir, ...args);
  if (ended.code === Exit.ok) return JSON.parse(ended.out);
  if (ended.code !== Exit.precondition) throw new Error(`quorum: ${ended.said}`);
  return undefined;
}, { every_ms: 500 });

await test(async () => {
  const network = await Network.start({ args: ["--nodes", "4"] });
  const { nodes } = network.dev;
  await network.receipt(await network.rpc("eth_sendRawTransaction",
                                          await transfer(network.wallets[1], 0)));
  const pool = async ({ ops }) => (await (await fetch(`${ops}/status`)).json()).pool;
  const { height } = await pool(nodes[0]);

  const answers = [];
  for (const { datadir } of nodes) answers.push(await shown(datadir, String(height)));
  const [first] = answers;
  for (const answer of answers) {
    equal([answer.height, answer.appHash, answer.chain], [height, first.appHash, first.chain],
          "each member's log shows the same state");
    equal(answer.members.map(({ address }) => address).sort(),
          nodes.map(({ sequencer }) => sequencer.address).sort(), "of the same members");
    const power = answer.members.filter(({ signed }) => signed)
      .reduce((sum, member) => sum + member.power, 0);
    check(power === answer.power && 3 * power > 2 * answer.allPower,
          "signed with more than two thirds of the power", answer);
  }

  // A member that was away has the signatures of what it missed, too.
  const [, , , away] = nodes;
  process.kill(away.pid, "SIGKILL");
  await network.receipt(await network.rpc("eth_sendRawTransaction",
                                          await transfer(network.wallets[1], 1)));
  const missed = (await pool(nodes[0])).height;
  const back = start_horae("run", "--config", join(away.datadir, "horae.toml"), "--ops-port",
                           new URL(away.ops).port);
  equal((await shown(away.datadir, String(missed))).appHash,
        (await shown(nodes[0].datadir, String(missed))).appHash,
        "a member that comes back keeps the signatures of what it missed");
  back.signal("SIGTERM");
  equal(await back.wait(), { code: 0, signal: null }, "and ends in order");
  await network.stop();

  for (const { datadir } of nodes) {
    const last = await horae_replay("--datadir", datadir, "quorum");
    check(last.code === Exit.ok && /^agreed +height \d+ of /.test(last.out), "in words, too", last.said);
    const verified = await replay(datadir, "verify");
    check(verified.ok && verified.headers > 0, "and the log verifies, with its signatures", verified);
  }
  equal((await quorum(nodes[0].datadir, "1000000")).code, Exit.precondition,
        "a height that is not there is refused");

  // One bit of a signature, in a copy of a log.
  const copy = make_home();
  cpSync(join(nodes[1].datadir, "log"), join(copy, "log"), { recursive: true });
  const kept = (await replay(copy, "log", "--domain", "pool"))
    .filter(({ kind }) => kind === "consensusBlockSigned");
  const { seq, fact } = kept[Math.floor(kept.length / 2)];
  const signature = Buffer.from(fact.commit.slice(2), "hex").subarray(-65);
  const file = join(copy, "log", "data.mdb");
  const bytes = readFileSync(file);
  let altered = 0;
  for (let at = bytes.indexOf(signature); at >= 0; at = bytes.indexOf(signature, at)) {
    bytes[at] ^= 1;
    ++altered;
  }
  check(altered > 0, "the signature stands in the file");
  writeFileSync(file, bytes);
  for (const verb of ["quorum", "verify"]) {
    const found = await try_replay(copy, verb);
    equal([found.code, JSON.parse(found.out).seq], [Exit.mismatch, seq],
          `${verb} finds the record whose signature was altered`);
  }
});

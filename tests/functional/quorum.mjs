// For the tests of a pool: from a member's log alone, that the pool agreed on a height, with the signatures of
// members with more than two thirds of the power; signatures that were altered are found.
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { check, equal, Exit, horae_replay, make_home, replay, try_replay, until } from "./network.mjs";

const quorum = (datadir, ...args) => try_replay(datadir, "quorum", ...args);

/** What the log shows of a height, once it has the signatures. */
const shown = (datadir, height) => until(`signatures in ${datadir}`, async () => {
  const ended = await quorum(datadir, String(height));
  if (ended.code === Exit.ok) return JSON.parse(ended.out);
  if (ended.code !== Exit.precondition) throw new Error(`quorum: ${ended.said}`);
  return undefined;
}, { every_ms: 500 });

/** Each member's log shows that all agreed on this height. */
export async function shows_height(nodes, height) {
  const answers = await Promise.all(nodes.map(({ datadir }) => shown(datadir, height)));
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
}

/** In words; and a height that is not there. */
export async function shows_last({ datadir }) {
  const last = await horae_replay("--datadir", datadir, "quorum");
  check(last.code === Exit.ok && /^agreed +height \d+ of /.test(last.out), "in words, too", last.said);
  equal((await quorum(datadir, "1000000")).code, Exit.precondition, "a height that is not there is refused");
}

/** One bit of a signature, in a copy of a log. */
export async function finds_altered_signature({ datadir }) {
  const copy = make_home();
  cpSync(join(datadir, "log"), join(copy, "log"), { recursive: true });
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
}

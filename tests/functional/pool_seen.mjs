// For the tests of a pool: what people and their tools see of one that is well, by the doctor, status, metrics,
// JSON-RPC and inspector.
import { join } from "node:path";
import { status_of } from "./member_nodes.mjs";
import { check, equal, Exit, horae, inspect, ok, rpc, until } from "./network.mjs";

async function doctor_of({ datadir }) {
  const { out } = await horae("doctor", "--json", "--config", join(datadir, "horae.toml"));
  const { checks } = JSON.parse(out);
  return Object.fromEntries(checks.map((each) => [each.id, each]));
}

const of_the_pool = (checks) => Object.entries(checks)
  .filter(([id, { verdict }]) => id.startsWith("pool.") && verdict !== "ok");

export async function doctor_is_content(leader, member) {
  const [leads, follows] = await Promise.all([leader, member].map(doctor_of));
  equal(of_the_pool(leads), [], "the doctor of the leader finds its pool in order");
  equal(of_the_pool(follows), [], "and so does the doctor of another member");
  check(follows["engine.chain"].verdict === "ok" && follows["log.identity"].verdict === "ok",
        "which has an engine of its own", [follows["engine.chain"], follows["log.identity"]]);
}

/** Every member's engine has the leader's block, and its users read it there. */
export async function all_execute(network, nodes, hash) {
  const { blockNumber, blockHash } = await network.receipt(hash);
  for (const { l2, datadir } of nodes) {
    const seen = await until(`block ${Number(blockNumber)} at ${datadir}`, async () =>
      await rpc(l2.rpc, "eth_getTransactionReceipt", hash));
    equal(seen.blockHash, blockHash, "each member's engine has executed the leader's block");
    await until(`block ${Number(blockNumber)} to be safe at ${datadir}`, async () => {
      const safe = await rpc(l2.rpc, "eth_getBlockByNumber", "safe", false);
      return Number(safe.number) >= Number(blockNumber);
    });
    ok("and shows it as safe once two thirds have attested it");
  }
}

/** What users send to members that do not lead comes into the leader's blocks. */
export async function all_take_transactions(network, nodes, sign) {
  const sent = await Promise.all(nodes.map(async ({ l2 }, place) =>
    rpc(l2.rpc, "eth_sendRawTransaction", await sign(place))));
  for (const hash of sent) await network.receipt(hash);
  ok("what is sent to any member is in a block");
  for (const node of nodes.slice(1)) {
    const { pool } = await status_of(node);
    check(pool.forwarding.given >= 1 && pool.forwarding.refused === 0
          && pool.members.every(({ linked }) => linked), "which it was handed", pool.forwarding);
  }
}

export async function all_tell_the_same(network, leader, member) {
  const told = await rpc(network.l2, "horae_pool");
  const { pool } = await status_of(leader);
  equal([Object.keys(told), told.leader, told.signer.state, told.mayFail],
        [Object.keys(pool), leader.sequencer.address, "signing", 1], "horae_pool tells the same");
  const words = await horae("status", "--datadir", member.datadir);
  check(words.code === Exit.ok && words.out.includes(`led by ${leader.sequencer.address}`)
        && /^signer +signing, last at height \d+$/m.test(words.out), "status has it in words",
        words.out);
  const brief = await horae("pool", "status", "--datadir", member.datadir);
  check(brief.code === 0 && /any 1 may be away/.test(brief.out), "pool status tells it", brief.said);
  check(brief.code === 0 && /^production +following: 0x[0-9a-f]{40} makes the pool's blocks$/m.test(words.out),
        "and that it follows", words.out);
  const settles = await until("a block in the inspector", async () => {
    const seen = await inspect(member.datadir, "--messages", "sequence", "--count", "20");
    return seen.code === 0 && seen.out.split("\n").filter(Boolean).map((line) => JSON.parse(line))
      .find(({ kind }) => kind === "SettleBlock");
  });
  check(settles.content.height > 0 && settles.content.inputs >= 0,
        "the inspector shows a block of consensus by its size", settles);
}

// What people and their tools see of a pool: the doctor, status and probes, metrics, the JSON-RPC,
// the inspector; a member that goes, and a member that is cut off.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { begin_member, need_cometbft, status_of } from "./member_nodes.mjs";
import {
  check, equal, Exit, horae, inspect, Network, ok, rpc, test, until,
} from "./network.mjs";

need_cometbft();

/** Once a node's status is so. */
const until_status = (what, node, holds) => until(what, async () => {
  const status = await status_of(node).catch(() => undefined);
  return status && holds(status) && status;
}, { every_ms: 200 });

async function doctor_of({ datadir }) {
  const { out } = await horae("doctor", "--json", "--config", join(datadir, "horae.toml"));
  const { checks } = JSON.parse(out);
  return Object.fromEntries(checks.map((each) => [each.id, each]));
}

const of_the_pool = (checks) => Object.entries(checks)
  .filter(([id, { verdict }]) => id.startsWith("pool.") && verdict !== "ok");

await test(async () => {
  const network = await Network.start({ args: ["--nodes", "4", "--traffic", "2"] });
  const { nodes } = network.dev;
  const [leader, member, third, fourth] = nodes;
  for (const node of nodes) {
    await until_status("each node to be well in its pool", node, ({ ready, pool }) =>
      ready && pool?.members.length === 4 && pool.members.every(({ connected }) => connected));
  }
  ok("each of four is ready");

  // The doctor.
  const leads = await doctor_of(leader);
  equal(of_the_pool(leads), [], "the doctor of the leader finds its pool in order");
  check(leads["pool.voice"].found.includes("which leads"), "and that it leads", leads["pool.voice"]);
  const follows = await doctor_of(member);
  equal(of_the_pool(follows), [], "and so does the doctor of another member");
  check(follows["engine.chain"].verdict === "skipped" && follows["log.identity"].verdict === "ok",
        "which has no engine", [follows["engine.chain"], follows["log.identity"]]);

  // Status, JSON-RPC, inspector.
  const told = await rpc(network.l2, "horae_pool");
  const { pool } = await status_of(leader);
  equal([Object.keys(told), told.leader, told.signer.state, told.mayFail],
        [Object.keys(pool), leader.sequencer.address, "signing", 1], "horae_pool tells the same");
  const words = await horae("status", "--datadir", member.datadir);
  check(words.code === Exit.ok && words.out.includes(`led by ${leader.sequencer.address}`)
        && /^signer +signing, last at height \d+$/m.test(words.out), "status has it in words",
        words.out);
  const said = readFileSync(join(member.datadir, "node.log"), "utf8");
  check(/makes no blocks and has no JSON-RPC for users/.test(said),
        "a member that does not lead says so where others name their JSON-RPC", said);
  const settles = await until("a block in the inspector", async () => {
    const seen = await inspect(member.datadir, "--messages", "sequence", "--count", "20");
    return seen.code === 0 && seen.out.split("\n").filter(Boolean).map((line) => JSON.parse(line))
      .find(({ kind }) => kind === "SettleBlock");
  });
  check(settles.content.height > 0 && settles.content.inputs >= 0,
        "the inspector shows a block of consensus by its size", settles);

  // A member goes: the others say who, and that it is away.
  process.kill(fourth.pid, "SIGKILL");
  const address = fourth.sequencer.address;
  const without = await until_status("the member to be away", leader, ({ pool: seen }) =>
    seen.members.find((one) => one.address === address).away);
  check(without.ready && without.condition.besides.some((one) => one.includes(`${address} is away`)),
        "a member that is away is named, and the others are ready", without.condition);
  const metrics = await (await fetch(`${leader.ops}/metrics`)).text();
  check(/^horae_consensus_members_away 1$/m.test(metrics) && /^horae_consensus_may_fail 1$/m.test(metrics)
        && /^horae_consensus_signer_state\{state="signing"\} 1$/m.test(metrics),
        "and counted in the metrics", metrics.split("\n").filter((line) => /_consensus_/.test(line)));

  // Its signer's record is lost: the operator's word lets it sign again.
  const release = (node, ...flags) =>
    horae("pool", "release-signer", "--config", join(node.datadir, "horae.toml"), ...flags);
  equal((await release(leader)).code, Exit.directory, "a signer that runs is left alone");
  const record = join(fourth.datadir, "consensus/signer/signed.json");
  rmSync(record);
  const asked = await release(fourth);
  const first = Number(/sign from height (\d+) on/.exec(asked.out)?.[1]);
  check(asked.code === Exit.precondition && !existsSync(record)
        && asked.out.includes("there is no record of what the key has signed") && first > 3,
        "without the word what it would do is told, and nothing is done", asked);
  const released = await release(fourth, "--no-other-signs-with-this-key");
  equal([released.code, existsSync(record)], [Exit.ok, true], "with it the record begins anew");
  const back = await begin_member(fourth);
  const signs = await until_status("the member to sign again", fourth, ({ pool: seen }) =>
    seen?.signer.state === "signing" && seen.signer.height >= first);
  check(signs.pool.signer.height >= first, "and it signs from there on", signs.pool.signer);
  back.signal("SIGKILL");
  await back.wait();

  // Two more go: who is left says that nobody is connected, and what to do.
  for (const node of [third, member]) process.kill(node.pid, "SIGKILL");
  const alone = await until_status("the leader to be alone", leader, ({ condition }) =>
    condition.state === "stuck");
  check(!alone.ready && /pool\.peers/.test(alone.condition.words),
        "one that is left alone is not ready, and says what to look at", alone.condition);
  const probe = await fetch(`${leader.ops}/readyz`);
  check(probe.status === 503 && /\[-\]pool failed: /.test(await probe.text()), "nor by its probe");
  await network.stop();
});

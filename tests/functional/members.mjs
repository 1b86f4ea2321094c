// A pool of four: the same facts at all, from L1 and from the leader's blocks; what people and their tools see
// of it, of a member that is away and of one that is cut off; and what the logs show to others.
import { existsSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { votes_twice } from "./double_vote.mjs";
import {
  at_each, begin_member, logs_agree, need_cometbft, of_power, one_leader, pool_of,
  status_of,
} from "./member_nodes.mjs";
import {
  check, equal, Exit, horae, make_home, Network, ok, test, transfer, until,
} from "./network.mjs";
import { all_execute, all_take_transactions, all_tell_the_same, doctor_is_content } from "./pool_seen.mjs";
import { finds_altered_signature, shows_height, shows_last } from "./quorum.mjs";

need_cometbft();

/** Once a node's status is so. */
const until_status = (what, node, holds) => until(what, async () => {
  const status = await status_of(node).catch(() => undefined);
  return status && holds(status) && status;
}, { every_ms: 200 });

/** More than an input of consensus takes, at once. */
async function send_bulk(network) {
  const wallets = network.wallets.slice(0, 10).filter((_, i) => i !== 1);
  const bulky = wallets.map(async (wallet) => transfer(
    wallet, Number(await network.rpc("eth_getTransactionCount", wallet.address, "pending")),
    { data: `0x${"00".repeat(120_000)}`, gasLimit: 1_300_000n }));
  const sent = [];
  for (const raw of await Promise.all(bulky)) {
    sent.push(await network.rpc("eth_sendRawTransaction", raw));
  }
  const blocks = new Set();
  for (const each of sent) blocks.add((await network.receipt(each)).blockNumber);
  check(blocks.size > 1, "what does not fit one input is in several blocks", [...blocks]);
}

/** Its signer's record is lost, while it is ended: the operator's word lets it sign again, from that height. */
async function lose_record(leader, lost) {
  const release = (node, ...flags) =>
    horae("pool", "release-signer", "--config", join(node.datadir, "horae.toml"), ...flags);
  equal((await release(leader)).code, Exit.directory, "a signer that runs is left alone");
  const record = join(lost.datadir, "consensus/signer/signed.json");
  rmSync(record);
  const asked = await release(lost);
  const first = Number(/sign from height (\d+) on/.exec(asked.out)?.[1]);
  check(asked.code === Exit.precondition && !existsSync(record)
        && asked.out.includes("there is no record of what the key has signed") && first > 3,
        "without the word what it would do is told, and nothing is done", asked);
  const released = await release(lost, "--no-other-signs-with-this-key");
  equal([released.code, existsSync(record)], [Exit.ok, true], "with it the record begins anew");
  return first;
}

await test(async () => {
  // By a path from where one stands, as ./run gives it.
  const datadir = relative(process.cwd(), join(make_home(), "data"));
  const network = await Network.start({ args: ["--nodes", "4", ...one_leader], datadir });
  const { nodes } = network.dev;
  const [leader, member, , fourth] = nodes;
  equal(nodes.length, 4, "dev.json names four nodes");
  equal(leader.l2.rpc, network.l2, "of which the first is the one that leads");
  const [first] = await at_each(nodes, "all to be of power by L1", of_power);
  equal(first.members.map(({ address }) => address), nodes.map(({ sequencer }) => sequencer.address).sort(),
        "each is a member");
  equal([first.leader, first.mayFail], [leader.sequencer.address, 1],
        "the first leads, and one may be away");
  for (const node of nodes) await until_status("each to be ready", node, ({ ready }) => ready);
  const send = async (nonce) => network.receipt(await network.rpc(
    "eth_sendRawTransaction", await transfer(network.wallets[1], nonce)));
  const { transactionHash } = await send(0);
  ok("a transaction is in a block that all have agreed on");
  await all_execute(network, nodes, transactionHash);
  await all_take_transactions(network, nodes, (place) => transfer(network.wallets[2 + place], 0));
  await shows_height(nodes, (await pool_of(leader)).height);
  await doctor_is_content(leader, member);
  await votes_twice(nodes, nodes[2]);

  // A member is killed: the others say who, and that it is away, and blocks are agreed on.
  process.kill(fourth.pid, "SIGKILL");
  await send(1);
  ok("with one of four away, blocks are agreed on");
  const signs_from = await lose_record(leader, fourth);

  // It begins where nobody reaches it, and it nobody.
  await begin_member(fourth, "--pool-listen", "127.0.0.1:1", "--pool-peers", "");
  await Promise.all([send_bulk(network), all_tell_the_same(network, leader, member)]);
  const missed = (await pool_of(leader)).height;
  const address = fourth.sequencer.address;
  const without = await until_status("the member to be away", leader, ({ pool }) =>
    pool.members.find((one) => one.address === address).away);
  check(without.ready && without.condition.besides.some((one) => one.includes(`${address} is away`)),
        "a member that is away is named, and the others are ready", without.condition);
  const metrics = await (await fetch(`${leader.ops}/metrics`)).text();
  check(/^horae_consensus_members_away 1$/m.test(metrics) && /^horae_consensus_may_fail 1$/m.test(metrics)
        && /^horae_consensus_signer_state\{state="signing"\} 1$/m.test(metrics),
        "and counted in the metrics", metrics.split("\n").filter((line) => /_consensus_/.test(line)));
  const alone = await until_status("the member to be alone", fourth, ({ condition }) =>
    condition.besides.some((words) => words.includes("pool.peers")));
  check(!alone.ready && alone.checks.some(({ name, ok: well }) => name === "pool" && !well),
        "one that is cut off is not ready, and says what to look at", alone);
  const probe = await fetch(`${fourth.ops}/readyz`);
  check(probe.status === 503 && /\[-\]pool failed: no other member/.test(await probe.text()), "nor by its probe");
  fourth.program.signal("SIGKILL");
  await fourth.program.wait();

  const back = await begin_member(fourth);
  const signs = await until_status("the member to sign again", fourth, ({ pool }) =>
    pool?.signer.state === "signing" && pool.signer.height >= signs_from && pool.height >= missed);
  ok(`it comes back, and signs from there on, at ${signs.pool.signer.height}`);
  await shows_height(nodes, missed);
  ok("and keeps the signatures of what it missed");
  const end = (await pool_of(leader)).height;
  await at_each(nodes, "all to be there", ({ height }) => height >= end);
  back.signal("SIGTERM");
  equal(await back.wait(), { code: 0, signal: null }, "a member ends in order");
  await network.stop();
  await logs_agree(nodes);
  await Promise.all(nodes.map(shows_last));
  await finds_altered_signature(member);
});

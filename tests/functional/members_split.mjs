// Four nodes of a pool under load to each, that is older than the rule by which blocks are revoked, and has it by a
// change: two engines execute otherwise than the other two; two members do not reach one another; engines are lost.
import { join } from "node:path";
import {
  address_of, alter_engine, at_each, attest_on, begin_member, end_members, engine_head, kill_engine, kill_members,
  logs_agree, need_cometbft, of_links, of_power, one_leader, pool_of, status_of, stream, without,
} from "./member_nodes.mjs";
import { LinkCut } from "./link_cut.mjs";
import { check, equal, Exit, horae, horae_replay, ok, replay, rpc, test, transfer, until } from "./network.mjs";
import { older_pool, set_attestation } from "./older_pool.mjs";

need_cometbft();

const unattested = 4;
const begin_all = (nodes, ...flags) => Promise.all(nodes.map((node) => begin_member(node, ...flags)));

async function yields({ datadir }) {
  const { code, said } = await horae("pool", "yield", "--datadir", datadir);
  check(code === Exit.ok, "the leader gives its turn away", said);
}

/** A transaction to each of several members. */
const send = (network) => async (node, place) => {
  const wallet = network.wallets[6 + place];
  const nonce = Number(await rpc(network.l2, "eth_getTransactionCount", wallet.address, "latest"));
  return rpc(node.l2.rpc, "eth_sendRawTransaction", await transfer(wallet, nonce));
};

const leader_of = async (nodes) => {
  const { leader } = await pool_of(nodes[0]);
  return nodes.find((node) => address_of(node) === leader);
};

/** Three of four want that blocks are revocable, and from that block of L1 on they are. */
async function becomes_revocable(network) {
  const { nodes } = network.dev;
  const l1_head = async () => Number(await rpc(network.l1, "eth_blockNumber"));
  const from = await l1_head() + 60;
  const file = join(network.datadir, "change.json");
  const made = await horae("pool", "change", "--config", join(nodes[1].datadir, "horae.toml"), "--from-block",
                           String(from), "--revocable", "--out", file);
  equal(made.code, Exit.ok, "a change of the rules by which blocks are revocable is a file");
  set_attestation(file, unattested, true);
  await end_members(nodes.slice(1));
  await begin_all(nodes.slice(1), "--pool-rule-change", file);
  await at_each(nodes, "it to be agreed on", ({ rules }) => rules.changes[0]?.agreed);
  const rule = async () => (await replay(nodes[0].datadir, "state")).blocks.attestation;
  equal((await rule()).revocableFrom, 0, "before it none is");
  await rpc(network.l1, "anvil_mine", from - await l1_head());
  await at_each(nodes, "the new rules to hold", ({ rules }) => rules.changes.length === 0);
  const { most, revocableFrom } = await rule();
  check(most === unattested && revocableFrom > 0, "then each block is", [most, revocableFrom]);
}

/** Their engines execute otherwise than others from the same block on. */
async function alter_alike(nodes) {
  const each = (signal) => nodes.forEach(({ program }) => program.signal(signal));
  await until("their engines to be at one block", async () => {
    each("SIGSTOP");
    const heads = await Promise.all([...nodes, ...nodes].map(engine_head));
    const alike = heads.every((head) => head === heads[0]);
    if (alike) await Promise.all(nodes.map(alter_engine));
    each("SIGCONT");
    return alike;
  });
}

/** Two of four have the blocks otherwise than they are sealed: no more are made, until operators decide. */
async function halves_differ(network) {
  const { nodes } = network.dev;
  const leader = await leader_of(nodes);
  const [right, ...wrong] = without(nodes, leader);
  await alter_alike(wrong);
  const [{ attestedBlock: before }] = await at_each(nodes, "two of four to dispute", ({ dispute }) =>
    /^of block \d+, members with 40000 of 80000 power have 0x[0-9a-f]{64} instead$/.test(dispute));
  const { condition } = await until("no more to be made", async () => {
    const status = await status_of(leader);
    return status.condition.words.includes(`${unattested} blocks are not attested`) && status;
  });
  const block = before + 1;
  check(condition.words.includes(`of block ${block}, members with 40000`), "which the leader says", condition);
  const { members } = await pool_of(right);
  equal(members.filter(({ attested }) => attested >= block).map(({ address }) => address).sort(),
        [leader, right].map(address_of).sort(), "who has it as it is sealed has attested it");

  // Of the wrong engines nothing more is wanted; their nodes go on to speak for their operators.
  const give_back = await Promise.all(wrong.map((node) => kill_engine(network, node)));
  const told = await Promise.all([leader, right, wrong[0]].map(({ datadir }) =>
    horae("pool", "revoke", "--datadir", datadir, "--block", String(block))));
  check(told.every(({ code }) => code === Exit.ok), "operators of three members want it revoked", told);
  const [{ revoked }] = await at_each(nodes, "it to be revoked", (pool) => pool.revoked);
  equal(revoked, { times: 1, first: block, last: block + unattested - 1 }, "and it is, and all behind it");

  await give_back[0]();
  await end_members([wrong[1]]);
  await give_back[1]();
  await begin_member(wrong[1]);
  await at_each(nodes, "blocks in their place", ({ attestedBlock, dispute }) =>
    attestedBlock > revoked.last && dispute === "");
  await attest_on(nodes);
  ok("with empty engines, one node begun anew and one not, all four attest what is made in their place");
  const { faults } = JSON.parse((await horae_replay("--datadir", right.datadir, "penalties", "--json")).out);
  equal(faults.filter(({ kind }) => kind.startsWith("wrong")), [], "and nobody is at fault");
}

/** The leader and another member do not reach one another, and all else do. */
async function pair_is_cut(network, links) {
  const { nodes } = network.dev;
  const leader = await leader_of(nodes);
  const [apart, between] = without(nodes, leader);
  const each_way = (what, holds) => Promise.all([[leader, apart], [apart, leader]].map(([node, other]) =>
    at_each([node], what, ({ members }) =>
      holds(members.find(({ address }) => address === address_of(other))))));
  const { epoch } = await pool_of(between);
  links.cut(leader, apart);
  await each_way("neither to reach the other", ({ linked, connected }) => !linked && connected === false);
  const [waits, goes] = await Promise.all([apart, between].map(send(network)));
  await network.receipt(goes);
  await attest_on(nodes);
  ok("though two do not reach one another, blocks are agreed on, and all attest them");
  const { forwarding } = await pool_of(apart);
  const in_block = await rpc(between.l2.rpc, "eth_getTransactionReceipt", waits);
  // Where the machine is slow, others may have replaced it meanwhile.
  const led_on = (await pool_of(between)).epoch === epoch;
  if (led_on) {
    check(!in_block && forwarding.toGive > 0 && forwarding.noLinkSinceMs > 0,
          "what is sent to the one that does not reach the leader waits there, which it says", [in_block, forwarding]);
    await yields(leader);
  }
  await network.receipt(waits);
  links.heal();
  await each_way("each to reach the other", ({ linked, connected }) => linked && connected);
  ok("and is in a block once another one leads; then the two are connected and linked again");
  return led_on;
}

/** An engine that is killed and comes back empty, while its node runs on. */
async function engine_is_lost(network, what, node) {
  const give_back = await kill_engine(network, node);
  await until("its node to miss it", async () =>
    JSON.stringify((await status_of(node)).condition).includes("the engine does not answer"));
  await give_back();
  await attest_on([node]);
  ok(`the engine of ${what} that comes back empty is brought to the log's head, and its node attests on`);
}

/** Of one that follows, and of one that leads. */
async function engines_are_lost(network) {
  const { nodes } = network.dev;
  while (await leader_of(nodes) === nodes[0]) await yields(nodes[0]);
  const leader = await leader_of(nodes);
  await engine_is_lost(network, "one that follows", without(nodes, nodes[0], leader)[0]);
  await engine_is_lost(network, "the leader", leader);
}

await test(async () => {
  const network = await older_pool(["--nodes", "4", "--without-node", "--no-governance", ...one_leader]);
  const { nodes } = network.dev;
  await kill_members(network, nodes.slice(1));
  const links = await LinkCut.before(nodes);
  await begin_all(nodes);
  await at_each(nodes, "all to be of power by L1", of_power);
  await at_each(nodes, "all to be linked", of_links);
  const acknowledged = [];
  const over = { yet: false };
  const streaming = Promise.all(nodes.map((node, i) =>
    stream(network, acknowledged, over, node, network.wallets[1 + i])));
  await becomes_revocable(network);
  await attest_on(nodes);
  await halves_differ(network);
  while (!await pair_is_cut(network, links));
  await engines_are_lost(network);

  over.yet = true;
  await streaming;
  for (const hash of acknowledged) await network.receipt(hash);
  ok(`each of ${acknowledged.length} acknowledged transactions is in a block`);
  await end_members(nodes);
  await network.stop();
  await logs_agree(nodes);
});

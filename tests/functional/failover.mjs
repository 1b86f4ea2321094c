// Four nodes of a pool that take turns, and whose leader is killed, stands still, loses its engine, is told to give
// its turn away, or ends in order: another one goes on, nothing that was acknowledged is lost, and an auditor sees why
// each epoch began. What is acknowledged with copies is not lost with the member that acknowledged it.
import { keccak256 } from "ethers";
import {
  alter_engine, at_each, begin_member, engine_of, give_another_engine, kill_members, logs_agree, need_cometbft, of_power, one_leader, pool_of, stream,
} from "./member_nodes.mjs";
import {
  check, equal, Exit, horae, horae_replay, Network, ok, rpc, test, transfer, until,
} from "./network.mjs";

need_cometbft();

/** One that leads and dies at a crash point. */
async function leads_and_dies_at(point, nodes, leader_now) {
  const leader = await leader_now();
  const dying = nodes.find((node) => node !== leader);
  dying.program.signal("SIGTERM");
  await dying.program.wait();
  await begin_member(dying, "--crash-at", point);
  const { height } = await pool_of(leader);
  await at_each([dying], "it to be level", (pool) => pool.height > height);
  for (let next = await leader_now(); next !== dying; next = await leader_now()) {
    // One that begins is not asked yet.
    await until("another one's turn to be over", async () => (await yields(next)).code === Exit.ok,
                { every_ms: 500 });
  }
  return dying;
}

/** A leader whose engine executes otherwise than the others': they say so, its blocks are revoked, and what was in
 *  them is in other ones. It dies while it takes that back, and finds the rest to do when it begins again. */
async function is_revoked(network, leader, others) {
  await at_each(others, "its blocks to be revoked", ({ revoked, leader: now }) =>
    revoked?.times > 0 && now && now !== address_of(leader));
  const { revoked } = await pool_of(others[0]);
  ok(`blocks ${revoked.first} to ${revoked.last} of a leader whose engine executes otherwise are revoked`);
  const { faults } = JSON.parse((await horae_replay("--datadir", others[0].datadir, "penalties", "--json")).out);
  check(faults.some(({ kind, signer, block }) =>
    kind === "wrongRoots" && signer === address_of(leader) && Number(block) === revoked.first),
        "which is its fault, as the log proves", faults);
  await at_each(others, "blocks to be attested again", ({ attestedBlock }) => attestedBlock > revoked.last);
  equal(await leader.program.wait(), { code: null, signal: "SIGKILL" }, "it dies while it goes back");
  await begin_member(leader).catch(() => {});  // it ends soon
  equal(await leader.program.wait(), { code: Exit.mismatch, signal: null },
        "its node ends, since its engine is wrong of what the others attest");
  check(leader.program.errors.includes("H-ENGINE-DIFFERS"), "and says so");
  await give_another_engine(network, leader);
  await begin_member(leader);
  await at_each([leader], "it to follow", ({ attestedBlock }) => attestedBlock > revoked.last);
  ok("with another engine it goes on");
}

const yields = ({ datadir }) => horae("pool", "yield", "--datadir", datadir);
const address_of = (node) => node.sequencer.address;

const kill = async (node) => {
  node.program.signal("SIGKILL");
  await node.program.wait();
};

/** Why it is not acknowledged. */
const not_acknowledged = async (node, raw) => {
  try {
    return await rpc(node.l2.rpc, "eth_sendRawTransaction", raw);
  } catch ({ error }) {
    return error;
  }
};

/** One member acknowledges what three have, and dies for good; nobody leads then to whom it could have handed it. */
async function keeps_what_has_copies(network, leader, [taker, other, third]) {
  const wallet = network.wallets[7];
  const raws = [await transfer(wallet, 0), await transfer(wallet, 1)];
  taker.program.signal("SIGTERM");
  await taker.program.wait();
  await begin_member(taker, "--acknowledge-copies", "3");
  const has_links = (count) => at_each([taker], `${count} links`, ({ members }) =>
    members.filter(({ linked, address }) => linked && address !== address_of(taker)).length === count);
  await has_links(3);
  await until("its JSON-RPC", () => rpc(taker.l2.rpc, "eth_chainId").catch(() => undefined));
  await Promise.all([kill(leader), kill(other)]);
  for (const again of [false, true]) {
    const { message, data } = await not_acknowledged(taker, raws[0]);
    check(data?.reason === "tooFewCopies" && data.copies === 2 && data.wanted === 3
          && data.hash === keccak256(raws[0]) && message.includes("it may still be executed"),
          `what too few members have is not acknowledged${again ? ", nor when it is sent again" : ""}`, [message, data]);
  }
  const { copies } = await pool_of(taker);
  check(copies.wanted === 3 && copies.lacking >= 2, "and is counted", copies);
  await begin_member(other);
  await has_links(2);
  const hash = await rpc(taker.l2.rpc, "eth_sendRawTransaction", raws[1]);
  await kill(taker);
  equal(hash, keccak256(raws[1]), "what three have is acknowledged");
  await begin_member(leader);
  for (const raw of raws) {
    await until("a block of the others'", () =>
      rpc(third.l2.rpc, "eth_getTransactionReceipt", keccak256(raw)), { every_ms: 200 });
  }
  ok("and is in a block, with whoever acknowledged it gone");
  await begin_member(taker);
}

await test(async () => {
  const network = await Network.start({
    args: ["--nodes", "4", "--without-node", "--no-governance", ...one_leader] });
  const { nodes } = network.dev;
  await kill_members(network, nodes.slice(1));
  await Promise.all(nodes.map((node) => begin_member(node)));
  await at_each(nodes, "all to be of power by L1", of_power);
  await at_each(nodes, "all to be linked", ({ members }) => members.every(({ linked }) => linked));
  const acknowledged = [];
  const over = { yet: false };
  const streaming = Promise.all(nodes.map((node, i) =>
    stream(network, acknowledged, over, node, network.wallets[1 + i])));

  const seen_by = async (node) => (await pool_of(node)).leader;
  const leader_now = async () => {
    return until("a leader", async () => {
      const told = await Promise.all(nodes.map((node) => seen_by(node).catch(() => undefined)));
      return told.every((each) => each && each === told[0])
        && nodes.find(({ sequencer }) => sequencer.address === told[0]);
    }, { every_ms: 100 });
  };
  /** Once one of these has a block that was made when another one than `leader` led. */
  const goes_on = async (leader, others) => {
    await at_each(others, "another one to lead", (pool) => pool.leader !== leader.sequencer.address);
    const block = async () => (await pool_of(others[0])).attestedBlock;
    const before = await block();
    await until("blocks", async () => await block() > before, { every_ms: 100 });
  };
  const without = (one) => nodes.filter((node) => node !== one);
  const goes_by = async (what, leader, others = without(leader)) => {
    await goes_on(leader, others);
    const { lastFailover: last } = await pool_of(others[0]);
    check(last?.from === leader.sequencer.address && last.to !== last.from, `${what}: another one makes the blocks`,
          last);
  };

  let leader = await leader_now();
  equal(leader.sequencer.address, nodes[0].sequencer.address, "the first turn is the first sequencer's");
  await kill(leader);
  await goes_by("a leader that is killed", leader);
  equal((await yields(leader)).code, Exit.not_ready, "who does not run has no turn to give away");
  await begin_member(leader);
  await at_each([leader], "it to follow", (pool) => pool.leader !== leader.sequencer.address && pool.height > 0);
  ok("comes back, and follows");

  leader = await leader_now();
  leader.program.signal("SIGSTOP");
  await goes_by("one that stands still", leader);
  leader.program.signal("SIGCONT");

  // Its node and its consensus go on, and the others could make a block.
  leader = await leader_now();
  const engine = engine_of(network, leader);
  process.kill(engine, "SIGSTOP");
  await goes_by("one whose engine stands still", leader);
  process.kill(engine, "SIGCONT");

  leader = await leader_now();
  const given = await yields(leader);
  const next = /^this node's turn is over: (0x[0-9a-f]{40}) leads$/m.exec(given.out)?.[1];
  check(given.code === Exit.ok && without(leader).some((node) => address_of(node) === next),
        "one that is told to gives its turn away", given);
  await goes_on(leader, nodes);
  const idle = await yields(leader);
  check(idle.code === Exit.ok && idle.out.startsWith(`this node does not lead: ${next} does`),
        "and has none then", idle);

  for (;;) {
    leader = await leads_and_dies_at("returned", nodes, leader_now);
    await alter_engine(leader);
    // Where the machine is slow, it may be replaced before its next block, and differ from another one's.
    const came = await until("a block of it to be revoked, or its end", async () =>
      (await pool_of(without(leader)[0])).revoked ? "revoked" : leader.program.end && "ended");
    if (came === "revoked") break;
    equal(leader.program.end.code, Exit.mismatch, "it did not lead, and ends");
    await give_another_engine(network, leader);
    await begin_member(leader);
  }
  await is_revoked(network, leader, without(leader));

  leader = await leader_now();
  await keeps_what_has_copies(network, leader, without(leader));

  leader = await leader_now();
  const since = (await pool_of(leader)).epoch;
  leader.program.signal("SIGTERM");
  equal(await leader.program.wait(), { code: 0, signal: null }, "one that ends in order");
  await goes_on(leader, without(leader));
  const { epoch } = await pool_of(without(leader)[0]);
  check(epoch > since, "has given its turn to the next", [since, epoch]);
  await begin_member(leader);

  const { height } = await pool_of(leader);
  await at_each(nodes, "all to be level", (pool) => pool.height > height);
  over.yet = true;
  await streaming;
  for (const hash of acknowledged) await network.receipt(hash);
  ok(`each of ${acknowledged.length} acknowledged transactions is in a block`);
  for (const { program } of nodes) program.signal("SIGTERM");
  for (const { program } of nodes) await program.wait();
  await network.stop();
  await logs_agree(nodes);
  const told = await horae_replay("--datadir", nodes[1].datadir, "schedule", "--json");
  const epochs = JSON.parse(told.out).epochs;
  const causes = new Set(epochs.map(({ why }) => why));
  check(["first", "leaderReplaced", "leaderYielded"].every((each) => causes.has(each))
        && epochs.filter(({ why }) => why === "leaderYielded").length >= 2,
        "an auditor sees why each epoch began", epochs.map(({ why }) => why));
});

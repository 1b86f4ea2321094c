// Four nodes of a pool that take turns, and whose leader is killed, stands still, loses its engine, or ends in
// order: another one goes on, nothing that was acknowledged is lost, and an auditor sees why each epoch began.
import { at_each, begin_member, engine_of, kill_members, logs_agree, need_cometbft, of_power, one_leader, pool_of, stream }
  from "./member_nodes.mjs";
import { check, equal, horae_replay, Network, ok, test, until } from "./network.mjs";

need_cometbft();

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
  leader.program.signal("SIGKILL");
  await leader.program.wait();
  await goes_by("a leader that is killed", leader);
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
  check(["first", "leaderReplaced", "leaderYielded"].every((each) => causes.has(each)),
        "an auditor sees why each epoch began", epochs.map(({ why }) => why));
});

// Members of a pool that go and come back under load: the leader at each window of agreeing on a block, while
// another one loses consensus' blocks; two of four at once, without whom nothing goes on; and all at
// once, with the engine. No fact is lost, none is there twice, and the logs agree.
import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  at_each, begin_member, end_members, kill_members, logs_agree, need_cometbft, of_power, pool_of, stream,
} from "./member_nodes.mjs";
import {
  check, equal, Exit, horae, Network, ok, replay, rpc, test, until,
} from "./network.mjs";

need_cometbft();

const points = ["block_proposed", "block_decided", "block_settled", "block_appended", "block_told",
                "vote_recorded"];
const acknowledged = [];

/** Runs `work` while there is traffic. */
async function under_load(network, work) {
  const over = { yet: false };
  const streaming = stream(network, acknowledged, over);
  await work();
  over.yet = true;
  await streaming;
}

await test(async () => {
  const network = await Network.start({
    args: ["--nodes", "4", "--without-node", "--no-governance", "--epoch-length", "1"] });
  const { nodes } = network.dev;
  const [leader, second, third, fourth] = nodes;
  // The dev network starts all but the leader itself.
  await kill_members(network, [third, fourth]);
  await Promise.all([begin_member(leader, "--crash-at", `${points[0]}:1`), begin_member(third),
                     begin_member(fourth)]);
  const kill = async (...some) => {
    for (const { program } of some) program.signal("SIGKILL");
    for (const { program } of some) await program.wait();
  };
  /** Once a node has all that another one has now. */
  const caught_up = async (node) => {
    const { height } = await pool_of(node === leader ? second : leader);
    await at_each([node], "a member to have caught up", (pool) => pool.height >= height);
  };

  const dies_at_each_point = async () => {
    for (const [i, point] of points.entries()) {
      equal((await leader.program.wait()).signal, "SIGKILL", `the leader dies at ${point}`);
      await begin_member(leader, ...(i + 1 < points.length ? ["--crash-at", `${points[i + 1]}:3`] : []));
    }
    await caught_up(leader);
    ok("and comes back each time");
  };
  const loses_its_blocks = async () => {
    await at_each([third], "the pool's beginning", of_power);
    await end_members([third]);
    rmSync(join(third.datadir, "consensus", "cometbft", "data"), { recursive: true });
    const refused = await horae("run", "--config", join(third.datadir, "horae.toml"));
    equal(refused.code, Exit.unreachable, "a log without consensus' blocks is refused");
    check(/take the log away, too/.test(refused.said), "with what to do", refused.said);
    for (const part of ["log", "lookups", "snapshots"]) {
      rmSync(join(third.datadir, part), { recursive: true, force: true });
    }
    await begin_member(third);
    const { height } = await pool_of(second);
    await at_each([third], "all of it from the others, and its signer to sign", (pool) =>
      pool.height >= height && pool.signer.state === "signing");
    ok("a member that gave up its log, too, has all of it from the others again");
  };

  await under_load(network, async () => {
    await Promise.all([dies_at_each_point(), loses_its_blocks()]);

    await end_members([third]);
    await kill(fourth);
    const alone = [leader, second];
    const l1_block = async () => Number(await rpc(network.l1, "eth_blockNumber"));
    const l1_goes_on = async (blocks) => {
      const since = await l1_block();
      await until("L1 to go on", async () => await l1_block() >= since + blocks, { every_ms: 200 });
    };
    await l1_goes_on(2);
    const height = Math.max(...(await Promise.all(alone.map(pool_of))).map((pool) => pool.height));
    await l1_goes_on(2);
    for (const node of alone) {
      const pool = await pool_of(node);
      check(pool.height === height, "with two of four gone nothing is agreed on", pool);
    }
    await begin_member(fourth);
    await at_each([fourth, ...alone], "it to go on", (pool) => pool.height > height + 2);
    ok("and it goes on when one is back");
    await begin_member(third);
    await caught_up(third);
  });

  // All of it at once: what is not on the disk is gone, and with it the engine.
  const { height } = await pool_of(leader);
  process.kill(second.pid, "SIGKILL");
  await kill(leader, third, fourth);
  await network.stop();
  const again = await Network.start({ datadir: network.datadir });
  await at_each(again.dev.nodes, "all to be there again", (pool) => of_power(pool) && pool.height > height);
  for (const hash of acknowledged) await again.receipt(hash);
  ok(`each of ${acknowledged.length} acknowledged transactions is in a block`);
  const { height: last } = await pool_of(again.dev.nodes[0]);
  await at_each(again.dev.nodes, "all to be level", (pool) => pool.height >= last);
  await again.stop();
  await logs_agree(nodes);
  for (const { datadir } of nodes) {
    const applied = (await replay(datadir, "log", "--domain", "pool"))
      .filter(({ kind }) => kind === "consensusBlockApplied").map(({ fact }) => Number(fact.height));
    check(applied.every((each, i) => each === i + 1), "each height was applied once, in order",
          applied.slice(-5));
  }
});

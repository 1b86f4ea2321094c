// Members of a pool that go and come back under load: each in turn; two of four at once, one of them at
// a crash point; one whose CometBFT somebody else runs and whose signer's connection breaks; one that
// has lost consensus' blocks. No acknowledged transaction is lost, and the logs agree.
import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  at_each, begin_member, kill_members, need_cometbft, pool_of, stream,
} from "./member_nodes.mjs";
import { OuterComet } from "./outer_comet.mjs";
import {
  check, equal, Exit, horae, horae_replay, Network, ok, replay, rpc, test, until,
} from "./network.mjs";

need_cometbft();

await test(async () => {
  const network = await Network.start({
    args: ["--nodes", "4", "--without-node", "--no-governance"] });
  const { nodes } = network.dev;
  const [leader, second, third, fourth] = nodes;
  // The dev network starts all but the leader itself.
  await kill_members(network, nodes.slice(1));

  const comet = new OuterComet(join(fourth.datadir, "consensus"));
  const begin = async (node, ...flags) => {
    await begin_member(node, ...(node === fourth ? ["--pool-command", "external"] : []), ...flags);
    if (node === fourth) await comet.begin(node.program);
  };
  const end = async (node) => {
    node.program.signal("SIGTERM");
    equal(await node.program.wait(), { code: 0, signal: null }, "a member ends in order");
    if (node === fourth) equal((await comet.program.wait()).code, 0, "and with it its CometBFT");
  };
  /** Once a node has all that another one has now. */
  const caught_up = async (node) => {
    const { height } = await pool_of(node === leader ? second : leader);
    await at_each([node], "a member to have caught up", (pool) => pool.height >= height);
  };
  for (const node of nodes) await begin(node);
  await at_each(nodes, "all to be of power by L1", ({ members }) =>
    members.length === 4 && members.every(({ power, connected }) => power === 20_000 && connected));
  ok("four are one pool, one of them with a CometBFT that somebody else runs");

  const acknowledged = [];
  const over = { yet: false };
  const streaming = stream(network, acknowledged, over);

  const signed_by_fourth = async () => (await pool_of(leader)).members
    .find(({ address }) => address === fourth.sequencer.address).height;
  const signs_on = async () => {
    const before = (await pool_of(leader)).height;
    await until("the fourth to sign", async () => await signed_by_fourth() > before + 1);
  };
  for (let time = 0; time < 3; ++time) {
    comet.break_signer();
    await signs_on();
  }
  ok("a member whose signer's connection breaks signs on");
  await comet.kill();
  await comet.begin(fourth.program);
  await signs_on();
  ok("and so it does when its CometBFT was killed and somebody else began it again");

  for (const node of [fourth, leader, second, third]) {
    await end(node);
    // The last of them, some blocks later, is to die between its commit and the word to consensus.
    await begin(node, ...(node === third ? ["--crash-at", "block_appended:20"] : []));
    await caught_up(node);
  }
  ok("each in turn was ended and began again");

  equal((await third.program.wait()).signal, "SIGKILL", "one dies at a crash point");
  fourth.program.signal("SIGKILL");
  await fourth.program.wait();
  await comet.program.wait();
  const alone = [leader, second];
  const { height } = await pool_of(leader);
  const l1_block = async () => Number(await rpc(network.l1, "eth_blockNumber"));
  const since = await l1_block();
  await until("L1 to go on", async () => await l1_block() >= since + 4, { every_ms: 200 });
  for (const node of alone) {
    const pool = await pool_of(node);
    check(pool.height <= height + 1, "with two of four gone nothing is agreed on", pool);
  }
  await begin(third);
  await caught_up(third);
  await begin(fourth);
  await caught_up(fourth);
  ok("and it goes on when they are back");
  over.yet = true;
  await streaming;
  for (const hash of acknowledged) await network.receipt(hash);
  ok(`each of ${acknowledged.length} acknowledged transactions is in a block`);

  // Consensus' blocks are lost; then the log is given up, too.
  await end(third);
  rmSync(join(third.datadir, "consensus", "cometbft", "data"), { recursive: true });
  const refused = await horae("run", "--config", join(third.datadir, "horae.toml"));
  equal(refused.code, Exit.unreachable, "a log without consensus' blocks is refused");
  check(/take the log away, too/.test(refused.said), "with what to do", refused.said);
  for (const part of ["log", "lookups", "snapshots"]) {
    rmSync(join(third.datadir, part), { recursive: true, force: true });
  }
  await begin(third);
  await caught_up(third);
  await at_each([third], "the signer to sign again", ({ signer }) => signer.state === "signing");
  ok("a member that gave up both has all of it from the others again");

  const { height: last } = await pool_of(leader);
  await at_each(nodes, "all to be there", (pool) => pool.height >= last);
  for (const node of [fourth, third, second, leader]) await end(node);
  await network.stop();
  for (const { datadir } of nodes) {
    check((await replay(datadir, "verify")).ok, "the log of each verifies");
  }
  for (const { datadir } of nodes.slice(1)) {
    equal((await horae_replay("bisect", "--json", leader.datadir, datadir)).code, 0,
          "and agrees with the leader's");
  }
});

// Faults at random moments in a pool of four under load, from a seed that it prints and takes from
// HORAE_SEED: a member is killed, ended or stopped, or its CometBFT is, or its signer's connection
// breaks; one after another, and of each kind at least one; at last one's engine is killed. No acknowledged
// transaction is lost, and the logs agree.
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import {
  at_each, begin_member, comet_of, end_members, kill_engine, kill_members, logs_agree, need_cometbft, of_power,
  pool_of, stream,
} from "./member_nodes.mjs";
import { equal, Network, ok, rpc, test, until } from "./network.mjs";
import { OuterComet } from "./outer_comet.mjs";

need_cometbft();

const seed = Number(process.env.HORAE_SEED || Math.floor(Math.random() * 2 ** 32));
console.log(`HORAE_SEED=${seed}`);

/** The next random number below `end` (mulberry32). */
let state = seed;
function below(end) {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % end;
}
const one_of = (list) => list[below(list.length)];
const shuffled = (list) => list.map((each) => [below(2 ** 30), each]).sort(([a], [b]) => a - b)
  .map(([, each]) => each);

await test(async () => {
  const network = await Network.start({
    args: ["--nodes", "4", "--without-node", "--no-governance", "--epoch-length", "3"] });
  const { nodes } = network.dev;
  const [leader] = nodes;
  // The dev network starts all but the leader itself, and none with a CometBFT of somebody else's.
  await kill_members(network, nodes.slice(1));
  const outer = shuffled(nodes).slice(0, 2);
  for (const node of outer) node.comet = new OuterComet(join(node.datadir, "consensus"));

  const begin = async (node) => {
    await begin_member(node, ...(node.comet ? ["--pool-command", "external"] : []));
    await node.comet?.begin(node.program);
  };
  const stand_still = async (pid) => {
    process.kill(pid, "SIGSTOP");
    await pause(1000 + below(2000));
    process.kill(pid, "SIGCONT");
  };
  const faults = {
    "is killed": async (node) => {
      node.program.signal("SIGKILL");
      await node.program.wait();
      await pause(below(1000));
      await begin(node);
    },
    "is ended": async (node) => {
      node.program.signal("SIGTERM");
      equal(await node.program.wait(), { code: 0, signal: null }, "a member ends in order");
      await begin(node);
    },
    "stands still": (node) => stand_still(node.program.pid),
    // Whoever runs it, the node or somebody else, starts it again.
    "has its CometBFT killed": async (node) => process.kill(await comet_of(node), "SIGKILL"),
    "has a CometBFT that stands still": async (node) => stand_still(await comet_of(node)),
    "has its signer's connection broken": (node) => node.comet.break_signer(),
  };

  await Promise.all(nodes.map(begin));
  await at_each(nodes, "all to be of power by L1", of_power);
  const acknowledged = [];
  const over = { yet: false };
  const streaming = Promise.all(nodes.map((node, i) =>
    stream(network, acknowledged, over, node, network.wallets[1 + i])));
  const kinds = Object.keys(faults);
  for (const kind of shuffled([...kinds, one_of(kinds)])) {
    await pause(below(2000));
    const node = one_of(kind.includes("signer") ? outer : nodes);
    console.log(`member ${nodes.indexOf(node) + 1} of 4${node.comet ? ", its CometBFT somebody else's," : ""} ${kind}`);
    await faults[kind](node);
  }
  // Never the first one's engine, with which the dev network ends. A node that begins without one would end.
  const node = one_of(nodes.slice(1));
  await until("the member's JSON-RPC", () => rpc(node.l2.rpc, "eth_chainId").catch(() => undefined));
  const give_back = await kill_engine(network, node);
  console.log(`member ${nodes.indexOf(node) + 1} of 4 has its engine killed, which comes back empty`);
  await pause(below(2000));
  await give_back();

  const { height } = await pool_of(leader);
  const level = (pool) => pool.height > height && pool.signer.height > height;
  const stuck = (pool) => pool.state === "still";
  const seen = await at_each(nodes, "all to be level, and to sign", (pool) => level(pool) || stuck(pool));
  // Where CometBFT stands still beside others that go on, its node begins it again if it runs it; else it
  // says what to do.
  for (const [i, pool] of seen.entries()) {
    if (!stuck(pool)) continue;
    console.log(`member ${i + 1} of 4 stands still, and begins again`);
    await faults["is ended"](nodes[i]);
  }
  await at_each(nodes, "all to be level, and to sign", level);
  ok("after all of it each has what the others have, and signs");
  over.yet = true;
  await streaming;
  for (const hash of acknowledged) await network.receipt(hash);
  ok(`each of ${acknowledged.length} acknowledged transactions is in a block`);
  const { height: last } = await pool_of(leader);
  await at_each(nodes, "all to be there", (pool) => pool.height >= last);
  await end_members(nodes);
  for (const { comet } of outer) {
    // One that waited for a signature just then would wait on for some minutes.
    const end = await Promise.race([comet.program.ended, pause(3000)]);
    if (end) equal(end.code, 0, "and with it its CometBFT");
  }
  await network.stop();
  await logs_agree(nodes);
});

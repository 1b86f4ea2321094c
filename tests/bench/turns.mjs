// What a pool of four costs, by real processes on one machine:
//   node tests/bench/turns.mjs DIRECTORY_OF_THE_BINARIES [BLOCKS]
// Prints a line of JSON a figure as horae-bench does, each beside its bound in the same run.
// Attestation: how long after the leader has signed a block it is attested, at each of the four, over BLOCKS of them;
// beside it how long it takes until the block is agreed on.
import { setTimeout as pause } from "node:timers/promises";
import { at_each, begin_member, end_members, kill_members, need_cometbft, of_power, stream }
  from "../functional/member_nodes.mjs";
import { Network, replay, rpc, test } from "../functional/network.mjs";

need_cometbft();

const [blocks] = [300].map((usual, i) => Number(process.argv[3 + i] ?? usual));

const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
const ascending = (numbers) => numbers.toSorted((a, b) => a - b);
const median = (numbers) => at(ascending(numbers), 0.5);
const print = (figure) => console.log(JSON.stringify({ bench: "turns", ...figure }));
const say = (words) => process.stderr.write(`${words}\n`);

const highest = async ({ l2 }) => Number(await rpc(l2.rpc, "eth_blockNumber"));

/** Four members of the same power that run, and whose turn lasts. */
async function begin_pool() {
  const network = await Network.start({
    args: ["--nodes", "4", "--without-node", "--no-governance", "--epoch-length", "1000"] });
  const { nodes } = network.dev;
  await kill_members(network, nodes.slice(1));
  await Promise.all(nodes.map((node) => begin_member(node)));
  await at_each(nodes, "all to be of power by L1", of_power);
  return network;
}

/** What is sent to these members until so many blocks are there. */
async function blocks_under(network, nodes, count) {
  const over = { yet: false };
  const streaming = Promise.all(nodes.map((node, i) => stream(network, [], over, node, network.wallets[1 + i])));
  const [node] = nodes;
  for (let said = 0, seen = 0; seen < count; seen = await highest(node)) {
    if (seen >= said + 100) say(`block ${said = seen} of ${count}`);
    await pause(500);
  }
  over.yet = true;
  await streaming;
}

/** When each block was signed by its leader, and in each of these logs sealed, executed and attested. */
async function times_of(nodes) {
  const logs = [];
  for (const { datadir } of nodes) logs.push(await replay(datadir, "log"));
  const signed = new Map();
  for (const { kind, time, fact } of logs.flat()) {
    if (kind === "inputProposed") signed.set(Number(fact.block), time);
  }
  return logs.flatMap((log) => {
    const seen = new Map();
    let attested = 0;
    for (const { kind, time, fact } of log) {
      if (kind === "blockSealed") {
        const number = Number(fact.header.number);
        seen.set(number, { number, signed: signed.get(number), sealed: time });
      } else if (kind === "txnsIncluded") {
        seen.get(Number(fact.block)).executed = time;
      } else if (kind === "blocksAttested") {
        while (attested < Number(fact.number)) seen.get(++attested).attested = time;
      }
    }
    return [...seen.values()].filter((block) => block.attested && block.executed);
  });
}

async function attestation() {
  const network = await begin_pool();
  const { nodes } = network.dev;
  await blocks_under(network, nodes, blocks);
  await end_members(nodes);
  await network.stop();
  const seen = await times_of(nodes);
  const took = (from, to) => ascending(seen.map((block) => block[to] - block[from]));
  const [all, agreed, waited] = [took("signed", "attested"), took("signed", "sealed"), took("sealed", "attested")];
  print({
    case: "a block that is attested, four nodes under load", value: at(all, 0.5), unit: "ms",
    bound: at(agreed, 0.5), bound_name: "the same blocks until they are agreed on (p50)",
    ratio: Number((at(agreed, 0.5) / at(all, 0.5)).toFixed(2)), p50_ms: at(all, 0.5), p99_ms: at(all, 0.99),
    bound_p99_ms: at(agreed, 0.99), agreed_to_attested_p50_ms: at(waited, 0.5),
    agreed_to_attested_p99_ms: at(waited, 0.99), agreed_to_executed_p50_ms: median(took("sealed", "executed")),
    blocks: new Set(seen.map(({ number }) => number)).size });
}

await test(async () => {
  if (blocks) await attestation();
});

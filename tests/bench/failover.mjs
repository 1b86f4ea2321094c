// How long a pool of four under load is without a block when its leader is killed:
//   node tests/bench/failover.mjs DIRECTORY_OF_THE_BINARIES [TRIALS]
// Each trial kills the leader (kill -9) at a random moment and waits for the next L2 block that another member
// has from consensus and has executed. Prints one line of JSON as horae-bench does; the bound is the time between
// two blocks of the same run in which nobody dies.
import { setTimeout as pause } from "node:timers/promises";
import { at_each, begin_member, kill_members, need_cometbft, of_power, pool_of, stream }
  from "../functional/member_nodes.mjs";
import { Network, rpc, test } from "../functional/network.mjs";

need_cometbft();

const trials = Number(process.argv[3] || 100);
const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
const rounded = (ms) => Math.round(ms);

await test(async () => {
  const network = await Network.start({
    args: ["--nodes", "4", "--without-node", "--no-governance", "--epoch-length", "1000"] });
  const { nodes } = network.dev;
  await kill_members(network, nodes.slice(1));
  await Promise.all(nodes.map((node) => begin_member(node)));
  await at_each(nodes, "all to be of power by L1", of_power);
  const acknowledged = [];
  const over = { yet: false };
  const streaming = Promise.all(nodes.map((node, i) =>
    stream(network, acknowledged, over, node, network.wallets[1 + i])));

  const block_of = async ({ l2 }) => Number(await rpc(l2.rpc, "eth_blockNumber"));
  /** When one of these has a block beyond, by this machine's steady clock. */
  const next_block = async (some, beyond) => {
    for (;;) {
      const seen = await Promise.all(some.map((node) => block_of(node).catch(() => 0)));
      if (Math.max(...seen) > beyond) return performance.now();
      await pause(5);
    }
  };
  const highest = async (some) => Math.max(...await Promise.all(some.map(block_of)));

  const gaps = [];
  for (let last = await next_block(nodes, await highest(nodes)); gaps.length < 30;) {
    const next = await next_block(nodes, await highest(nodes));
    gaps.push(next - last);
    last = next;
  }
  const took = [];
  while (took.length < trials) {
    const seen = await at_each(nodes, "all to be linked and level", ({ members, signer, leader: address }) =>
      address && signer.state === "signing" && members.every(({ linked }) => linked));
    const { leader: address } = seen[0];
    if (seen.some((each) => each.leader !== address)) continue;
    const leader = nodes.find(({ sequencer }) => sequencer.address === address);
    const others = nodes.filter((node) => node !== leader);
    await pause(Math.random() * 1000);
    const before = await highest(others);
    const killed = performance.now();
    leader.program.signal("SIGKILL");
    // What was agreed on in the moment of the kill is the leader's still: the next one counts.
    const first = await next_block(others, before);
    const { leader: next } = await pool_of(others[0]);
    const end = next === address ? await next_block(others, await highest(others)) : first;
    took.push(end - killed);
    await leader.program.wait();
    await begin_member(leader);
    process.stderr.write(`${took.length} of ${trials}: ${rounded(took.at(-1))} ms\n`);
  }
  over.yet = true;
  await streaming;
  for (const hash of acknowledged) await network.receipt(hash);
  const sorted = took.toSorted((a, b) => a - b);
  const bound = at(gaps.toSorted((a, b) => a - b), 0.5);
  console.log(JSON.stringify({
    bench: "failover", case: "a leader that is killed, four nodes under load", value: rounded(at(sorted, 0.5)),
    unit: "ms", bound: rounded(bound), bound_name: "between two blocks, nobody dying (p50)",
    ratio: Number((bound / at(sorted, 0.5)).toFixed(2)), p50_ms: rounded(at(sorted, 0.5)),
    p90_ms: rounded(at(sorted, 0.9)), p99_ms: rounded(at(sorted, 0.99)), worst_ms: rounded(sorted.at(-1)), trials,
    acknowledged: acknowledged.length, lost: 0 }));
  for (const { program } of nodes) program.signal("SIGTERM");
  for (const { program } of nodes) await program.wait();
  await network.stop();
});

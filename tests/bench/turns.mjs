// What a pool of four costs, by real processes on one machine:
//   node tests/bench/turns.mjs DIRECTORY_OF_THE_BINARIES [BLOCKS [SECONDS [BLOCKS_TO_JOIN]]]
// Prints a line of JSON a figure as horae-bench does, each beside its bound in the same run.
// Attestation: how long after the leader has signed a block it is attested, at each of the four, over BLOCKS of them;
// beside it how long it takes until the block is agreed on.
// Transactions a second: transfers of many senders, to all four at once, in attested blocks over SECONDS; beside it
// one node alone, in sealed blocks, with the same transfers. All of it runs on the same cores, and so does what sends
// the transfers: the CPU seconds of each kind of process (`all`: of all that the machine did) show where the time went.
// A join: how long a member takes that begins with nothing, its engine neither, until it has applied all heights and
// its engine has all of BLOCKS_TO_JOIN; beside it how long horae-replay takes to check and execute what it then has.
// They are made first, one a second: 10,000 take almost three hours.
// A part whose size is 0 is left out.
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { id, Wallet } from "ethers";
import {
  another_engine, at_each, begin_member, comet_of, engine_endpoint, engine_of, give_another_engine, kill_members,
  need_cometbft, of_power, pool_of, stream,
} from "../functional/member_nodes.mjs";
import { batch, bin, ETHER, GWEI, Network, replay, rpc, run, test, transfer, until }
  from "../functional/network.mjs";

need_cometbft();

const [blocks, seconds, to_join] = [300, 60, 10_000].map((usual, i) => Number(process.argv[3 + i] ?? usual));

const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
const ascending = (numbers) => numbers.toSorted((a, b) => a - b);
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

async function end(nodes) {
  for (const { program } of nodes) program.signal("SIGTERM");
  for (const { program } of nodes) await program.wait();
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
    if (kind !== "inputProposed") continue;
    const number = Number(fact.block);
    signed.set(number, Math.max(time, signed.get(number) ?? 0));
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
  await end(nodes);
  await network.stop();
  const seen = await times_of(nodes);
  const took = (from, to) => ascending(seen.map((block) => block[to] - block[from]));
  const [all, agreed, waited] = [took("signed", "attested"), took("signed", "sealed"), took("sealed", "attested")];
  print({
    case: "a block that is attested, four nodes under load", value: at(all, 0.5), unit: "ms",
    bound: at(agreed, 0.5), bound_name: "the same blocks until they are agreed on (p50)",
    ratio: Number((at(agreed, 0.5) / at(all, 0.5)).toFixed(2)), p50_ms: at(all, 0.5), p99_ms: at(all, 0.99),
    bound_p99_ms: at(agreed, 0.99), agreed_to_attested_p50_ms: at(waited, 0.5),
    agreed_to_attested_p99_ms: at(waited, 0.99), agreed_to_executed_p50_ms: at(took("sealed", "executed"), 0.5),
    blocks: new Set(seen.map(({ number }) => number)).size });
}

const lanes = 4, senders_a_lane = 100;
const senders = Array.from({ length: lanes * senders_a_lane }, (_, i) => new Wallet(id(`sender ${i}`)));
const warm_up_s = 5;
// A block of transfers alone holds so many, and there is one a second.
const most_a_block = Math.floor(30_000_000 / 21_000);
// The most that is sent and in no block yet.
const most_waiting = 4 * most_a_block;
// Full blocks raise the base fee by an eighth each: enough for 90 of them.
const max_fee = { maxFeePerGas: 50_000n * GWEI };

/** For each lane its batches: a transfer of each of its senders in each. */
async function sign_batches() {
  const rounds = Math.ceil((seconds + warm_up_s + 10) * most_a_block / senders.length) + 1;
  say(`signing ${rounds * senders.length} transfers`);
  const out = Array.from({ length: lanes }, () => []);
  for (let nonce = 0; nonce < rounds; ++nonce) {
    for (let lane = 0; lane < lanes; ++lane) {
      const some = senders.slice(lane * senders_a_lane, (lane + 1) * senders_a_lane);
      out[lane].push(await Promise.all(some.map((sender) => transfer(sender, nonce, max_fee))));
    }
  }
  return out;
}

/** Returns once each of these endpoints knows what the senders have. */
async function fund_senders(network, urls) {
  const payers = network.wallets.slice(1, 9);
  const sent = await Promise.all(senders.map(({ address }, i) => transfer(
    payers[i % payers.length], Math.floor(i / payers.length), { to: address, value: 100n * ETHER })));
  await network.batch(sent.map((raw) => ["eth_sendRawTransaction", raw]));
  const balances = senders.map(({ address }) => ["eth_getBalance", address, "latest"]);
  for (const url of urls) {
    await until("the senders' funds", async () =>
      (await batch(url, balances)).every((balance) => BigInt(balance) > 0n), { every_ms: 200 });
  }
}

/** Seconds of the processor that a process has had. */
function cpu_of(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const [user, system] = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 13);
  return (Number(user) + Number(system)) / 100;  // USER_HZ
}
const cpu_of_each = (kinds) => Object.fromEntries(Object.entries(kinds).map(
  ([kind, pids]) => [kind, pids.reduce((sum, pid) => sum + cpu_of(pid), 0)]));
/** Seconds that the machine's cores were not idle, whoever had them. */
function cpu_of_all() {
  const [user, nice, system, , , irq, softirq] = readFileSync("/proc/stat", "utf8").split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) / 100;
}
const children = ({ datadir }) =>
  JSON.parse(readFileSync(join(datadir, "l1", "children.json"), "utf8")).map(({ pid }) => pid);

/** Transactions a second in blocks that have this tag, and what it costs each kind of process: from one such block to
 *  another. The lanes are dealt out to these endpoints. */
async function rate_under(batches, urls, tag, kinds) {
  const over = { yet: false };
  const counts = [0];  // transactions of each block from the first on
  let sent = 0, included = 0;
  const first = Number(await rpc(urls[0], "eth_blockNumber"));
  const feed = async (lane) => {
    for (const some of batches[lane]) {
      while (sent - included > most_waiting && !over.yet) await pause(5);
      if (over.yet) return;
      sent += some.length;
      await batch(urls[lane % urls.length], some.map((raw) => ["eth_sendRawTransaction", raw]));
    }
    throw new Error("more transfers are sent than were signed");
  };
  const watch = async () => {
    while (!over.yet) {
      const number = `0x${(first + counts.length).toString(16)}`;
      const count = await rpc(urls[0], "eth_getBlockTransactionCountByNumber", number);
      if (count === null) {
        await pause(20);
      } else {
        counts.push(Number(count));
        included += Number(count);
      }
    }
  };
  const next_block = async () => {
    const number_of = async () => Number((await rpc(urls[0], "eth_getBlockByNumber", tag, false)).number) - first;
    const before = await number_of();
    for (;;) {
      const number = await number_of();
      if (number > before) {
        return { number, at: performance.now(), cpu: { ...cpu_of_each(kinds), all: cpu_of_all() } };
      }
      await pause(20);
    }
  };
  const measure = async () => {
    await pause(1000 * warm_up_s);
    const from = await next_block();
    await pause(1000 * seconds);
    const to = await next_block();
    over.yet = true;
    return { from, to };
  };
  const running = [measure(), watch(), ...batches.map((_, lane) => feed(lane))];
  const [{ from, to }] = await Promise.all(running);
  const took_s = (to.at - from.at) / 1000;
  const txns = counts.slice(from.number + 1, to.number + 1).reduce((sum, count) => sum + count, 0);
  return {
    rate: Math.round(txns / took_s), txns, seconds: Number(took_s.toFixed(1)), blocks: to.number - from.number,
    cpu_s: Object.fromEntries(Object.keys(to.cpu).map((kind) => [
      kind, Number((to.cpu[kind] - from.cpu[kind]).toFixed(1))])) };
}

async function rate_alone(batches) {
  const network = await Network.start({ args: ["--no-governance", "--epoch-length", "1000"] });
  await fund_senders(network, [network.l2]);
  const [l1, engine] = children(network);
  const seen = await rate_under(batches, [network.l2], "latest", {
    node: [network.program.pid], engine: [engine], l1: [l1], generator: [process.pid] });
  await network.stop();
  return seen;
}

async function rate_of_four(batches) {
  const network = await begin_pool();
  const { nodes } = network.dev;
  const urls = nodes.map(({ l2 }) => l2.rpc);
  await fund_senders(network, urls);
  const seen = await rate_under(batches, urls, "safe", {
    node: nodes.map(({ program }) => program.pid), cometbft: await Promise.all(nodes.map(comet_of)),
    engine: nodes.map((node) => engine_of(network, node)), l1: children(network).slice(0, 1),
    generator: [process.pid] });
  await end(nodes);
  await network.stop();
  return seen;
}

async function transactions() {
  const batches = await sign_batches();
  const alone = await rate_alone(batches);
  say(`one node alone: ${alone.rate} a second`);
  const four = await rate_of_four(batches);
  print({
    case: "transactions in attested blocks, four nodes", value: four.rate, unit: "a second", bound: alone.rate,
    bound_name: "one node alone, in sealed blocks, on the same cores",
    ratio: Number((four.rate / alone.rate).toFixed(2)), most_by_gas: most_a_block, cores: availableParallelism(),
    four, alone });
}

/** What the files of a directory take on the disk. */
const bytes_in = (directory) => readdirSync(directory, { recursive: true }).reduce(
  (sum, name) => sum + 512 * statSync(join(directory, name)).blocks, 0);

const since = (begun) => Number(((performance.now() - begun) / 1000).toFixed(2));
const most_s = 24 * 3600;
const look = { seconds: most_s, every_ms: 100 };

/** Seconds in which horae-replay checks the log, with what it is given. */
async function verified_s({ datadir }, ...args) {
  const begun = performance.now();
  const { code, said } = await run(join(bin, "horae-replay"), ["--datadir", datadir, "verify", ...args],
                                   { seconds: most_s });
  if (code !== 0) throw new Error(`the log does not verify: ${said}`);
  return since(begun);
}

async function joining() {
  const network = await begin_pool();
  const { nodes } = network.dev;
  const making = performance.now();
  await blocks_under(network, nodes.slice(0, 2), to_join);
  const made_s = since(making);
  const [there, , , joiner] = nodes;
  await end([joiner]);
  for (const part of ["log", "lookups", "snapshots", join("consensus", "cometbft", "data")]) {
    rmSync(join(joiner.datadir, part), { recursive: true, force: true });
  }
  await give_another_engine(network, joiner);
  const head = await highest(there);
  const { height } = await pool_of(there);

  const begun = performance.now();
  const reached = async () => (await pool_of(joiner).catch(() => undefined))?.height ?? 0;
  await begin_member(joiner);
  await until("its first height", reached, look);
  const first_height_s = since(begun);
  await until("all heights", async () => await reached() >= height, look);
  const heights_s = since(begun);
  await until("its engine to have all blocks", async () =>
    Number(await rpc(engine_endpoint(joiner), "eth_blockNumber")) >= head, look);
  const level_s = since(begun);
  const cpu_s = cpu_of_each({
    node: [joiner.program.pid], cometbft: [await comet_of(joiner)], engine: [engine_of(network, joiner)] });
  await end([joiner]);

  const verify_s = await verified_s(joiner);
  const verify_on_engine_s = await verified_s(joiner, "--engine", await another_engine(network, joiner));
  const { records, bytes } = await replay(joiner.datadir, "stats");
  await end(nodes.slice(0, 3));
  await network.stop();
  const rate = (took_s) => Number((head / took_s).toFixed(1));
  print({
    case: `a member that joins with nothing, behind=${head}`, value: rate(level_s), unit: "blocks a second",
    bound: rate(verify_on_engine_s), bound_name: "its log checked and executed: horae-replay verify --engine",
    ratio: Number((verify_on_engine_s / level_s).toFixed(2)), level_s, first_height_s, heights_s, heights: height,
    verify_s, verify_on_engine_s, cpu_s, records, record_bytes: bytes,
    log_bytes: bytes_in(join(joiner.datadir, "log")),
    consensus_bytes: bytes_in(join(joiner.datadir, "consensus", "cometbft", "data")), made_a_second: rate(made_s) });
}

await test(async () => {
  if (blocks) await attestation();
  if (seconds) await transactions();
  if (to_join) await joining();
});

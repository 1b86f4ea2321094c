// Eleven kill -9 under a stream of transactions, seven of them at the named points of a block's
// making, on the engine that is named behind the directory of the binaries. Whatever was acknowledged
// is there afterwards: included once, or dropped with its reason. On geth, the engine is killed with
// the node in every second life.
import { keccak256, Wallet } from "ethers";
import {
  check, equal, ETHER, geth, has_geth, Network, ok, replay, skip, test, transfer, try_replay, until,
} from "./network.mjs";

const engine = process.argv[3] ?? "anvil";
if (engine === "geth" && !has_geth) skip(`no geth at ${geth} (./run --engine geth gets one)`);

// The random moments are drawn from a seed, so that a failure can be seen again.
const seed = Number(process.env.HORAE_SEED ?? Date.now() % 1_000_000);
let state = seed;
const random = () => (state = (state * 48271 + 11) % 2147483647) / 2147483647;

const acknowledged = new Set();
const wallets = Array.from({ length: 4 }, () => Wallet.createRandom());

/** Sends without a pause until the node is gone; each sender asks for its nonce and goes on. */
async function stream(network, wallet, over) {
  while (!over.yet) {
    try {
      let nonce = Number(await network.rpc("eth_getTransactionCount", wallet.address, "pending"));
      for (let n = 0; !over.yet && n < 50; ++n, ++nonce) {
        const raw = await transfer(wallet, nonce);
        const { result, error } = await network.ask("eth_sendRawTransaction", raw);
        if (error) break;
        if (result !== keccak256(raw)) throw new Error(`acknowledged as ${result}`);
        acknowledged.add(result);
        over.count += 1;
      }
    } catch (error) {
      // The node was killed in the middle of a call: not acknowledged. Anything else is a bug.
      if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
    }
  }
}

await test(async () => {
  console.log(`seed ${seed}`);
  let network = await Network.start({ engine });
  const { datadir } = network;
  for (const [nonce, { address }] of wallets.entries()) {
    await network.rpc("eth_sendRawTransaction", await transfer(
      network.wallets[1], nonce, { to: address, value: 100n * ETHER }));
  }
  await network.waiting(0);
  // The stream runs against a node of many lives; those at a point die by themselves.
  const points = ["built", null, "signed", "sealing", null, "sealed", "adopted", "included", null, "admitting",
                  null];
  await network.stop();
  for (const [life, point] of points.entries()) {
    const nth = point === "admitting" ? 20 : 2;
    network = await Network.start(
      { datadir, args: point ? ["--crash-at", `${point}:${nth}`] : [] });
    const over = { yet: false, count: 0 };
    const streams = wallets.map((wallet) => stream(network, wallet, over));
    if (point) {
      await network.crashed();
    } else {
      const enough = 10 + Math.floor(random() * 200);
      await until(`${enough} acknowledged transactions`, () => over.count >= enough,
                  { every_ms: 1 });
      if (engine === "geth" && life % 2 === 0) network.kill_engine();
      await network.kill();
    }
    over.yet = true;
    await Promise.all(streams);
    if (life === 2) {
      const verified = await try_replay(datadir, "verify");
      equal(verified.code, 0, "the log of a killed node verifies before anyone repairs it");
    }
    ok(`killed ${point ? `at ${point}` : "at some moment"}: no child was left; `
       + `${over.count} transactions acknowledged in this life`);
  }

  network = await Network.start({ datadir });
  const hashes = [...acknowledged];
  await network.waiting(0);
  const fates = await network.batch(hashes.map((hash) => ["horae_transaction", hash]));
  const lost = fates.filter((fate) => !["included", "dropped"].includes(fate?.status));
  equal(lost, [], `each of ${hashes.length} acknowledged transactions is included or dropped`);
  equal(fates.filter((fate) => fate.status === "dropped" && !fate.reason), [],
        "those dropped have a reason");
  equal(fates.filter((fate) => fate.history[0].fact !== "txnAdmitted"), [],
        "each has its record of admission");

  // What the chain has, what the log has, and what the fates say is the same.
  const head = Number(await network.rpc("eth_blockNumber"));
  const blocks = await network.batch([...Array(head).keys()].map(
    (n) => ["eth_getBlockByNumber", `0x${(n + 1).toString(16)}`, false]));
  const times = new Map();
  for (const { transactions } of blocks) {
    for (const hash of transactions) times.set(hash, (times.get(hash) ?? 0) + 1);
  }
  equal([...times].filter(([, count]) => count !== 1), [], "no transaction is in two blocks");
  equal(fates.filter(({ status, hash }) => (status === "included") !== times.has(hash)), [],
        "what is included by its fate is in a block, and what is dropped is in none");
  const receipts = await network.batch(
    [...times.keys()].map((hash) => ["eth_getTransactionReceipt", hash]));
  check(receipts.every((receipt) => receipt?.status === "0x1"), "and has its receipt");
  const status = await network.status();
  equal([status.starts, status.block], [points.length + 2, head], "so many lives, one chain");
  await network.stop();

  const sealed = (await replay(datadir, "log", "--domain", "blocks"))
    .filter(({ kind }) => kind === "blockSealed").map(({ fact }) => fact);
  equal(sealed.map(({ header, hashes: txns }) => [Number(header.number), header.blockHash, txns]),
        blocks.map(({ hash, transactions }, i) => [i + 1, hash, transactions]),
        "the log has the same blocks, each once");
  const verified = await replay(datadir, "verify");
  check(verified.ok && verified.blocks === head, "the log verifies", verified);
});

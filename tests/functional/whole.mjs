// The test of the whole: the log is the state. After kill -9 all but `log/` and the dev network's
// `l1/` is deleted; what comes back is what was there before.
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { keccak256, Wallet } from "ethers";
import { check, equal, ETHER, GWEI, Network, ok, replay, test, transfer, try_replay }
  from "./network.mjs";
import { load_artefact } from "./artefacts.mjs";

const token = load_artefact("MetisToken");

/** Everything that a client can learn about the hashes and accounts, as it is now. */
async function all_there_is(network, hashes, accounts) {
  const each = async (items, ...calls) => {
    const answers = await network.batch(items.flatMap(
      (item) => calls.map(([method, ...more]) => [method, item, ...more])));
    return Object.fromEntries(items.map(
      (item, i) => [item, answers.slice(i * calls.length, (i + 1) * calls.length)]));
  };
  const head = Number(await network.rpc("eth_blockNumber"));
  const blocks = [...Array(head + 1).keys()].map((number) => `0x${number.toString(16)}`);
  return {
    transactions: await each(hashes, ["eth_getTransactionByHash"], ["eth_getTransactionReceipt"],
                             ["horae_transaction"]),
    accounts: await each(accounts, ["eth_getBalance", "latest"],
                         ["eth_getTransactionCount", "latest"],
                         ["eth_getTransactionCount", "pending"], ["eth_getCode", "latest"]),
    blocks: await each(blocks, ["eth_getBlockByNumber", false], ["eth_getBlockReceipts"]),
  };
}

await test(async () => {
  const network = await Network.start();
  const [, one, two, three, four, five] = network.wallets;
  const hashes = [];
  const send = async (raw) => {
    const hash = await network.rpc("eth_sendRawTransaction", raw);
    if (hash !== keccak256(raw)) throw new Error(`${hash} is not the hash of what was sent`);
    hashes.push(hash);
    return hash;
  };

  // A contract, called and heard.
  const call = (nonce, to, data) => transfer(one, nonce, {
    to, data, value: 0n, gasLimit: 2_000_000n });
  const creation = await send(await call(0, null, token.interface.encodeDeploy([ETHER])
    .replace(/^0x/, token.bytecode)));
  const contract = (await network.receipt(creation)).contractAddress;
  const calls = [];
  for (let nonce = 1; nonce <= 3; ++nonce) {
    calls.push(await send(await call(nonce, contract, token.interface.encodeFunctionData(
      "mint", [two.address, BigInt(nonce)]))));
  }
  const reverted = await send(await call(4, contract, token.interface.encodeFunctionData(
    "transferFrom", [two.address, one.address, 1n])));
  for (const hash of calls) {
    const { status, logs } = await network.receipt(hash);
    if (status !== "0x1" || logs.length !== 1) throw new Error(`${hash}: ${status}`);
  }
  equal((await network.receipt(reverted)).status, "0x0", "a reverted call is mined all the same");

  // Every type of transaction.
  await send(await transfer(two, 0, { type: 0, gasPrice: 20n * GWEI }));
  await send(await transfer(two, 1, {
    type: 1, gasPrice: 20n * GWEI, gasLimit: 30_000n,
    accessList: [{ address: contract, storageKeys: [`0x${"00".repeat(32)}`] }] }));
  await network.receipt(await send(await transfer(two, 2, { value: ETHER })));

  // Nonce gaps, which wait, and one of those replaced.
  const waiting = [];
  for (const nonce of [4, 5, 7]) waiting.push(await send(await transfer(two, nonce)));
  const replaced = await send(await transfer(three, 1));
  waiting.push(await send(await transfer(three, 1, {
    maxFeePerGas: 22n * GWEI, maxPriorityFeePerGas: 2n * GWEI, value: 5n })));
  waiting.push(await send(await transfer(four, 9, { type: 0, gasPrice: 20n * GWEI })));
  equal((await network.rpc("horae_transaction", replaced)).status, "replaced",
        "a pending transaction is replaced by a better one");

  // A transaction is dropped where a block is being built of the one that it replaces. Blocks that
  // take a while and many replacements make it happen soon.
  const crowd = Array.from({ length: 5 }, () => Wallet.createRandom());
  for (const [i, wallet] of crowd.entries()) {
    await send(await transfer(three, i === 0 ? 0 : i + 1, { to: wallet.address, value: ETHER }));
  }
  waiting.splice(waiting.length - 2, 1);  // three's replacement is no longer behind a gap
  await network.waiting(waiting.length);
  const nonces = crowd.map(() => 0);
  let lost;
  for (let nonce = 0; !lost && nonce < 20; ++nonce) {
    for (const [i, wallet] of crowd.entries()) {
      for (let n = 0; n < 40; ++n) await send(await transfer(wallet, nonces[i]++));
    }
    // A block is begun with each second; each replacement costs a tenth more than the one before.
    await pause((1970 - Date.now() % 1000) % 1000);
    let fee = 20n * GWEI;
    for (;;) {
      const raw = await transfer(five, nonce, { maxFeePerGas: fee, maxPriorityFeePerGas: fee });
      const { error } = await network.ask("eth_sendRawTransaction", raw);
      if (error && !/^(nonce too low|insufficient funds)/.test(error.message)) {
        throw new Error(error.message);
      }
      if (error) break;
      hashes.push(keccak256(raw));
      fee = fee * 11n / 10n + 1n;
    }
    await network.waiting(waiting.length);
    for (const hash of hashes.slice(-60)) {
      const fate = await network.rpc("horae_transaction", hash);
      if (fate.status === "dropped") lost = fate;
    }
  }
  check(lost && lost.reason === "includedElsewhere", "a transaction is dropped with its reason",
        lost);

  const accounts = [one, two, three, four, five, ...crowd].map(({ address }) => address)
    .concat([contract, "0x00000000000000000000000000000000000c0de5"]);
  const before = await all_there_is(network, hashes, accounts);
  const sequencers = await network.rpc("horae_sequencers");
  const noted = await network.status();
  equal(noted.mempool, waiting.length, "transactions with nonce gaps wait");
  const fates = Object.values(before.transactions).map(([, , fate]) => fate.status);
  check(["pending", "replaced", "included", "dropped"].every((each) => fates.includes(each)),
        `${hashes.length} hashes with every fate there is`, fates);

  await network.kill();
  ok("no child outlives the killed node");
  for (const name of readdirSync(network.datadir)) {
    if (name !== "log" && name !== "l1") {
      rmSync(join(network.datadir, name), { recursive: true });
    }
  }
  equal(readdirSync(network.datadir).sort(), ["l1", "log"], "only log/ and l1/ are left");

  const again = await Network.start({ datadir: network.datadir });
  const state = await replay(network.datadir, "state", "--at", String(noted.seq));
  equal([state.seq, state.stateHash], [noted.seq, noted.stateHash],
        "horae-replay at the noted seq shows the hashes that horae_status showed");
  equal(state.blocks.head.hash, noted.blockHash, "and its block");
  equal(state.locking, sequencers, "and its pool");
  equal(state.mempool.count, waiting.length, "and its mempool");
  const after = await all_there_is(again, hashes, accounts);
  equal(after.transactions, before.transactions,
        "every transaction, receipt and fate is as before, field by field");
  equal(after.accounts, before.accounts, "every balance, nonce and code is as before");
  equal(after.blocks, before.blocks, "every block and its receipts are as before");

  // The gaps are closed, and what waited goes on.
  for (const [wallet, nonce] of [[two, 3], [two, 6]]) await again.receipt(
    await again.rpc("eth_sendRawTransaction", await transfer(wallet, nonce)));
  for (const hash of waiting.slice(0, 3)) await again.receipt(hash);
  ok("what waited before the kill is included once its gap is closed");
  await again.stop();

  const verified = await try_replay(network.datadir, "verify");
  equal([verified.code, JSON.parse(verified.out).ok], [0, true], "the log verifies");
});

// The locking pool on L1, changed by its owners and followed by the node: always the contracts' own
// views, and no block once the sequencer has left.
import { isDeepStrictEqual } from "node:util";
import { Wallet } from "ethers";
import { check, equal, ETHER, Exit, Network, ok, replay, test, transfer, try_replay, until }
  from "./network.mjs";
import { Account, decimal, Pool, pubkey_of } from "./pool.mjs";

await test(async () => {
  // The batches of this test are its own.
  const network = await Network.start(
    { args: ["--reward-period", "100000000", "--no-governance"] });
  const contracts = new Pool(network);
  const { pool, metis } = contracts;
  const [governance, owner, dev_owner, mpc] = [
    contracts.as(Account.governance), contracts.as(2), contracts.as(Account.owner),
    contracts.as(Account.mpc)];

  /** Waits until the node shows what the contracts say at the end of the transaction's block. */
  const states = [];
  const seen = async (what, sent) => {
    const { blockNumber } = await (await sent).wait(1, 60_000);
    const wanted = await contracts.state(blockNumber);
    states.push([blockNumber, wanted]);
    let shown;
    await until("the node to notice", async () => {
      shown = await network.rpc("horae_sequencers");
      return isDeepStrictEqual(shown, wanted);
    }, { seconds: 20 }).catch(() => null);
    equal(shown, wanted, `${what}: the node shows what the contracts say`);
    return blockNumber;
  };

  const first = await network.rpc("horae_sequencers");
  equal(first.sequencers.map(({ id, signer, pubkey, amount, status }) => (
    { id, signer, pubkey, amount, status })),
        [{ id: network.dev.sequencer.id, signer: network.dev.sequencer.address,
           pubkey: network.dev.sequencer.pubkey, amount: decimal(20_000n * ETHER), status: 2 }],
        "one sequencer is Active at the start");

  const signer = Wallet.createRandom();
  const pubkey = pubkey_of(signer);
  const me = network.wallets[2].address;
  await seen("whitelist", pool.connect(governance).setWhitelist(me, true));
  await (await metis.connect(owner).mint(me, 50_000n * ETHER)).wait();
  await (await metis.connect(owner).approve(contracts.spender, 100_000n * ETHER)).wait();
  await seen("lockWithRewardRecipient", pool.connect(owner).lockWithRewardRecipient(
    signer.address, network.wallets[3].address, 25_000n * ETHER, pubkey));
  const two = await network.rpc("horae_sequencers");
  equal([two.sequencers.length, two.sequencers[1].pubkey], [2, pubkey],
        "a second sequencer is there");
  await seen("relock", pool.connect(owner).relock(2, 5_000n * ETHER, false));
  await seen("setSequencerRewardRecipient",
             pool.connect(owner).setSequencerRewardRecipient(2, network.wallets[4].address));
  const { startEpoch: _, endEpoch } = await pool.curBatchState();
  await seen("batchSubmitRewards", pool.connect(mpc).batchSubmitRewards(
    (await pool.currentBatch()) + 1n, endEpoch + 1n, endEpoch + 3n,
    [network.dev.sequencer.address, signer.address], [30, 12]));
  const rewarded = await network.rpc("horae_sequencers");
  check(rewarded.sequencers.every(({ reward }) => BigInt(reward) > 0n),
        "each sequencer is credited with its part", rewarded.sequencers);
  await seen("withdraw", pool.connect(owner).withdraw(2, 1_000n * ETHER));
  await seen("relock with the reward", pool.connect(owner).relock(2, 0, true));
  await seen("setPause", pool.connect(governance).setPause(true));
  await seen("setPause off", pool.connect(governance).setPause(false));

  // The node produces while its sequencer is Active, and stops when it leaves.
  const send = async (nonce) => network.rpc(
    "eth_sendRawTransaction", await transfer(network.wallets[1], nonce));
  await network.receipt(await send(0));
  ok("blocks are produced while the sequencer is Active");
  const left = await seen("unlock", pool.connect(dev_owner).unlock(1, 200_000, { value: 1 }));
  const stopped = await until("production to stop", async () => {
    const status = await network.status();
    return status.production.state === "stopped" && status;
  });
  check(stopped.production.reason.includes(network.dev.sequencer.address)
        && /inactive/i.test(stopped.production.reason),
        "production stops, and horae_status says why", stopped.production);
  const waits = await send(1);
  await until("three more L1 blocks",
              async () => (await network.status()).l1.head >= left + 3);
  const later = await network.status();
  equal([(await network.rpc("horae_transaction", waits)).status,
         await network.rpc("eth_getTransactionReceipt", waits), later.block, later.mempool],
        ["pending", null, stopped.block, 1], "transactions are still admitted, and wait");
  equal(later.discrepancies, 0, "no log of the contracts disagreed with the fold");

  const state = await replay(network.datadir, "state");
  equal(state.locking, await network.rpc("horae_sequencers"),
        "horae-replay state shows the same pool");
  contracts.close();
  await network.stop();
  for (const [block, wanted] of [states[1], states.at(-2)]) {
    const at = await try_replay(network.datadir, "state", "--at", `l1:${block}`);
    // The log says how far L1 is confirmed when it is synced, and then every 32 blocks.
    if (at.code === Exit.precondition) continue;
    equal(JSON.parse(at.out).locking, wanted, `and the one of L1 block ${block}`);
  }
  check((await replay(network.datadir, "verify")).ok, "the log verifies");
});

// The whole life of a sequencer: lock, reward batches, relock, withdrawal, claim, a new key, exit,
// claim of the stake, and a second life with a new signer. After every step the fold equals the
// contracts' views, and at the end every reward is derived anew from the blocks in the log.
import { check, equal, ETHER, Network, ok, replay, test, until } from "./network.mjs";
import { Account, logged, Pool, pubkey_of, records, rederive } from "./pool.mjs";

const DAY = 24 * 3600;
const fee = { value: 1n };  // the bridge wants one
const l2_gas = 200_000;

await test(async () => {
  const network = await Network.start(
    { args: ["--reward-period", "4", "--epoch-length", "3", "--traffic", "2"] });
  const contracts = new Pool(network);
  const { pool, metis } = contracts;
  const owner = contracts.as(Account.owner);
  const my_address = network.wallets[Account.owner].address;
  const spare = Account.spare.map((account) => network.wallets[account]);

  /** The block of a transaction that is mined and has succeeded. */
  const mined = async (sent) => (await (await sent).wait(1, 60_000)).blockNumber;
  /** One step of the life: afterwards every field is what the contracts say. */
  const step = async (what, sent) => {
    const block = await mined(sent);
    await contracts.compare(block, what);
    return block;
  };
  const sequencer = async (id, blockTag) => pool.sequencers(id, { blockTag });
  const batches_paid = async (since = 1) => (await records(network.datadir, since))
    .filter(({ kind }) => kind === "batchPaid").map(({ fact }) => fact);
  const seq_now = async () => (await network.status()).seq;
  /** The next batch that the node has paid. */
  const next_batch = async (fits) => {
    const { fact } = await logged(network, await seq_now(), "batchPaid", fits, 90);
    await contracts.compare(fact.position.block, `reward batch ${fact.batchId}`);
    return fact;
  };

  // Lock: the dev network's own.
  const locked_in = (await records(network.datadir)).find(({ kind }) => kind === "locked").fact;
  await contracts.compare(locked_in.position.block, "lock");
  equal((await sequencer(1, locked_in.position.block)).status, 2n, "the sequencer is Active");

  // Reward batches, submitted by the node itself.
  await until("three reward batches", async () => (await batches_paid()).length >= 3,
              { seconds: 120, every_ms: 250 });
  const first = await batches_paid();
  for (const { position, batchId } of first) {
    await contracts.compare(position.block, `reward batch ${batchId}`);
  }
  equal(first.map(({ composition, agrees, splitKnown }) => [composition, agrees, splitKnown]),
        first.map(() => [1, true, true]), "each is the node's own, at once, as it computed it");

  // Relock without the reward, and with it.
  await mined(metis.connect(owner).approve(contracts.spender, 100_000n * ETHER));
  await step("relock", pool.connect(owner).relock(1, 1_000n * ETHER, false));
  let relocked;
  do {  // once more where a batch came in the same block, with what the next one pays
    await until("a reward", async () => (await sequencer(1, "latest")).reward > 0n);
    relocked = await step("relock with the reward", pool.connect(owner).relock(1, 0, true));
  } while (await pool.currentBatch({ blockTag: relocked - 1 })
           !== await pool.currentBatch({ blockTag: relocked }));
  const [before, after] = [await sequencer(1, relocked - 1), await sequencer(1, relocked)];
  check(before.reward > 0n && after.reward === 0n
        && after.amount === before.amount + before.reward, "the reward is stake now", after);

  // Partial withdrawal: once in a reward batch.
  let withdrawn;
  do {  // once more where a batch came behind it in the same block
    withdrawn = await step("withdraw", pool.connect(owner).withdraw(1, 200n * ETHER));
  } while ((await sequencer(1, withdrawn)).updatedBatch
           !== await pool.currentBatch({ blockTag: withdrawn }));
  const again = (blockTag) => pool.withdraw.staticCall(
    1, 300n * ETHER, { from: my_address, blockTag }).then(() => null, (error) => error.reason);
  equal(await again(withdrawn), "withdraw throttle", "a second one is refused in the same batch");
  const later = await next_batch();
  equal(await again(later.position.block), null, "and would pass after the next batch");
  await step("second withdrawal", pool.connect(owner).withdraw(1, 300n * ETHER));

  // Claim, to L2.
  await next_batch();
  const claimed = await step("withdrawRewards",
                             pool.connect(owner).withdrawRewards(1, l2_gas, fee));
  equal((await sequencer(1, claimed)).reward, 0n, "the reward is claimed");

  // Another key: the node goes on with it, and the next batch names it for the old blocks, too.
  const rotation_seq = await seq_now();
  const old_key = network.wallets[Account.signer];
  await step("updateSigner", pool.connect(contracts.as(Account.signer))
    .updateSigner(1, pubkey_of(spare[0])));
  const by = (wallet) => ({ header }) => header.sequencer === wallet.address.toLowerCase();
  await logged(network, rotation_seq, "blockSealed", by(spare[0]));
  ok("the node seals with the new key, without a restart");
  const last_of_old = (await records(network.datadir)).filter(
    ({ kind, fact }) => kind === "blockSealed" && by(old_key)(fact)).at(-1).fact.header.number;
  const mixed = (await logged(network, rotation_seq, "periodClosed", (fact) => (
    fact.firstBlock <= last_of_old
    && fact.lines[0].signer === spare[0].address.toLowerCase()), 90)).fact;
  equal([mixed.lines.length, mixed.lines[0].leftOut, mixed.lines[0].blocks],
        [1, "no", mixed.lastBlock - mixed.firstBlock + 1],
        "a batch with blocks of the old key credits them to the new one");
  const paid_mixed = (await logged(network, rotation_seq, "batchPaid",
                                   ({ batchId }) => batchId === mixed.batchId, 90)).fact;
  await contracts.compare(paid_mixed.position.block, `reward batch ${mixed.batchId}`);
  check(paid_mixed.agrees, "and LockingPool pays it", paid_mixed);

  // Unlock: production stops. What is composed or can be is still paid.
  const left = await step("unlock", pool.connect(owner).unlock(1, l2_gas, fee));
  const stopped = await until("production to stop", async () => {
    const status = await network.status();
    return status.production.state === "stopped" && status;
  });
  check(/inactive/i.test(stopped.production.reason), "production stops, and horae_status says why",
        stopped.production);
  await until("what is finished to be paid", async () => {
    const { rewards } = await replay(network.datadir, "state");
    const end = Number(rewards.paid.at(-1).endEpoch);
    return rewards.closed.composition === 0 && rewards.runningEpoch - 1 - end < 2;
  }, { seconds: 90, every_ms: 250 });
  for (const { position, batchId } of (await batches_paid()).filter(
    (each) => each.position.block > left)) {
    await contracts.compare(position.block, `reward batch ${batchId} of the leaving one`);
  }
  equal((await network.status()).block, stopped.block, "no block is made");

  // 21 days, and the stake is claimed.
  const claim = (blockTag) => pool.unlockClaim.staticCall(
    1, l2_gas, { from: my_address, blockTag, ...fee }).then(() => null, (error) => error.reason);
  equal(await claim(left), "Not allowed to cliam", "the stake cannot be claimed before its time");
  await contracts.ask("evm_increaseTime", 21 * DAY);
  await until("an L1 block in 21 days", async () => {
    const { timestamp } = await contracts.l1.getBlock("latest");
    return BigInt(timestamp) >= (await sequencer(1)).unlockClaimTime;
  });
  const had = await metis.balanceOf(my_address);
  const stake = (await sequencer(1)).amount;
  await step("unlockClaim", pool.connect(owner).unlockClaim(1, l2_gas, fee));
  equal(await metis.balanceOf(my_address), had + stake, "the stake is back on L1");

  // A second life with a new signer.
  const second_seq = await seq_now();
  await step("second lock", pool.connect(owner).lockWithRewardRecipient(
    spare[1].address, my_address, 20_000n * ETHER, pubkey_of(spare[1])));
  await logged(network, second_seq, "blockSealed", by(spare[1]));
  ok("the node goes on for the second sequencer, without a restart");
  const both = (await logged(network, second_seq, "periodClosed", undefined, 90)).fact;
  equal(both.lines.map(({ sequencerId, leftOut }) => [sequencerId, leftOut]),
        [["1", "retired"], ["2", "no"]],
        "the first batch leaves the retired one out, and says so");
  const last = await next_batch(({ batchId }) => BigInt(batchId) >= BigInt(both.batchId));
  check(last.agrees, "the second sequencer is paid", last);

  await contracts.balanced("at the end");
  contracts.close();
  await network.stop();
  const all = await records(network.datadir);
  const targets = all.filter(({ kind }) => kind === "periodClosed")
    .map(({ fact }) => fact.targetRewardPerBlock);
  const set = all.filter(({ kind }) => kind === "rewardPerBlockUpdated")
    .map(({ fact }) => fact.value);
  check(set.length > 0 && set.every((value) => targets.includes(value)),
        `governance has set the reward per block ${set.length} times, each time to a target`, set);
  equal(all.filter(({ kind }) => kind === "discrepancyFound"), [],
        "no log of the contracts disagreed with the fold");

  const compared = await rederive(network.datadir);
  const paid = all.filter(({ kind }) => kind === "batchPaid");
  console.log(`compared: ${JSON.stringify(compared)}`);
  equal(compared["reward batches paid"], paid.length, `${paid.length} batches were compared`);
  check((await replay(network.datadir, "verify")).ok, "the log verifies");

  // The statement adds up to what the contracts had at the end of the log.
  const { locking } = await replay(network.datadir, "state");
  const statement = await replay(network.datadir, "rewards");
  let claimed_in_all = 0n;
  for (const { id, reward } of locking.sequencers) {
    const total = statement.totals.find(({ sequencerId }) => sequencerId === id);
    const [paid_out, taken, compounded] = [total.paid, total.claimed, total.compounded].map(BigInt);
    equal([paid_out - taken - compounded, total.difference, total.unknown],
          [BigInt(reward), "0", 0],
          `the statement of sequencer ${id}: paid less claimed less compounded is its reward`);
    claimed_in_all += taken;
  }
  equal(claimed_in_all, BigInt(locking.totalRewardsLiquidated),
        "what was claimed is what LockingInfo has liquidated");
});

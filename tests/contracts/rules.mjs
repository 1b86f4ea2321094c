// The dev contracts' interface and rules: node rules.mjs COMPILED_CONTRACTS
import assert from "node:assert/strict";
import { ZeroAddress, hexlify, toUtf8Bytes } from "ethers";
import { load_artefacts } from "./chain.mjs";
import { Deployment, FEE, L2_CHAIN_ID, L2_TOKEN, METIS, account, signer } from "./deployment.mjs";
import { check_interface } from "./interface.mjs";

const artefacts = load_artefacts(process.argv[2]);
const d = await Deployment.start(artefacts);
const { governance, payer, mpc, pool, info, token, bridge, admin } = d;

const [alice, bob, carol, stranger] = [10, 11, 12, 13].map(account);
const recipient = account(20);
const MIN = 20_000n * METIS;
const MAX = 100_000n * METIS;
const RATE = 761_000_000_000_000n;
const RETIRED = 2n ** 256n - 1n;
const ACTIVE = 2n;

const cases = [];
const test = (name, body) => cases.push({ name, body });

/** Lines of a sequencer that a test names, against the contract's. */
async function expect_sequencer(id, wanted) {
  const got = await d.view(pool, "sequencers", id);
  for (const [name, value] of Object.entries(wanted)) assert.equal(got[name], value, name);
}
const expect_view = async (wanted, to, name, ...args) =>
  assert.deepEqual(await d.view(to, name, ...args), wanted, name);

const lock = (owner, n, amount = MIN, to = recipient) =>
  d.act(owner, pool, "lockWithRewardRecipient", [signer(n).address, to, amount, signer(n).pubkey]);

/** The next reward batch: `credits` are [signer, blocks]. */
async function batch(...credits) {
  const { id, endEpoch } = await d.view(pool, "curBatchState");
  return d.act(mpc, pool, "batchSubmitRewards", [
    id + 1n, endEpoch + 1n, endEpoch + 10n,
    credits.map(([n]) => signer(n).address), credits.map(([, blocks]) => blocks)]);
}

/** What must hold whatever happened. */
async function check_sums() {
  const total = await d.view(pool, "totalSequencers");
  let [amounts, rewards, by_status] = [0n, 0n, [0n, 0n, 0n, 0n]];
  for (let id = 1n; id <= total; id++) {
    const { amount, reward, status } = await d.view(pool, "sequencers", id);
    amounts += amount;
    rewards += reward;
    by_status[Number(status)]++;
  }
  await expect_view(amounts, info, "totalLocked");
  await expect_view(amounts + rewards, token, "balanceOf", info);
  await expect_view(await d.view(info, "totalRewardsLiquidated"), token, "balanceOf", bridge);
  for (const [status, count] of by_status.entries()) {
    await expect_view(count, pool, "seqStatuses", status);
  }
}

test("starts with the constants of Metis's contracts", async () => {
  await expect_view(info, pool, "escrow");
  await expect_view(1_814_400n, pool, "exitDelayPeriod");
  await expect_view(1_814_400n, pool, "WITHDRAWAL_DELAY");
  await expect_view(RATE, pool, "rewardPerBlock");
  await expect_view(RATE, pool, "BLOCK_REWARD");
  await expect_view(1n, pool, "signerUpdateThrottle");
  await expect_view(1n, pool, "currentBatch");
  await expect_view(0n, pool, "totalSequencers");
  await expect_view(false, pool, "paused");
  await expect_view(governance, pool, "owner");
  await expect_view(mpc, pool, "mpcAddress");
  const { id, startEpoch, endEpoch } = await d.view(pool, "curBatchState");
  assert.deepEqual([id, startEpoch, endEpoch], [1n, 0n, 0n]);
  await expect_view(MIN, info, "minLock");
  await expect_view(MAX, info, "maxLock");
  await expect_view(pool, info, "manager");
  await expect_view(bridge, info, "bridge");
  await expect_view(token, info, "l1Token");
  await expect_view(L2_TOKEN, info, "l2Token");
  await expect_view(L2_CHAIN_ID, info, "l2ChainId");
  await expect_view(payer, info, "rewardPayer");
  await expect_view(governance, info, "owner");
});

test("initialises once", async () => {
  const twice = "Initializable: contract is already initialized";
  await d.refuse(twice, governance, pool, "initialize", [info]);
  await d.refuse(twice, governance, info, "initialize", [bridge, token, L2_TOKEN, 1n]);
  await d.refuse("manager has been initialized", governance, info, "initManager", [stranger]);
});

test("lets governance alone govern", async () => {
  const { pubkey, address } = signer(1);
  const no = "Ownable: caller is not the owner";
  for (const [to, name, args] of [
    [pool, "updateMpc", [stranger]], [pool, "setPause", [true]], [pool, "forceUnlock", [1n, 0]],
    [pool, "updateWithdrawDelayTimeValue", [1n]], [pool, "updateBlockReward", [1n]],
    [pool, "setSignerUpdateThrottle", [1n]], [pool, "setWhitelist", [stranger, true]],
    [pool, "transferOwnership", [stranger]], [info, "initManager", [stranger]],
    [info, "setMinLock", [1n]], [info, "setMaxLock", [1n]], [info, "setRewardPayer", [stranger]],
  ]) await d.refuse(no, stranger, to, name, args);

  const nobody = [0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, stranger, address, pubkey, stranger, 2];
  for (const [name, args] of [
    ["newSequencer", [1n, alice, address, MIN, 1n, pubkey]],
    ["increaseLocked", [1n, 2n, alice, MIN, 1n, 0n]],
    ["withdrawLocking", [1n, alice, 2n, 1n, MIN]],
    ["initializeUnlock", [1n, 0n, 0, nobody]],
    ["finalizeUnlock", [alice, 1n, 0n, 0n, alice, 0]],
    ["liquidateReward", [1n, 1n, alice, 0]],
    ["distributeReward", [2n, 0n]],
    ["logSignerChange", [1n, address, address, 2n, pubkey]],
  ]) await d.refuse("Not manager", governance, info, name, args);
});

test("tells each change of a parameter", async () => {
  const govern = (to, name, ...args) => d.act(governance, to, name, args);
  assert.deepEqual(await govern(pool, "updateMpc", bob), [["UpdateMpc", bob]]);
  assert.deepEqual(await govern(pool, "updateBlockReward", 5n), [["RewardUpdate", 5n, RATE]]);
  assert.deepEqual(await govern(pool, "updateWithdrawDelayTimeValue", 9n),
                   [["WithrawDelayTimeChange", 9n, 1_814_400n]]);
  assert.deepEqual(await govern(pool, "setSignerUpdateThrottle", 0n),
                   [["SetSignerUpdateThrottle", 0n]]);
  assert.deepEqual(await govern(pool, "setWhitelist", bob, false), [["SetWhitelist", bob, false]]);
  assert.deepEqual(await govern(info, "setRewardPayer", bob), [["SetRewardPayer", bob]]);
  assert.deepEqual(await govern(info, "setMaxLock", MIN), [["SetMaxLock", MIN]]);
  assert.deepEqual(await govern(info, "setMinLock", MAX), [["SetMinLock", MAX]]); // above maxLock
  await expect_view(9n, pool, "WITHDRAWAL_DELAY");
  await expect_view(5n, pool, "BLOCK_REWARD");
  await d.refuse("invalid newReward", governance, pool, "updateBlockReward", [0n]);
  await d.refuse("dalayTime==0", governance, pool, "updateWithdrawDelayTimeValue", [0n]);
  await d.refuse("_minLock=0", governance, info, "setMinLock", [0n]);
  await d.refuse("maxLock<minLock", governance, info, "setMaxLock", [MAX - 1n]);
});

test("locks", async () => {
  const { address, pubkey } = signer(1);
  assert.deepEqual(await d.act(alice, pool, "lockFor", [address, MIN, pubkey]), [
    ["Locked", address, 1n, 1n, 1n, MIN, MIN, pubkey],
    ["SequencerOwnerChanged", 1n, alice],
    ["SequencerRewardRecipientChanged", 1n, ZeroAddress],
  ]);
  await expect_sequencer(1n, {
    amount: MIN, reward: 0n, activationBatch: 1n, updatedBatch: 1n, deactivationBatch: 0n,
    deactivationTime: 0n, unlockClaimTime: 0n, nonce: 1n, owner: alice, signer: address, pubkey,
    rewardRecipient: ZeroAddress, status: ACTIVE });
  await expect_view(1n, pool, "seqOwners", alice);
  await expect_view(1n, pool, "seqSigners", address);
  const [locked, , told] = await lock(bob, 2, MAX);
  assert.deepEqual(locked.slice(0, 7),
                   ["Locked", signer(2).address, 2n, 1n, 1n, MAX, MIN + MAX]);
  assert.deepEqual(told, ["SequencerRewardRecipientChanged", 2n, recipient]);
});

test("refuses a lock that breaks a rule", async () => {
  const [s, other] = [signer(1), signer(2)];
  const refuse = (text, from, ...args) => d.refuse(text, from, pool, "lockFor", args);
  await refuse("NotWhitelisted()", stranger, s.address, MIN, s.pubkey);
  await refuse("invalid amount", alice, s.address, MIN - 1n, s.pubkey);
  await refuse("invalid amount", alice, s.address, MAX + 1n, s.pubkey);
  await refuse("invalid pubkey", alice, s.address, MIN, `${s.pubkey}00`);
  await refuse("invalid pubkey", alice, s.address, MIN, s.pubkey.slice(0, -2));
  await refuse("pubkey and address mismatch", alice, s.address, MIN, other.pubkey);
  await d.act(alice, token, "approve", [info, MIN - 1n]);
  await refuse("ERC20: insufficient allowance", alice, s.address, MIN, s.pubkey);
  await d.act(alice, token, "approve", [info, MAX]);
  await lock(alice, 1);
  await refuse("OwnedSequencer()", alice, other.address, MIN, other.pubkey);
  await refuse("SignerExisted()", bob, s.address, MIN, s.pubkey);
});

test("stops for a pause, but not rewards, owners, recipients, governance", async () => {
  await lock(alice, 1);
  await lock(bob, 2);
  await d.refuse("Pausable: not paused", governance, pool, "setPause", [false]);
  assert.deepEqual(await d.act(governance, pool, "setPause", [true]), [["Paused", governance]]);
  const s = signer(3);
  const paused = "Pausable: paused";
  await d.refuse(paused, governance, pool, "setPause", [true]);
  for (const from of [carol, stranger]) { // the pause is looked at before the whitelist
    await d.refuse(paused, from, pool, "lockFor", [s.address, MIN, s.pubkey]);
    await d.refuse(paused, from, pool, "lockWithRewardRecipient",
                   [s.address, recipient, MIN, s.pubkey]);
  }
  await d.refuse(paused, alice, pool, "relock", [1n, 1n, false]);
  await d.refuse(paused, alice, pool, "withdraw", [1n, 1n]);
  await d.refuse(paused, alice, pool, "withdrawRewards", [1n, 0]);
  await d.refuse(paused, alice, pool, "unlock", [1n, 0]);
  await d.refuse(paused, alice, pool, "unlockClaim", [1n, 0]);
  await d.refuse(paused, signer(1).address, pool, "updateSigner", [1n, s.pubkey]);
  await batch([1, 1n]);
  await d.act(alice, pool, "setSequencerRewardRecipient", [1n, stranger]);
  await d.act(alice, pool, "setSequencerOwner", [1n, carol]);
  await d.act(governance, pool, "forceUnlock", [2n, 0]);
  assert.deepEqual(await d.act(governance, pool, "setPause", [false]), [["Unpaused", governance]]);
});

test("relocks stake, reward, or both", async () => {
  await lock(alice, 1);
  await d.refuse("SeqNotActive()", alice, pool, "relock", [9n, 1n, false]);
  await d.refuse("NotSeqOwner()", bob, pool, "relock", [1n, 1n, false]);
  await d.refuse("NotWhitelisted()", stranger, pool, "relock", [1n, 1n, false]);
  await d.refuse("No new locked added", alice, pool, "relock", [1n, 0n, true]);
  await d.refuse("locked>maxLock", alice, pool, "relock", [1n, MAX - MIN + 1n, false]);
  await d.refuse("Panic(0x11)", alice, pool, "relock", [1n, 2n ** 256n - 1n, false]);
  assert.deepEqual(await d.act(alice, pool, "relock", [1n, 5n, false]), [
    ["Relocked", 1n, 5n, MIN + 5n], ["LockUpdate", 1n, 2n, MIN + 5n]]);
  await batch([1, 1000n]);
  const reward = 1000n * RATE;
  assert.deepEqual(await d.act(alice, pool, "relock", [1n, 7n, true]), [
    ["Relocked", 1n, reward + 7n, MIN + 12n + reward],
    ["LockUpdate", 1n, 3n, MIN + 12n + reward]]);
  await expect_sequencer(1n, {
    amount: MIN + 12n + reward, reward: 0n, nonce: 3n, updatedBatch: 1n });
});

test("withdraws once in a batch", async () => {
  await lock(alice, 1, MIN + 10n);
  await d.refuse("withdraw throttle", alice, pool, "withdraw", [1n, 1n]);
  await batch([1, 0n]);
  await d.refuse("SeqNotActive()", alice, pool, "withdraw", [9n, 1n]);
  await d.refuse("NotSeqOwner()", bob, pool, "withdraw", [1n, 1n]);
  await d.refuse("invalid amount", alice, pool, "withdraw", [1n, 0n]);
  await d.refuse("invalid amount", alice, pool, "withdraw", [1n, 11n]);
  await d.refuse("Panic(0x11)", alice, pool, "withdraw", [1n, MAX]);
  const before = await d.view(token, "balanceOf", alice);
  assert.deepEqual(await d.act(alice, pool, "withdraw", [1n, 10n]), [
    ["Withdraw", 1n, 10n], ["LockUpdate", 1n, 2n, MIN]]);
  await expect_view(before + 10n, token, "balanceOf", alice);
  await expect_sequencer(1n, { amount: MIN, nonce: 2n, updatedBatch: 2n });
  await d.refuse("withdraw throttle", alice, pool, "withdraw", [1n, 1n]);
  await d.refuse("signer updating throttle", signer(1).address, pool, "updateSigner",
                 [1n, signer(2).pubkey]);
});

test("changes keys", async () => {
  await lock(alice, 1);
  await lock(bob, 2);
  const [old, next] = [signer(1), signer(3)];
  const update = (text, from, id, pubkey) =>
    d.refuse(text, from, pool, "updateSigner", [id, pubkey]);
  await update("signer updating throttle", old.address, 1n, next.pubkey);
  await batch([1, 1n]);
  await update("SeqNotActive()", old.address, 9n, next.pubkey);
  await update("NotSeqSigner()", alice, 1n, next.pubkey);
  await update("invalid pubkey", old.address, 1n, "0x");
  await update("SignerExisted()", old.address, 1n, old.pubkey);
  await update("SignerExisted()", old.address, 1n, signer(2).pubkey);
  assert.deepEqual(await d.act(old.address, pool, "updateSigner", [1n, next.pubkey]), [
    ["SignerChange", 1n, 2n, old.address, next.address, next.pubkey]]);
  await expect_sequencer(1n, {
    nonce: 2n, signer: next.address, pubkey: next.pubkey, updatedBatch: 2n, status: ACTIVE });
  await expect_view(RETIRED, pool, "seqSigners", old.address);
  await expect_view(1n, pool, "seqSigners", next.address);
  await d.refuse("withdraw throttle", alice, pool, "withdraw", [1n, 1n]);
  await batch([3, 1n]);
  await update("SignerExisted()", next.address, 1n, old.pubkey); // retired for ever
});

test("hands a sequencer over", async () => {
  await lock(alice, 1);
  await lock(bob, 2);
  const hand = (text, from, id, to) => d.refuse(text, from, pool, "setSequencerOwner", [id, to]);
  await hand("NullAddress()", alice, 1n, ZeroAddress);
  await hand("SeqNotActive()", alice, 9n, carol);
  await hand("NotSeqOwner()", stranger, 1n, carol);
  await hand("NotWhitelisted()", alice, 1n, stranger);
  await hand("OwnedSequencer()", alice, 1n, bob);
  await hand("OwnedSequencer()", alice, 1n, alice);
  await d.act(governance, pool, "setWhitelist", [alice, false]); // leaving needs no whitelist
  assert.deepEqual(await d.act(alice, pool, "setSequencerOwner", [1n, carol]), [
    ["SequencerOwnerChanged", 1n, carol]]);
  await expect_view(0n, pool, "seqOwners", alice);
  await expect_view(1n, pool, "seqOwners", carol);
  await expect_sequencer(1n, { owner: carol, nonce: 1n });
});

test("sets the reward recipient", async () => {
  await lock(alice, 1, MIN, ZeroAddress);
  const set = (text, from, id, to) =>
    d.refuse(text, from, pool, "setSequencerRewardRecipient", [id, to]);
  await set("NotWhitelisted()", stranger, 1n, recipient);
  await set("NullAddress()", alice, 1n, ZeroAddress);
  await set("NotSeqOwner()", bob, 1n, recipient);
  await set("NotSeqOwner()", alice, 9n, recipient);
  await d.refuse("NoRewardRecipient()", alice, pool, "withdrawRewards", [1n, 0]);
  await d.refuse("NoRewardRecipient()", alice, pool, "unlock", [1n, 0]);
  await d.refuse("NoRewardRecipient()", alice, pool, "unlockClaim", [1n, 0]);
  await d.refuse("NoRewardRecipient()", governance, pool, "forceUnlock", [1n, 0]);
  assert.deepEqual(await d.act(alice, pool, "setSequencerRewardRecipient", [1n, recipient]), [
    ["SequencerRewardRecipientChanged", 1n, recipient]]);
  await d.act(alice, pool, "unlock", [1n, 0]);
  await set("SeqNotActive()", alice, 1n, stranger);
});

test("credits a batch", async () => {
  await lock(alice, 1);
  await lock(bob, 2);
  const submit = (text, from, ...args) => d.refuse(text, from, pool, "batchSubmitRewards", args);
  const who = [signer(1).address, signer(2).address];
  await submit("not MPC", governance, 2n, 1n, 10n, who, [1n, 1n]);
  await submit("mismatch length", mpc, 2n, 1n, 10n, who, [1n]);
  await submit("mismatch length", mpc, 2n, 1n, 10n, [], []);
  await submit("invalid batch id", mpc, 1n, 1n, 10n, who, [1n, 1n]);
  await submit("invalid startEpoch", mpc, 2n, 2n, 10n, who, [1n, 1n]);
  await submit("invalid endEpoch", mpc, 2n, 1n, 1n, who, [1n, 1n]);
  await submit("NoSuchSeq()", mpc, 2n, 1n, 10n, [...who, signer(3).address], [1n, 1n, 1n]);
  await submit("Panic(0x11)", mpc, 2n, 1n, 10n, who, [2n ** 255n, 1n]);
  await submit("ERC20: transfer amount exceeds balance", mpc, 2n, 1n, 10n, who, [10n ** 10n, 1n]);
  assert.deepEqual(
    await d.act(mpc, pool, "batchSubmitRewards",
                [2n, 1n, 10n, [who[0], who[1], who[0]], [3n, 0n, 4n]]),
    [["BatchSubmitReward", 2n], ["DistributeReward", 2n, 1n, 10n, 7n * RATE, RATE]]);
  const { number } = await d.block();
  assert.deepEqual(await d.view(pool, "curBatchState"),
                   { id: 2n, number, startEpoch: 1n, endEpoch: 10n });
  await expect_view(2n, pool, "currentBatch");
  await expect_sequencer(1n, { reward: 7n * RATE, nonce: 1n, updatedBatch: 1n });
  await expect_sequencer(2n, { reward: 0n });
  await d.act(payer, token, "approve", [info, 0n]);
  await submit("ERC20: insufficient allowance", mpc, 3n, 11n, 20n, who, [1n, 1n]);
  assert.deepEqual(await batch([2, 0n]), // nothing to pay needs no allowance
                   [["BatchSubmitReward", 3n], ["DistributeReward", 3n, 11n, 20n, 0n, RATE]]);
});

test("pays rewards through the bridge", async () => {
  await lock(alice, 1);
  await d.refuse("SeqNotActive()", alice, pool, "withdrawRewards", [9n, 0]);
  await d.refuse("NotSeqOwner()", bob, pool, "withdrawRewards", [1n, 0]);
  assert.deepEqual(await d.act(alice, pool, "withdrawRewards", [1n, 0], FEE), []);
  const balance = async (a) => BigInt(await d.chain.rpc("eth_getBalance", a, "latest"));
  assert.equal(await balance(pool), FEE); // the fee for nothing is lost, as on Metis's contract
  await batch([1, 10n]);
  await d.refuse("bridge fee required", alice, pool, "withdrawRewards", [1n, 0]);
  assert.deepEqual(await d.act(alice, pool, "withdrawRewards", [1n, 200_000], FEE), [
    ["ClaimRewards", 1n, recipient, 10n * RATE, 10n * RATE]]);
  await expect_view(10n * RATE, bridge, "l2Balances", L2_CHAIN_ID, L2_TOKEN, recipient);
  assert.equal(await balance(bridge), FEE);
  await expect_sequencer(1n, { reward: 0n, nonce: 1n });
});

test("lets a sequencer leave and its owner come back", async () => {
  await lock(alice, 1);
  await batch([1, 10n]);
  await d.refuse("SeqNotActive()", alice, pool, "unlock", [9n, 0]);
  await d.refuse("NotSeqOwner()", bob, pool, "unlock", [1n, 0]);
  await d.refuse("NotWhitelisted()", stranger, pool, "unlock", [1n, 0]);
  await d.refuse("bridge fee required", alice, pool, "unlock", [1n, 0]);
  await d.refuse("Not allowed to cliam", alice, pool, "unlockClaim", [1n, 0]);
  const start = (await d.block()).timestamp + 100n;
  const end = start + 1_814_400n;
  await d.at(start);
  assert.deepEqual(await d.act(alice, pool, "unlock", [1n, 0], FEE), [
    ["ClaimRewards", 1n, recipient, 10n * RATE, 10n * RATE],
    ["UnlockInit", signer(1).address, 1n, 2n, 2n, start, end, 10n * RATE]]);
  await expect_sequencer(1n, {
    amount: MIN, reward: 0n, nonce: 2n, status: 1n, deactivationBatch: 2n, deactivationTime: start,
    unlockClaimTime: end });
  for (const [name, args] of [
    ["unlock", [1n, 0]], ["relock", [1n, 1n, false]], ["withdraw", [1n, 1n]],
    ["withdrawRewards", [1n, 0]], ["setSequencerOwner", [1n, carol]],
  ]) await d.refuse("SeqNotActive()", alice, pool, name, args);
  await d.refuse("SeqNotActive()", signer(1).address, pool, "updateSigner", [1n, signer(2).pubkey]);
  await d.refuse("OwnedSequencer()", alice, pool, "lockFor",
                 [signer(2).address, MIN, signer(2).pubkey]);
  await batch([1, 5n]); // still credited
  await d.act(governance, pool, "updateWithdrawDelayTimeValue", [1n]); // too late for this exit
  await d.refuse("Not allowed to cliam", alice, pool, "unlockClaim", [1n, 0], FEE);
  await d.at(end - 1n);
  await d.refuse("NotSeqOwner()", bob, pool, "unlockClaim", [1n, 0], FEE);
  const before = await d.view(token, "balanceOf", alice);
  await d.at(end);
  assert.deepEqual(await d.act(alice, pool, "unlockClaim", [1n, 0], FEE), [
    ["ClaimRewards", 1n, recipient, 5n * RATE, 15n * RATE],
    ["Unlocked", alice, 1n, MIN, 0n]]);
  await expect_view(before + MIN, token, "balanceOf", alice);
  await expect_sequencer(1n, { amount: 0n, reward: 0n, nonce: 3n, status: 3n });
  await expect_view(RETIRED, pool, "seqSigners", signer(1).address);
  await expect_view(0n, pool, "seqOwners", alice);
  await d.refuse("Not allowed to cliam", alice, pool, "unlockClaim", [1n, 0]);
  await d.refuse("NoSuchSeq()", mpc, pool, "batchSubmitRewards",
                 [4n, 21n, 30n, [signer(1).address], [1n]]);
  await d.refuse("SignerExisted()", alice, pool, "lockFor",
                 [signer(1).address, MIN, signer(1).pubkey]);
  const [locked] = await lock(alice, 2);
  assert.deepEqual(locked.slice(0, 5), ["Locked", signer(2).address, 2n, 1n, 3n]);
});

test("makes a sequencer leave", async () => {
  await lock(alice, 1);
  await d.refuse("SeqNotActive()", governance, pool, "forceUnlock", [9n, 0]);
  const events = await d.act(governance, pool, "forceUnlock", [1n, 0]);
  assert.deepEqual(events.map(([name]) => name), ["ClaimRewards", "UnlockInit"]);
  await expect_sequencer(1n, { status: 1n, nonce: 2n });
  await d.act(governance, pool, "setWhitelist", [alice, false]);
  await d.refuse("NotWhitelisted()", alice, pool, "unlockClaim", [1n, 0]);
});

test("is upgraded behind its proxies", async () => {
  await lock(alice, 1);
  const next = await d.create("LockingPool", []);
  assert.deepEqual(await d.act(governance, admin, "upgrade", [pool, next]), [["Upgraded", next]]);
  await expect_sequencer(1n, { amount: MIN, owner: alice, status: ACTIVE });
  await d.refuse("Ownable: caller is not the owner", stranger, admin, "upgrade", [pool, next]);
});

test("mints METIS for anyone", async () => {
  await d.act(stranger, token, "mint", [stranger, 5n]);
  await expect_view(5n, token, "balanceOf", stranger);
  await expect_view("Metis", token, "symbol");
});

// Every text and error a caller can meet. "empty address" is none: it takes a key that hashes to 0.
const refusals = [
  "OwnedSequencer()", "SignerExisted()", "NoSuchSeq()", "NullAddress()", "SeqNotActive()",
  "NotSeqOwner()", "NotSeqSigner()", "NoRewardRecipient()", "NotWhitelisted()", "dalayTime==0",
  "invalid newReward", "withdraw throttle", "Not allowed to cliam", "signer updating throttle",
  "not MPC", "mismatch length", "invalid batch id", "invalid startEpoch", "invalid endEpoch",
  "invalid pubkey", "pubkey and address mismatch", "manager has been initialized", "_minLock=0",
  "maxLock<minLock", "Not manager", "invalid amount", "locked>maxLock", "No new locked added",
  "bridge fee required", "Ownable: caller is not the owner", "Pausable: paused",
  "Pausable: not paused", "Initializable: contract is already initialized", "Panic(0x11)",
  "ERC20: insufficient allowance", "ERC20: transfer amount exceeds balance",
];

check_interface(artefacts);
assert.ok(artefacts.LockingPool.bytecode.includes(hexlify(toUtf8Bytes("empty address")).slice(2)));

await d.act(governance, info, "initManager", [pool]);
await d.act(governance, info, "setRewardPayer", [payer]);
await d.act(governance, pool, "updateMpc", [mpc]);
await d.act(governance, token, "mint", [payer, 10_000n * METIS]);
await d.act(payer, token, "approve", [info, 10n ** 30n]);
for (const owner of [alice, bob, carol]) {
  await d.act(governance, pool, "setWhitelist", [owner, true]);
  await d.act(governance, token, "mint", [owner, 200_000n * METIS]);
  await d.act(owner, token, "approve", [info, 200_000n * METIS]);
}
for (const who of [governance, alice, bob, carol, stranger]) await d.fund(who);

let failed = 0;
for (const { name, body } of cases) {
  const snapshot = await d.chain.rpc("evm_snapshot");
  try {
    await body();
    await check_sums();
    console.log(`ok    ${name}`);
  } catch (error) {
    failed++;
    console.error(`FAILS ${name}: ${error.message}`);
  }
  await d.chain.rpc("evm_revert", snapshot);
}
const unseen = refusals.filter((text) => !d.reverts.has(text));
for (const text of unseen) console.error(`FAILS no case met the refusal "${text}"`);
console.log(`${cases.length - failed} of ${cases.length} cases, ` +
            `${refusals.length - unseen.length} of ${refusals.length} refusals`);
process.exit(failed + unseen.length === 0 ? 0 : 1);

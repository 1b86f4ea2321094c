// What can befall a reward batch on its way to L1, on a real anvil: reverted, stuck, too dear, its
// nonce used by somebody else, no money, forgotten by the endpoint, taken back by a reorganisation.
// Facts tell each of them, and each batch is paid once.
import { check, equal, ETHER, GWEI, L1_CHAIN_ID, Network, replay, test } from "./network.mjs";
import { batch_args, Batches, hex } from "./batches.mjs";
import { Account, logged, records, rederive } from "./pool.mjs";

const CAP = 400n * GWEI;

/** It passes its trial call and reverts when it is mined. */
async function reverted(l1) {
  const had = await l1.allowance();
  const { seq, closed, id, signed } = await l1.send_batch();
  await l1.approve(0n);
  await l1.mine();
  const mined = await l1.fact(seq, "reverted", { id });
  check(mined.success === false && mined.reason !== "", `it reverts: ${mined.reason}`, mined);
  const reopened = await l1.fact(seq, "periodReopened", { batchId: closed.batchId });
  equal([reopened.cause, reopened.composition, reopened.txnHash], ["reverted", 1, signed.hash],
        "the period is open again, and its fact names the transaction");
  const again = await l1.fact(seq, "periodClosed", { batchId: closed.batchId, composition: 2 });
  await l1.fact(seq, "stalled", { reason: "wouldRevert" });
  await l1.approve(had);
  await l1.mine();
  await l1.fact(seq, "sent", { id: id + 1 });
  const paid = await l1.pay(seq, closed.batchId);
  equal([paid.composition, paid.agrees, paid.amount], [2, true, again.total],
        "its second composition is paid");
  await l1.fact(seq, "mined", { id: id + 1 });
  equal(await l1.story(seq, "rewards"),
        ["periodClosed", "periodReopened", "periodClosed", "batchPaid"],
        "facts tell the story of the period");
  equal(await l1.story(seq, "submissions"),
        ["planned", "signed", "sent", "reverted", "planned", "stalled", "signed", "sent", "mined"],
        "and of its transactions");
}

/** No block for longer than the bump time. */
async function stuck(l1) {
  const { seq, closed, id, signed } = await l1.send_batch();
  const replaced = await l1.fact(seq, "replaced", { id, number: 2 });
  const fees = ({ attempt }) => [attempt.maxFee, attempt.maxPriorityFee].map(BigInt);
  check(replaced.attempt.nonce === signed.attempt.nonce
        && fees(replaced).every((fee, i) => fee * 100n >= fees(signed)[i] * 112n),
        "it is replaced: the same nonce, both fees 12 % higher", [signed, replaced]);
  await l1.fact(seq, "sent", { id, number: 2 });
  await l1.pay(seq, closed.batchId);
  const { number } = await l1.fact(seq, "mined", { id });
  equal(number, 2, "the replacement is mined");
  equal(await l1.story(seq, "submissions"),
        ["planned", "signed", "sent", "replaced", "sent", "mined"], "facts tell the story");
}

/** Blocks cost more than may be paid. */
async function too_dear(l1) {
  await l1.ask("anvil_setNextBlockBaseFeePerGas", hex(500n * GWEI));
  const seq = await l1.end_period();
  const { fact: closed } = await logged(l1.network, seq, "periodClosed");
  const stalled = await l1.fact(seq, "stalled", { reason: "feeCap" });
  check(stalled.detail.includes(String(CAP)), "it stalls above the cap, and says so", stalled);
  await l1.ask("anvil_setNextBlockBaseFeePerGas", hex(GWEI));
  await l1.pay(seq, closed.batchId);
  await l1.fact(seq, "mined");
  equal(await l1.story(seq, "submissions"), ["planned", "stalled", "signed", "sent", "mined"],
        "facts tell the story");
}

/** The same key sends something else with the batch's nonce. */
async function nonce_taken(l1) {
  const { seq, closed, id, signed } = await l1.send_batch();
  const { nonce } = signed.attempt;
  const wallet = l1.network.wallets[Account.mpc];
  await l1.ask("eth_sendRawTransaction", await wallet.signTransaction({
    type: 2, chainId: L1_CHAIN_ID, nonce, to: wallet.address, value: 1n, gasLimit: 21_000n,
    maxFeePerGas: BigInt(signed.attempt.maxFee) * 3n,
    maxPriorityFeePerGas: BigInt(signed.attempt.maxPriorityFee) * 3n }));
  await l1.mine();
  await l1.fact(seq, "nonceTaken", { id, nonce });
  const next = await l1.fact(seq, "signed", { id, number: 2 });
  equal(next.attempt.nonce, nonce + 1, "its nonce was taken: it takes the next");
  await l1.fact(seq, "sent", { id, number: 2 });
  await l1.pay(seq, closed.batchId);
  await l1.fact(seq, "mined", { id, number: 2 });
  equal(await l1.story(seq, "submissions"),
        ["planned", "signed", "sent", "nonceTaken", "signed", "sent", "mined"],
        "facts tell the story");
}

/** The account has nothing to pay for gas. */
async function no_funds(l1) {
  const { address } = l1.network.wallets[Account.mpc];
  await l1.ask("anvil_setBalance", address, "0x0");
  const seq = await l1.end_period();
  const { fact: closed } = await logged(l1.network, seq, "periodClosed");
  const stalled = await l1.fact(seq, "stalled", { reason: "noFunds" });
  check(stalled.detail.includes(address.toLowerCase()), "it stalls, naming the account", stalled);
  await l1.ask("anvil_setBalance", address, hex(100n * ETHER));
  await l1.fact(seq, "sent");
  await l1.pay(seq, closed.batchId);
  await l1.fact(seq, "mined");
  equal(await l1.story(seq, "submissions"), ["planned", "stalled", "signed", "sent", "mined"],
        "facts tell the story");
}

/** The endpoint accepts and forgets. */
async function forgotten(l1) {
  const { seq, closed, id, signed } = await l1.send_batch();
  await l1.ask("anvil_dropTransaction", signed.hash);
  await l1.fact(seq, "forgotten", { id, number: 1 });
  const paid = await l1.pay(seq, closed.batchId);
  equal(paid.position.txnHash, signed.hash, "the very bytes are sent again, and mined");
  await l1.fact(seq, "mined", { id, number: 1 });
  equal(await l1.story(seq, "submissions"),
        ["planned", "signed", "sent", "forgotten", "sent", "mined"], "facts tell the story");
}

/** L1 takes back the block that has paid it. */
async function orphaned(l1) {
  const { seq, closed, id, signed } = await l1.send_batch();
  await l1.mine();
  const first = await l1.fact(seq, "batchPaid", { batchId: closed.batchId });
  const { block } = await l1.fact(seq, "mined", { id });
  equal([first.position.blockHash, first.position.txnHash], [block.hash, signed.hash],
        "it is mined and paid");
  await l1.ask("anvil_reorg", 1, []);
  const { seq: unpaid } = await logged(l1.network, seq, "batchUnpaid");
  await l1.fact(seq, "orphaned", { id });
  const paid = await l1.pay(unpaid, closed.batchId);
  equal([paid.composition, paid.amount, paid.position.txnHash],
        [first.composition, first.amount, signed.hash], "then it is paid again, by the same bytes");
  await l1.fact(unpaid, "mined", { id });
  equal(await l1.story(seq, "rewards"), ["periodClosed", "batchPaid", "batchUnpaid", "batchPaid"],
        "facts tell the story");
}

await test(async () => {
  const network = await Network.start({ args: batch_args });
  const l1 = new Batches(network);
  for (const fault of [reverted, stuck, too_dear, nonce_taken, no_funds, forgotten, orphaned]) {
    console.log(`--- ${fault.name}`);
    await fault(l1);
    await l1.paid_once(fault.name);
  }
  l1.close();
  await network.stop();
  const log = await records(network.datadir);
  equal(log.filter(({ kind }) => kind === "rewardPerBlockUpdated"), [],
        "without governance the reward per block stays as it is");
  const attempts = log
    .filter(({ kind }) => kind === "signed" || kind === "replaced")
    .map(({ fact }) => BigInt(fact.attempt.maxFee));
  check(attempts.every((fee) => fee <= CAP), `no attempt of ${attempts.length} may cost more than`
        + " the cap", attempts);
  console.log(`compared: ${JSON.stringify(await rederive(network.datadir))}`);
  check((await replay(network.datadir, "verify")).ok, "the log verifies");
});

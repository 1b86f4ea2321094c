// kill -9 at every point of a reward batch's making; the dev network's L1 loses what it has done
// since its last dump, too. Whatever happens, no slot is ever signed with two contents, what is
// sent is what was logged, and L1 pays each batch once.
import { check, equal, Network, ok, replay, test, try_replay, until } from "./network.mjs";
import { batch_args, Batches } from "./batches.mjs";
import { records, rederive } from "./pool.mjs";

const points = ["period_closed", "submission_planned", "round_opened", "slot_signed",
                "submission_signed", "submission_sent"];
const args = ["--reward-period", "3", "--epoch-length", "2", "--traffic", "2", "--no-governance"];

/** What is in the log of one kind. */
const of_kind = (log, ...kinds) =>
  log.filter(({ kind }) => kinds.includes(kind)).map(({ fact }) => fact);

/** Every transaction that L1 has of a batch is one that was logged before it was sent. */
async function sent_as_logged(l1, what) {
  const log = await records(l1.network.datadir);
  const hashes = of_kind(log, "signed", "replaced").map(({ hash }) => hash);
  equal(hashes.length, new Set(hashes).size, `${what}: no attempt stands twice in the log`);
  const events = await l1.pool.queryFilter("DistributeReward", 0);
  check(events.every(({ transactionHash }) => hashes.includes(transactionHash)),
        `${what}: each of ${events.length} payments on L1 has the bytes that were logged`, hashes);
  const contents = new Map();
  for (const { slot, contentHash } of of_kind(log, "roundOpened")) {
    const key = JSON.stringify(slot);
    contents.set(key, (contents.get(key) ?? new Set()).add(contentHash));
  }
  check([...contents.values()].every(({ size }) => size === 1),
        `${what}: no round was opened for a second content of its slot`);
}

/** The end of whatever is under way: nothing is closed, nothing waits. */
async function at_rest(network) {
  await until("everything that was begun to be paid", async () => {
    const { rewards, submissions, locking } = await replay(network.datadir, "state");
    return rewards.closed.composition === 0 && rewards.composed.length === 0
      && rewards.paid.at(-1).batchId === locking.curBatchState.id
      && submissions.live.every(({ status }) => status === "mined");
  }, { seconds: 120, every_ms: 250 });
}

await test(async () => {
  let network = await Network.start({ args });
  const { datadir } = network;
  await until("a reward batch", async () => (
    of_kind(await records(datadir), "batchPaid").length > 0), { every_ms: 250 });
  await network.stop();
  const durable = new Map();  // by batch: the attempt that was durable when the node was killed
  for (const point of points) {
    network = await Network.start({ datadir, args: [...args, "--crash-at", point] });
    await network.crashed(120);
    const verified = await try_replay(datadir, "verify");
    equal(verified.code, 0, `killed at ${point}: the log verifies`);
    if (point !== "submission_signed" && point !== "submission_sent") continue;
    const log = await records(datadir);
    const attempt = of_kind(log, "signed").at(-1);
    const { slot } = of_kind(log, "planned").find(({ id }) => id === attempt.id);
    durable.set(slot.batchId, attempt);
  }

  network = await Network.start({ datadir, args: batch_args });
  let l1 = new Batches(network);
  await at_rest(network);
  await l1.paid_once("after all lives");
  await sent_as_logged(l1, "after all lives");
  const replaced = of_kind(await records(datadir), "replaced").map(({ id }) => id);
  for (const [batchId, { id, hash }] of durable) {
    const [event] = await l1.pool.queryFilter(l1.pool.filters.DistributeReward(batchId), 0);
    check(event.transactionHash === hash || replaced.includes(id),
          `batch ${batchId} is paid by the bytes that were durable before the kill`, event);
  }
  l1.close();
  await network.stop();

  // A revert, and the kill when its period is open again.
  network = await Network.start(
    { datadir, args: [...batch_args, "--crash-at", "period_reopened"] });
  l1 = new Batches(network);
  const { closed } = await l1.send_batch();
  await l1.approve(0n);
  await l1.mine();
  await network.crashed(120);
  l1.close();
  ok("killed at period_reopened");
  network = await Network.start({ datadir, args: batch_args });
  l1 = new Batches(network);
  await until("the reverted batch to be paid", async () => (
    of_kind(await records(datadir), "batchPaid").some(({ batchId }) => batchId === closed.batchId)),
              { every_ms: 250 });
  await l1.paid_once("after the revert");
  await sent_as_logged(l1, "after the revert");
  l1.close();
  await network.stop();

  const log = await records(datadir);
  console.log(`in the log: ${of_kind(log, "batchPaid").length} payments, `
              + `${of_kind(log, "batchUnpaid").length} taken back by L1, `
              + `${of_kind(log, "periodClosed").length} compositions, `
              + `${of_kind(log, "roundOpened").length} rounds`);
  console.log(`compared: ${JSON.stringify(await rederive(datadir))}`);
  check((await replay(datadir, "verify")).ok, "the log verifies");
});

// Makes the log of a new schema for golden_logs.py: node make_log.mjs DIRECTORY_OF_THE_BINARIES OUT.
// A dev network's life with reward batches (one reverts and is composed anew, one is taken back by a
// reorganisation of L1), a relock with the reward, a claim, a transaction that lacks a nonce for too
// long, blocks with a signature over each transaction's hash, and evidence of two blocks at one height.
// OUT gets the log; pack data.mdb with xz beside what `horae-replay state --json` says of it.
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Batches, batch_args } from "../functional/batches.mjs";
import {
  check, equal, Exit, horae_replay, make_home, Network, test, transfer, until,
} from "../functional/network.mjs";
import { Account, logged, records } from "../functional/pool.mjs";

const out = process.argv[3];

async function batches(datadir) {
  const network = await Network.start({ datadir, args: batch_args });
  const l1 = new Batches(network);
  const owner = l1.as(Account.owner);
  const mined = async (sent) => {
    const pending = await sent;
    await l1.mine();
    return pending.wait(1, 60_000);
  };

  console.log("--- a batch");
  const first = await l1.send_batch();
  await l1.pay(first.seq, first.closed.batchId);

  console.log("--- reverted");
  const had = await l1.allowance();
  const { seq, closed, id } = await l1.send_batch();
  await l1.approve(0n);
  await l1.mine();
  await l1.fact(seq, "reverted", { id });
  await l1.fact(seq, "periodReopened", { batchId: closed.batchId });
  await l1.fact(seq, "stalled", { reason: "wouldRevert" });
  await l1.approve(had);
  await l1.mine();
  await l1.fact(seq, "sent", { id: id + 1 });
  await l1.pay(seq, closed.batchId);

  console.log("--- taken back");
  const fourth = await l1.send_batch();
  await l1.mine();
  await l1.fact(fourth.seq, "batchPaid", { batchId: fourth.closed.batchId });
  await l1.fact(fourth.seq, "mined", { id: fourth.id });
  await l1.ask("anvil_reorg", 1, []);
  const { seq: unpaid } = await logged(network, fourth.seq, "batchUnpaid");
  await l1.pay(unpaid, fourth.closed.batchId);

  console.log("--- relock, claim");
  await mined(l1.pool.connect(owner).relock(1, 0, true));
  const third = await l1.send_batch();
  await l1.pay(third.seq, third.closed.batchId);
  await mined(l1.pool.connect(owner).withdrawRewards(1, 200_000, { value: 1n }));
  await logged(network, third.seq, "rewardsClaimed");
  l1.close();
  await network.stop();
}

/** What lacks a nonce before it comes to its end, while each transaction's hash is signed. */
async function expired(datadir) {
  process.env.HORAE_LIMITS_POOL_GAP_LIFETIME_S = "2";
  process.env.HORAE_L2_SIGN_TXNS = "yes";
  const network = await Network.start({ datadir, args: ["--no-governance", "--reward-period",
                                                        "10000"] });
  const sent = async (wallet, nonce) => network.rpc("eth_sendRawTransaction",
                                                    await transfer(wallet, nonce));
  const next = async (wallet) => Number(await network.rpc("eth_getTransactionCount",
                                                          wallet.address, "latest"));
  await sent(network.wallets[4], await next(network.wallets[4]) + 7);
  let nonce = await next(network.wallets[5]);
  await until("what lacks a nonce to expire", async () => {
    await network.receipt(await sent(network.wallets[5], nonce++));
    return (await records(datadir)).some(({ fact }) => fact.reason === "expired");
  });
  check((await records(datadir)).some(({ fact }) => fact.txnSignatures?.length > 0), "signed", {});
  delete process.env.HORAE_LIMITS_POOL_GAP_LIFETIME_S;
  delete process.env.HORAE_L2_SIGN_TXNS;
  await network.stop();
}

async function live(datadir, value) {
  const network = await Network.start({ datadir, args: ["--no-governance", "--reward-period",
                                                        "10000"] });
  const wallet = network.wallets[3];
  const nonce = Number(await network.rpc("eth_getTransactionCount", wallet.address, "latest"));
  await network.receipt(await network.rpc("eth_sendRawTransaction",
                                          await transfer(wallet, nonce, { value })));
  return network;
}

await test(async () => {
  const home = make_home();
  const [one, two] = [join(home, "one"), join(home, "two")];
  const file = join(home, "evidence");
  await batches(one);
  console.log("--- expired");
  await expired(one);
  console.log("--- two blocks");
  cpSync(one, two, { recursive: true });
  for (const [datadir, value] of [[one, 2n], [two, 3n]]) await (await live(datadir, value)).stop();
  equal((await horae_replay("evidence", one, two, "-o", file)).code, Exit.ok, "evidence");
  const network = await live(one, 4n);
  await network.ask("horae_submitEvidence", `0x${readFileSync(file).toString("hex")}`);
  await logged(network, 1, "faultProven");
  await network.stop();
  const verified = await horae_replay("verify", "--datadir", one);
  check(verified.code === Exit.ok, "it verifies", verified);
  cpSync(join(one, "log"), out, { recursive: true });
});

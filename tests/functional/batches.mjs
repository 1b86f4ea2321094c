// Reward batches at the moments that a test chooses: L1 makes a block when it is told to, and a
// period is over when the test says so.
import { equal, GWEI, replay, until } from "./network.mjs";
import { Account, like, logged, Pool, records } from "./pool.mjs";

export const hex = (value) => `0x${value.toString(16)}`;


export const PERIOD = 10_000;  // seconds: never over by itself
/** Blocks of the network's own, and epochs that are soon finished. */
export const batch_args = ["--reward-period", String(PERIOD), "--epoch-length", "2", "--traffic",
                           "2", "--count", "allotted", "--no-governance"];

export class Batches extends Pool {
  async mining(on) {
    await this.ask("evm_setIntervalMining", on ? 1 : 0);
  }
  async mine() {
    await this.ask("evm_mine");
  }

  /**
   * Ends the period, with no L1 block after the one that says so, and returns the log's place. One
   * that ends by itself in between is paid first, and the next one ended.
   */
  async end_period() {
    const { datadir } = this.network;
    const is_open = ({ rewards }) => rewards.closed.composition === 0;
    const seq = await until("two finished epochs of an open period", async () => {
      const seen = await replay(datadir, "state");
      const { rewards } = seen;
      if (!is_open(seen) || rewards.runningEpoch - 1 - Number(rewards.paid.at(-1).endEpoch) < 2) {
        return undefined;
      }
      await this.mining(false);
      const { seq } = await this.network.status();
      if (is_open(await replay(datadir, "state"))) return seq;
      await this.mining(true);
      return undefined;
    }, { every_ms: 200 });
    await this.ask("evm_increaseTime", PERIOD);
    await this.mine();
    return seq;
  }

  /** Once the next batch is with the endpoint, unmined: where the log stood before, and facts. */
  async send_batch() {
    const seq = await this.end_period();
    const { fact: closed } = await logged(this.network, seq, "periodClosed");
    const { fact: sent } = await logged(this.network, seq, "sent");
    const signed = await this.fact(seq, "signed", { id: sent.id });
    return { seq, closed, id: sent.id, signed };
  }

  async fact(seq, kind, wanted = {}, seconds = 60) {
    return (await logged(this.network, seq, kind, like(wanted), seconds)).fact;
  }

  /** What LockingInfo may take from the reward payer. */
  allowance() {
    const { address } = this.network.wallets[Account.governance];
    return this.metis.allowance(address, this.spender);
  }
  /** Sets it, at a price that puts it before a batch in the same block. */
  approve(amount) {
    const { address } = this.network.wallets[Account.governance];
    return this.ask("eth_sendTransaction", {
      from: address, to: this.network.dev.contracts.metis, gas: hex(100_000n),
      maxPriorityFeePerGas: hex(100n * GWEI), maxFeePerGas: hex(300n * GWEI),
      data: this.metis.interface.encodeFunctionData("approve", [this.spender, amount]) });
  }

  /** Mines until the batch is paid by the log. */
  async pay(seq, batchId) {
    let paid;
    await until(`batch ${batchId} to be paid`, async () => {
      await this.mine();
      paid = (await records(this.network.datadir, seq)).findLast(
        ({ kind, fact }) => kind === "batchPaid" && fact.batchId === batchId);
      return paid;
    }, { every_ms: 300 });
    return paid.fact;
  }

  /** What happened in a domain from a place of the log on. */
  async story(seq, wanted) {
    return (await records(this.network.datadir, seq))
      .filter(({ domain, kind }) => domain === wanted && kind !== "blockCredited")
      .map(({ kind }) => kind);
  }

  /** The contract has paid each batch once, and owes what the blocks of the log give. */
  async paid_once(what) {
    const events = await this.pool.queryFilter("DistributeReward", 0);
    const ids = events.map(({ args }) => String(args.batchId));
    equal(ids, [...new Set(ids)], `${what}: L1 has paid each of ${ids.length} batches once`);
    const sequencers = await this.balanced(what);
    const { rewards, locking } = await replay(this.network.datadir, "state");
    equal([rewards.paid.at(-1).batchId, locking.sequencers], [ids.at(-1) ?? "1", sequencers],
          `${what}: so says the log`);
    const owed = events.reduce((sum, { args }) => sum + args.amount, 0n);
    equal(sequencers.reduce((sum, { reward }) => sum + BigInt(reward), 0n), owed,
          `${what}: the sequencers have what was distributed`);
    const contents = new Map();
    for (const { kind, fact } of await records(this.network.datadir)) {
      if (kind !== "slotSigned") continue;
      const slot = JSON.stringify(fact.slot);
      contents.set(slot, (contents.get(slot) ?? new Set()).add(JSON.stringify(fact.content)));
    }
    equal([...contents.values()].filter(({ size }) => size !== 1).length, 0,
          `${what}: none of ${contents.size} slots was signed with two contents`);
  }
}

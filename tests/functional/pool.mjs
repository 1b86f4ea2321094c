// The locking contracts of a dev network, and what its node's log says of them.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { Contract, JsonRpcProvider, NonceManager, SigningKey } from "ethers";
import { load_artefact } from "./artefacts.mjs";
import { equal, replay, root, rpc, try_replay, until } from "./network.mjs";

const lower = (value) => String(value).toLowerCase();
export const decimal = (value) => value.toString(10);

/** Who does what: the account's place in dev.json. */
export const Account = { governance: 0, owner: 8, signer: 9, spare: [10, 11], mpc: 12 };

/** 64 bytes, as LockingPool takes it. */
export const pubkey_of = (wallet) =>
  `0x${SigningKey.computePublicKey(wallet.privateKey, false).slice(4)}`;

export class Pool {
  constructor(network) {
    const { contracts } = network.dev;
    this.network = network;
    this.address = contracts.lockingPool;
    this.spender = contracts.lockingInfo;
    this.l1 = new JsonRpcProvider(network.l1, undefined,
                                  { cacheTimeout: -1, pollingInterval: 100 });
    this.pool = new Contract(contracts.lockingPool, load_artefact("LockingPool").abi, this.l1);
    this.info = new Contract(contracts.lockingInfo, load_artefact("LockingInfo").abi, this.l1);
    this.metis = new Contract(contracts.metis, load_artefact("MetisToken").abi, this.l1);
  }

  close() {
    this.l1.destroy();
  }

  /** The account as a signer that counts its nonces. */
  as(account) {
    return new NonceManager(this.network.wallets[account].connect(this.l1));
  }

  ask(method, ...params) {
    return rpc(this.network.l1, method, ...params);
  }

  /** What `locking` of the node's state must be, from the views at the end of one L1 block. */
  async state(blockTag) {
    const { pool, info } = this;
    const at = { blockTag };
    const count = Number(await pool.totalSequencers(at));
    const sequencers = [];
    for (let id = 1n; sequencers.length < count; ++id) {
      const s = await pool.sequencers(id, at);
      sequencers.push({
        id: decimal(id), owner: lower(s.owner), signer: lower(s.signer), pubkey: lower(s.pubkey),
        amount: decimal(s.amount), reward: decimal(s.reward), status: Number(s.status),
        nonce: decimal(s.nonce), activationBatch: decimal(s.activationBatch),
        updatedBatch: decimal(s.updatedBatch), deactivationBatch: decimal(s.deactivationBatch),
        deactivationTime: decimal(s.deactivationTime), unlockClaimTime: decimal(s.unlockClaimTime),
        rewardRecipient: lower(s.rewardRecipient),
      });
    }
    const batch = await pool.curBatchState(at);
    return {
      sequencers,
      totalLocked: decimal(await info.totalLocked(at)),
      totalRewardsLiquidated: decimal(await info.totalRewardsLiquidated(at)),
      curBatchState: { id: decimal(batch.id), number: decimal(batch.number),
                       startEpoch: decimal(batch.startEpoch), endEpoch: decimal(batch.endEpoch) },
      parameters: {
        minLock: decimal(await info.minLock(at)), maxLock: decimal(await info.maxLock(at)),
        exitDelayPeriod: decimal(await pool.exitDelayPeriod(at)),
        rewardPerBlock: decimal(await pool.rewardPerBlock(at)),
        signerUpdateThrottle: decimal(await pool.signerUpdateThrottle(at)),
        mpcAddress: lower(await pool.mpcAddress(at)),
        rewardPayer: lower(await info.rewardPayer(at)), paused: await pool.paused(at),
      },
    };
  }

  /** The same by the log: folded up to the last record before anything of a later L1 block. */
  async folded(block) {
    const { datadir } = this.network;
    await until(`the node to follow L1 to block ${block}`,
                async () => (await this.network.status()).l1.head >= block);
    const log = await replay(datadir, "log");
    const later = log.findIndex(({ domain, fact }) => (
      domain === "locking" && fact.position?.block > block));
    const { seq } = log.at(later < 0 ? -1 : later - 1);
    return (await replay(datadir, "state", "--at", String(seq))).locking;
  }

  /** Every field of the fold must equal the contracts' views at the end of this L1 block. */
  async compare(block, what) {
    const wanted = await this.state(block);
    let folded;
    await until("the node's fold to be there", async () => {
      folded = await this.folded(block);
      return isDeepStrictEqual(folded, wanted);
    }, { seconds: 20 }).catch(() => null);
    equal(folded, wanted, `${what}: every field is what the contracts say at L1 block ${block}`);
  }

  /** METIS in LockingInfo is what is locked and what is owed: nothing was paid twice. */
  async balanced(what) {
    const blockTag = await this.l1.getBlockNumber();
    const { sequencers, totalLocked } = await this.state(blockTag);
    const owed = sequencers.reduce((sum, { reward }) => sum + BigInt(reward), BigInt(totalLocked));
    equal(await this.metis.balanceOf(this.spender, { blockTag }), owed,
          `${what}: LockingInfo holds what is locked and what is owed, to the wei`);
    return sequencers;
  }
}

/** The records of a data directory from `seq` on. */
export const records = (datadir, seq = 1) => replay(datadir, "log", "--from", String(seq));

/** The first record from `seq` on that is of this kind and fits. */
export function logged(network, seq, kind, fits = () => true, seconds = 60) {
  return until(`${kind} in the log`, async () => {
    if (network.program.end) throw new Error(`horae dev ended: ${network.program.said}`);
    const found = await records(network.datadir, seq);
    return found.find((each) => each.kind === kind && fits(each.fact));
  }, { seconds, every_ms: 100 });
}

/** Whether the part of an object that `wanted` names is as wanted. */
export const like = (wanted) => (seen) => Object.entries(wanted).every(
  ([name, value]) => isDeepStrictEqual(seen[name], value));

/** What the independent script makes of a log: how much it compared; a lie in the log it names. */
export async function rederive(datadir) {
  const state = join(datadir, "..", "state.json");
  writeFileSync(state, JSON.stringify(await replay(datadir, "state")));
  const log = (await try_replay(datadir, "log")).out;
  const honest = await derive(state, log);
  equal([honest.code, honest.code === 0 ? "" : honest.said], [0, ""],
        "the independent script derives the same rewards");
  // One wei more for the first one who is paid.
  const records = log.trim().split("\n").map((line) => JSON.parse(line));
  const lie = records.find(({ kind }) => kind === "periodClosed");
  lie.fact.lines[0].amount = String(BigInt(lie.fact.lines[0].amount) + 1n);
  const caught = await derive(state, records.map((each) => JSON.stringify(each)).join("\n"));
  equal([caught.code, caught.said.startsWith(`record ${lie.seq}: their lines: the log says `)],
        [1, true], "and names the record in which there is a wei too much");
  return JSON.parse(honest.said);
}

async function derive(state, log) {
  const file = join(root, "tests", "functional", "rederive_rewards.py");
  const script = spawn("python3", [file, state]);
  let said = "";
  script.stdout.on("data", (bytes) => (said += bytes));
  script.stderr.on("data", (bytes) => (said += bytes));
  script.stdin.on("error", () => {});  // it stops reading at a difference
  const ended = new Promise((resolve) => script.once("close", resolve));
  script.stdin.end(log);
  return { code: await ended, said };
}

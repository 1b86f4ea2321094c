// The dev contracts as contracts/README.md deploys them, and calls to them by name.
import { concat, getAddress, keccak256, toBeHex, zeroPadValue } from "ethers";
import { Chain, decode_revert } from "./chain.mjs";

export const METIS = 10n ** 18n;
export const FEE = 10n ** 16n; // for the bridge
export const L2_CHAIN_ID = 10880n;
export const L2_TOKEN = "0xDeadDeAddeAddEAddeadDEaDDEAdDeaDDeAD0000";

/** The n-th account: any address will do, since anvil impersonates all. */
export const account = (n) => getAddress(toBeHex(0xacc0_0000 + n, 20));

/** The n-th signer: 64 bytes are a key, whether a point of the curve or not. */
export function signer(n) {
  const pubkey = concat([zeroPadValue("0x07", 32), toBeHex(n, 32)]);
  return { pubkey, address: getAddress(`0x${keccak256(pubkey).slice(26)}`) };
}

export class Deployment {
  /** Starts a chain and deploys; `reverts` collects the text of every refusal seen. */
  static async start(artefacts) {
    const it = new Deployment();
    it.chain = await Chain.start(["--no-mining"]);
    it.artefacts = artefacts;
    it.reverts = new Set();
    it.governance = account(0);
    it.payer = account(1);
    it.mpc = account(2);
    const { LockingInfo, LockingPool, MetisToken } = artefacts;
    const start = (i, args) => i.interface.encodeFunctionData("initialize", args);

    it.token = await it.create("MetisToken", [10_000_000n * METIS]);
    it.bridge = await it.create("DevBridge", []);
    it.admin = await it.create("ProxyAdmin", []);
    const info_code = await it.create("LockingInfo", []);
    it.info = await it.create(
      "TransparentUpgradeableProxy",
      [info_code, it.admin, start(LockingInfo, [it.bridge, it.token, L2_TOKEN, L2_CHAIN_ID])]);
    const pool_code = await it.create("LockingPool", []);
    it.pool = await it.create(
      "TransparentUpgradeableProxy", [pool_code, it.admin, start(LockingPool, [it.info])]);
    it.interfaces = new Map([
      [it.token, MetisToken.interface],
      [it.bridge, artefacts.DevBridge.interface],
      [it.admin, artefacts.ProxyAdmin.interface],
      [it.info, LockingInfo.interface],
      [it.pool, LockingPool.interface],
    ]);
    return it;
  }

  /** Funds an address with ETH. */
  fund(address) {
    return this.chain.rpc("anvil_setBalance", address, toBeHex(1000n * METIS));
  }

  async create(name, args) {
    const { bytecode, interface: abi } = this.artefacts[name];
    const receipt = await this.mine_({
      from: this.governance, data: concat([bytecode, abi.encodeDeploy(args)]) });
    if (Number(receipt.status) !== 1) throw new Error(`the creation of ${name} reverted`);
    return getAddress(receipt.contractAddress);
  }

  /** Mines a call that must succeed; answers with the events of pool and info, in order. */
  async act(from, to, name, args = [], value = 0n) {
    const data = this.interfaces.get(to).encodeFunctionData(name, args);
    const receipt = await this.mine_({ from, to, data, value });
    if (Number(receipt.status) !== 1) {
      const { data: why } = await this.chain.try_call({ from, to, data, value });
      throw new Error(`${name} reverted: ${decode_revert(why, this.interfaces.values())}`);
    }
    const ours = [this.pool, this.info];
    return receipt.logs.filter(({ address }) => ours.includes(getAddress(address)))
      .map((log) => {
        const event = this.interfaces.get(getAddress(log.address)).parseLog(log)
          ?? this.artefacts.TransparentUpgradeableProxy.interface.parseLog(log);
        return [event.name, ...event.args.map(plain)];
      });
  }

  /** Mines a call that must revert with exactly `text`. */
  async refuse(text, from, to, name, args = [], value = 0n) {
    const data = this.interfaces.get(to).encodeFunctionData(name, args);
    const answer = await this.chain.try_call({ from, to, data, value });
    const got = answer.status === 1 ? "success"
      : decode_revert(answer.data, this.interfaces.values());
    if (got !== text) throw new Error(`${name}: wanted refusal "${text}", got "${got}"`);
    const receipt = await this.mine_({ from, to, data, value });
    if (Number(receipt.status) !== 0) throw new Error(`${name} was mined without a revert`);
    this.reverts.add(text);
  }

  /** A view's answer: the value, or an object by name where there are several. */
  async view(to, name, ...args) {
    const abi = this.interfaces.get(to);
    const { data } = await this.chain.try_call(
      { from: this.payer, to, data: abi.encodeFunctionData(name, args) });
    const answer = abi.decodeFunctionResult(name, data);
    if (answer.length === 1) return plain(answer[0]);
    return Object.fromEntries(Object.entries(answer.toObject()).map(([k, v]) => [k, plain(v)]));
  }

  async block() {
    const { number, timestamp } = await this.chain.rpc("eth_getBlockByNumber", "latest", false);
    return { number: BigInt(number), timestamp: BigInt(timestamp) };
  }

  /** The next block's timestamp. */
  at(timestamp) {
    return this.chain.rpc("evm_setNextBlockTimestamp", Number(timestamp));
  }

  async mine_(txn) {
    const hash = await this.chain.send(txn);
    await this.chain.rpc("evm_mine");
    return this.chain.rpc("eth_getTransactionReceipt", hash);
  }
}

const plain = (value) => typeof value === "bigint" || typeof value === "boolean" ? value
  : String(value);

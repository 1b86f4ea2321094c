// Metis's recorded life, lived again on the dev contracts: node metis_life.mjs COMPILED_CONTRACTS
//
// The record was made with Metis's own LockingPool and LockingInfo. Here the same accounts make the
// same calls in the same blocks at the same times. Contract addresses follow from sender and nonce,
// so they come out as recorded, and answers, reverts, logs and views are compared byte for byte.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Interface, getAddress } from "ethers";
import { Chain, decode_revert, load_artefacts, skip } from "./chain.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const artefacts = load_artefacts(process.argv[2]);

function read_life() {
  const path = join(here, "..", "golden", "metis-life-a.json.xz");
  if (!existsSync(path)) skip("the recorded life (tests/golden/metis-life-a.json.xz) is not there");
  const { status, error, stdout } = spawnSync("xz", ["-dc", path], { maxBuffer: 1 << 28 });
  if (error?.code === "ENOENT") skip("no xz to unpack the recorded life");
  if (status !== 0) throw new Error(`xz ended with ${status}`);
  return JSON.parse(stdout);
}

/** The record's wallet is a contract of its own making; ours does the same for the pool. */
function compile_wallet() {
  const solc = createRequire(import.meta.url)("solc");
  const content = readFileSync(join(here, "ForwardingWallet.sol"), "utf8");
  const outputSelection = { "*": { "*": ["abi", "evm.bytecode.object"] } };
  const output = JSON.parse(solc.compile(JSON.stringify({
    language: "Solidity",
    sources: { "ForwardingWallet.sol": { content } },
    settings: { evmVersion: "shanghai", outputSelection },
  })));
  const { abi, evm } = output.contracts["ForwardingWallet.sol"].ForwardingWallet;
  return { bytecode: `0x${evm.bytecode.object}`, interface: new Interface(abi) };
}

const life = read_life();
const wallet = compile_wallet();
const { contracts } = life;
const pool = artefacts.LockingPool.interface;
const info = artefacts.LockingInfo.interface;
const token = artefacts.MetisToken.interface;
const bridge = artefacts.DevBridge.interface;
const proxy = artefacts.TransparentUpgradeableProxy;
const errors = [pool, info];

const interface_at = {
  [contracts.token]: token,
  [contracts.lockingInfo]: info,
  [contracts.lockingPool]: pool,
  [contracts.lockingPoolImplementation]: pool,
  [contracts.walletOwner]: wallet.interface,
};

const creation = (artefact, ...args) =>
  artefact.bytecode + artefact.interface.encodeDeploy(args).slice(2);
const behind_proxy = (implementation, initialiser, step) =>
  creation(proxy, implementation, contracts.proxyAdmin,
           initialiser.encodeFunctionData("initialize", step.args));

/** The creation of our contract in the place of the recorded one. */
const create = {
  [contracts.token]: (step) => creation(artefacts.MetisToken, ...step.args),
  [contracts.bridge]: () => creation(artefacts.DevBridge),
  [contracts.proxyAdmin]: () => creation(artefacts.ProxyAdmin),
  [contracts.lockingInfoImplementation]: () => creation(artefacts.LockingInfo),
  [contracts.lockingInfo]: (step) => behind_proxy(contracts.lockingInfoImplementation, info, step),
  [contracts.lockingPoolImplementation]: () => creation(artefacts.LockingPool),
  [contracts.lockingPool]: (step) => behind_proxy(contracts.lockingPoolImplementation, pool, step),
  [contracts.walletOwner]: () => wallet.bytecode,
};

const compared = { steps: 0, reverts: 0, calldata: 0, logs: 0, views: 0, values: 0 };
const differences = [];

function expect_equal(where, wanted, got) {
  const [w, g] = [JSON.stringify(wanted), JSON.stringify(got)];
  if (w !== g) differences.push(`${where}: wanted ${w}, got ${g}`);
}

const chain = await Chain.start([
  "--no-mining", "--chain-id", String(life.chainId),
  "--timestamp", String(life.blocks[0].timestamp)]);

/** Every address that the record names. */
const addresses = [...new Set([
  ...Object.values(life.accounts),
  ...Object.values(contracts),
  ...Object.values(life.signers).map((signer) => signer.address),
])];
for (const address of new Set(life.steps.map((step) => step.from))) {
  await chain.rpc("anvil_setBalance", address, `0x${(10n ** 21n).toString(16)}`);
}

function compare_revert(step, data) {
  const got = step.status === 1 ? null
    : { selector: data.slice(0, 10), data, decoded: decode_revert(data, errors) };
  expect_equal(`step ${step.n} (${step.what}) revert`, step.revert, got);
  if (step.revert) compared.reverts++;
}

/** Our own encoding of function and arguments must give the recorded calldata: same signatures. */
function compare_calldata(step) {
  if (step.calldata === null) return;
  const data = interface_at[step.to].encodeFunctionData(step.function, step.args);
  expect_equal(`step ${step.n} (${step.what}) calldata`, step.calldata, data);
  compared.calldata++;
}

async function queue(step) {
  compare_calldata(step);
  const data = step.kind === "creation" ? create[step.created](step) : step.calldata;
  const hash = await chain.send({ from: step.from, to: step.to, value: BigInt(step.value), data });
  return { step, hash };
}

async function compare_mined({ step, hash }, position) {
  const receipt = await chain.rpc("eth_getTransactionReceipt", hash);
  const where = `step ${step.n} (${step.what})`;
  expect_equal(`${where} block`, step.blockNumber, Number(receipt.blockNumber));
  expect_equal(`${where} place in the block`, step.txIndex ?? position,
               Number(receipt.transactionIndex));
  expect_equal(`${where} status`, step.status, Number(receipt.status));
  if (step.created) expect_equal(`${where} address`, step.created, receipt.contractAddress);
  let data = "0x";
  if (Number(receipt.status) === 0) {
    const trace = await chain.rpc("debug_traceTransaction", hash, { tracer: "callTracer" });
    data = trace.output ?? "0x";
  }
  compare_revert(step, data);
  compared.steps++;
}

async function compare_call(step) {
  compare_calldata(step);
  const answer = await chain.try_call(
    { from: step.from, to: step.to, value: BigInt(step.value), data: step.calldata },
    step.blockNumber);
  expect_equal(`step ${step.n} (${step.what}) status`, step.status, answer.status);
  compare_revert(step, answer.data);
  compared.steps++;
}

// What names a log once hashes are left out: those of our blocks and transactions are others.
const plain = ({ address, topics, data, blockNumber, transactionIndex, logIndex }) =>
  ({ address, topics, data, blockNumber, transactionIndex, logIndex });

const recorded_addresses =
  [contracts.lockingPool, contracts.lockingInfo, contracts.token, contracts.bridge];

async function compare_logs(block) {
  const by_index = (a, b) => Number(a.logIndex) - Number(b.logIndex);
  const tag = `0x${block.toString(16)}`;
  const wanted = [...life.logs, ...life.otherLogs]
    .filter((log) => log.blockNumber === tag).sort(by_index).map(plain);
  const got = await chain.rpc(
    "eth_getLogs", { fromBlock: tag, toBlock: tag, address: recorded_addresses });
  expect_equal(`block ${block} logs`, wanted, got.sort(by_index).map(plain));
  compared.logs += wanted.length;
}

async function read(to, abi, name, args, block) {
  const data = abi.encodeFunctionData(name, args);
  const answer = await chain.try_call({ from: life.accounts.stranger, to, data }, block);
  return abi.decodeFunctionResult(name, answer.data);
}

const as_text = (value) => typeof value === "string" && value.startsWith("0x")
  ? value.toLowerCase() : value.toString();

async function compare_view(view) {
  const block = view.blockNumber;
  const of_pool = async (name, ...args) => read(contracts.lockingPool, pool, name, args, block);
  const of_info = async (name, ...args) => read(contracts.lockingInfo, info, name, args, block);
  const one = async (answer) => as_text((await answer)[0]);
  const map = async (keys, ask) => {
    const values = await Promise.all(keys.map((key) => ask(key)));
    return keys.map((key, i) => [key, values[i][0]]);
  };
  const as_map = (entries, text = as_text) =>
    Object.fromEntries(entries.map(([key, value]) => [key, text(value)]));

  const sequencers = {};
  const total = Number(await one(of_pool("totalSequencers")));
  for (let id = 1; id <= total; id++) {
    const s = await of_pool("sequencers", id);
    const fields = Object.entries(s.toObject()).map(([name, value]) =>
      [name, name === "status" ? Number(value) : as_text(value)]);
    sequencers[id] = Object.fromEntries(fields);
  }
  const batch = await of_pool("curBatchState");
  const ask_token = (address) =>
    read(contracts.token, token, "balanceOf", [getAddress(address)], block);
  const ask_l2 = (address) => read(contracts.bridge, bridge, "l2Balances",
                                   [life.l2ChainId, contracts.l2Token, address], block);
  const got = {
    sequencers,
    totalSequencers: String(total),
    totalLocked: await one(of_info("totalLocked")),
    totalRewardsLiquidated: await one(of_info("totalRewardsLiquidated")),
    curBatchState: Object.fromEntries(
      Object.entries(batch.toObject()).map(([name, value]) => [name, as_text(value)])),
    rewardPerBlock: await one(of_pool("rewardPerBlock")),
    minLock: await one(of_info("minLock")),
    maxLock: await one(of_info("maxLock")),
    exitDelayPeriod: await one(of_pool("exitDelayPeriod")),
    signerUpdateThrottle: await one(of_pool("signerUpdateThrottle")),
    mpcAddress: await one(of_pool("mpcAddress")),
    rewardPayer: await one(of_info("rewardPayer")),
    manager: await one(of_info("manager")),
    poolOwner: await one(of_pool("owner")),
    infoOwner: await one(of_info("owner")),
    paused: (await of_pool("paused"))[0],
    seqStatuses: {},
    seqOwners: as_map(await map(addresses, (a) => of_pool("seqOwners", a))),
    seqSigners: as_map(await map(addresses, (a) => of_pool("seqSigners", a))),
    whitelist: as_map(await map(addresses, (a) => of_pool("whitelist", a)), (yes) => yes),
    tokenBalances: as_map(await map(addresses, ask_token)),
    l2Balances: as_map(await map(addresses, ask_l2)),
    ethBalances: {},
  };
  for (const status of [0, 1, 2, 3]) {
    got.seqStatuses[status] = await one(of_pool("seqStatuses", status));
  }
  for (const address of Object.keys(view.ethBalances)) {
    const tag = `0x${block.toString(16)}`;
    got.ethBalances[address] = BigInt(await chain.rpc("eth_getBalance", address, tag)).toString();
  }

  // Absent means 0 in the record's maps, but a 0 may be written, too.
  const without_zeros = (map_) =>
    Object.entries(map_).filter(([, value]) => value !== "0" && value !== false);
  for (const [name, wanted] of Object.entries(view)) {
    if (name === "afterStep" || name === "blockNumber") continue;
    const where = `view after step ${view.afterStep}, ${name}`;
    if (["seqOwners", "seqSigners", "whitelist", "tokenBalances", "l2Balances"].includes(name)) {
      expect_equal(where, without_zeros(wanted).sort(), without_zeros(got[name]).sort());
      compared.values += addresses.length;
    } else if (name === "sequencers") {
      for (const id of new Set([...Object.keys(wanted), ...Object.keys(got.sequencers)])) {
        expect_equal(`${where} ${id}`, wanted[id], got.sequencers[id]);
        compared.values += Object.keys(wanted[id] ?? {}).length;
      }
    } else {
      expect_equal(where, wanted, got[name]);
      compared.values += typeof wanted === "object" ? Object.keys(wanted).length : 1;
    }
  }
  compared.views++;
}

function at_block(list) {
  const groups = new Map();
  for (const entry of list) {
    groups.set(entry.blockNumber, [...(groups.get(entry.blockNumber) ?? []), entry]);
  }
  return groups;
}
const mined = at_block(life.steps.filter((step) => step.kind !== "call"));
const tried = at_block(life.steps.filter((step) => step.kind === "call"));
const views = at_block(life.views);

for (const { number, timestamp } of life.blocks) {
  if (number > 0) {
    const queued = [];
    for (const step of mined.get(number) ?? []) queued.push(await queue(step));
    await chain.rpc("evm_setNextBlockTimestamp", timestamp);
    await chain.rpc("evm_mine");
    const block = await chain.rpc("eth_getBlockByNumber", "latest", false);
    expect_equal(`block ${number}`, { number, timestamp, txns: queued.length },
                 { number: Number(block.number), timestamp: Number(block.timestamp),
                   txns: block.transactions.length });
    for (const [position, entry] of queued.entries()) await compare_mined(entry, position);
    await compare_logs(number);
  }
  for (const view of views.get(number) ?? []) await compare_view(view);
  for (const step of tried.get(number) ?? []) await compare_call(step);
}

const all = {
  steps: life.steps.length,
  reverts: life.steps.filter((step) => step.revert).length,
  calldata: life.steps.filter((step) => step.calldata !== null).length,
  logs: life.logs.length + life.otherLogs.length,
  views: life.views.length,
};
console.log("compared with Metis's recorded life, of all it holds:");
for (const [what, number] of Object.entries(all)) {
  console.log(`  ${what.padEnd(9)} ${compared[what]} of ${number}`);
}
console.log(`  values    ${compared.values} in the views`);
console.log(`not compared, since our code is not theirs:
  hashes of blocks and transactions, gas
  constructor arguments of the proxy admin and what it logs
  the inside of token, bridge, proxies and wallet contract, for which ours stand in
and for want of a record: ETH of accounts other than the contracts`);
for (const [what, number] of Object.entries(all)) {
  if (compared[what] !== number) differences.push(`only ${compared[what]} of ${number} ${what}`);
}
for (const difference of differences) console.error(`DIFFERS ${difference}`);
console.log(`${differences.length} differences`);
process.exit(differences.length === 0 ? 0 : 1);

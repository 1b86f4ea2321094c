// The L2 port beside geth: each request of execution-apis that was recorded with geth's answer is
// asked here, on a chain with the recorded contracts and transactions, and the answers' shapes are
// compared: a result or an error, the error's code, the members, and the kind of each value.
//
//   node conformance.mjs DIRECTORY_OF_THE_BINARIES [anvil|geth] [DIRECTORY_OF_THE_RECORDS]
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { concat, decodeRlp, encodeRlp, getCreateAddress, keccak256, toBeArray, Transaction }
  from "ethers";
import { ask, equal, geth, GWEI, has_geth, L2_CHAIN_ID, Network, root, skip, test }
  from "./network.mjs";

const engine = process.argv[3] ?? "anvil";
const records = process.argv[4]
  ?? join(root, "..", "shared", "vectors", "ethereum", "execution-apis", "tests");

// Offered, and other than geth's for a reason: the record's name, and why.
const none_here = "transactions of types 3 and 4 are not taken, so that none is there";
const exceptions = {
  "eth_sendRawTransaction/send-blob-tx": "blob transactions are not taken",
  "eth_getTransactionByHash/get-blob-tx": none_here,
  "eth_getTransactionByHash/get-setcode-tx": none_here,
  "eth_getTransactionReceipt/get-blob-tx": none_here,
  "eth_getTransactionReceipt/get-setcode-tx": none_here,
};

// The recorded blocks whose transactions are sent again: contracts and calls of them, type 1,
// type 2, and the head.
const sent_again = [1, 2, 3, 4, 0x18, 0x1b, 0x36];
// Burns gas in logs, some fifty times.
const burner = "0x8dcd17433742f4c0ca53122ab541d0ba67fc27ff";
// Logs what it is called with; stands in the recorded genesis.
const emitter = "0x7dcd17433742f4c0ca53122ab541d0ba67fc27df";
const emitter_code = "3680600080376000206000548082558060010160005560005263656d697460206000a2";
// Accounts of the recorded genesis that callers name.
const rich = ["0x0c2c51a0990aee1d73c1228de158688341557508",
              "0x14e46043e63d0e3cdcf2530519f4cfaf35058cb2"];

const number_of = (quantity) => Number(BigInt(quantity));
const hex = (value) => `0x${value.toString(16)}`;

/** `{name, method, params, answer}` of each recorded request. */
function recorded_requests() {
  const out = [];
  for (const method of readdirSync(records, { withFileTypes: true })) {
    if (!method.isDirectory()) continue;
    for (const file of readdirSync(join(records, method.name)).sort()) {
      const lines = readFileSync(join(records, method.name, file), "utf8").split("\n");
      const said = (mark) => lines.filter((line) => line.startsWith(mark))
        .map((line) => JSON.parse(line.slice(mark.length)));
      const answers = said("<< ");
      for (const [i, { method: name, params = [] }] of said(">> ").entries()) {
        out.push({ name: `${method.name}/${file.replace(/\.io$/, "")}`, method: name, params,
                   answer: answers[i] });
      }
    }
  }
  return out;
}

/** Its blocks: `{number, hash, parent, txns}`, without transactions of types 3 and 4. */
function recorded_chain() {
  const bytes = readFileSync(join(records, "chain.rlp"));
  const length = toBeArray(bytes.length);
  return decodeRlp(concat([Uint8Array.of(0xf7 + length.length), length, bytes])).map(
    ([header, txns]) => ({
      number: number_of(header[8]),
      hash: keccak256(encodeRlp(header)),
      parent: header[0],
      txns: txns.map((txn) => Array.isArray(txn) ? encodeRlp(txn) : txn)
        .filter((raw) => !/^0x0[34]/.test(raw)).map((raw) => Transaction.from(raw)),
    }));
}

/** What stands in the requests for the recorded chain, and what there is here in its place. */
class Substitutes {
  words = new Map();    // addresses, hashes, topics
  numbers = new Map();  // of blocks

  set(recorded, here) {
    this.words.set(recorded.toLowerCase(), here.toLowerCase());
  }
  /** The same text with every address, hash and topic that is known of this chain. */
  in_text(text) {
    return text.replace(/[0-9a-f]{64}|[0-9a-f]{40}/gi, (word) =>
      this.words.get(`0x${word.toLowerCase()}`)?.slice(2) ?? word);
  }
  /** A block that is not there is as far beyond the head, or before it, as it was; the latest is the
   * last of the recorded ones: what is sent while asking makes others. */
  block(recorded) {
    if (recorded === "latest") return hex(Math.max(...this.numbers.values()));
    if (!/^0x[0-9a-f]+$/.test(recorded) || recorded.length === 66) return recorded;
    const number = number_of(recorded);
    if (number === 0) return recorded;
    const here = this.numbers.get(number);
    if (here !== undefined) return hex(here);
    return hex(number < 0x2f ? Math.max(...this.numbers.values())
      : Math.max(0, this.head - (0x36 - number)));
  }
}

/** A recorded transaction as an account of this chain sends it. */
const again = (txn, wallet, nonce, substitutes) => wallet.signTransaction({
  type: txn.type, chainId: L2_CHAIN_ID, nonce, value: txn.value, gasLimit: 500_000n,
  to: txn.to && substitutes.in_text(txn.to), data: txn.data,
  ...txn.type === 2 ? { maxFeePerGas: 20n * GWEI, maxPriorityFeePerGas: GWEI }
    : { gasPrice: 20n * GWEI },
  ...txn.type === 0 ? {}
    : { accessList: JSON.parse(substitutes.in_text(JSON.stringify(txn.accessList))) },
});

/** Sends all before the next block, and waits for that: their receipts. */
async function in_one_block(network, raws) {
  const hashes = await network.batch(raws.map((raw) => ["eth_sendRawTransaction", raw]));
  const receipts = await Promise.all(hashes.map((each) => network.receipt(each)));
  if (receipts.some(({ status }) => status !== "0x1")) throw new Error("a transaction failed");
  return receipts;
}

/** Makes the recorded chain's contents on this one. */
async function send_again(network) {
  const chain = recorded_chain();
  const out = new Substitutes();
  const [, wallet, idle, sender] = network.wallets;
  for (const account of rich) out.set(account, idle.address);
  let nonce = 0;
  const initcode = `0x60${(emitter_code.length / 2).toString(16)}600c60003960`
    + `${(emitter_code.length / 2).toString(16)}6000f3${emitter_code}`;
  const [made] = await in_one_block(network, [
    await again({ type: 0, to: null, value: 0n, data: initcode }, wallet, nonce++, out)]);
  out.set(emitter, made.contractAddress);
  for (const number of sent_again) {
    const txns = chain[number - 1].txns.filter(({ to }) => to?.toLowerCase() !== burner);
    const raws = [];
    for (const txn of txns) raws.push(await again(txn, wallet, nonce++, out));
    const receipts = await in_one_block(network, raws);
    for (const [i, receipt] of receipts.entries()) out.set(txns[i].hash, receipt.transactionHash);
    for (const [i, { contractAddress }] of receipts.entries()) {
      if (contractAddress) out.set(getCreateAddress(txns[i]), contractAddress);
    }
    out.numbers.set(number, number_of(receipts[0].blockNumber));
    out.set(chain[number - 1].hash, receipts[0].blockHash);
  }
  out.set(chain[0].parent, (await network.rpc("eth_getBlockByNumber", "0x0", false)).hash);
  const head = await network.rpc("eth_getBlockByNumber", "latest", false);
  out.head = number_of(head.number);
  for (const { number, hash } of chain) {
    if (!out.numbers.has(number)) out.set(hash, head.hash);
  }
  out.sender = sender;
  return out;
}

const block_places = {
  eth_getBlockByNumber: 0, eth_getBlockReceipts: 0, eth_getBlockTransactionCountByNumber: 0,
  eth_getTransactionByBlockNumberAndIndex: 0, eth_feeHistory: 1,
};

/** The parameters as they are asked here. */
async function params_here({ method, params }, substitutes) {
  if (method === "eth_sendRawTransaction") {
    if (params[0].startsWith("0x03")) return params;
    const txn = Transaction.from(params[0]);
    substitutes.sent = (substitutes.sent ?? -1) + 1;
    return [await again(txn, substitutes.sender, substitutes.sent, substitutes)];
  }
  const out = JSON.parse(substitutes.in_text(JSON.stringify(params)));
  const place = block_places[method];
  if (place !== undefined) out[place] = substitutes.block(out[place]);
  const [first] = out;
  for (const name of ["fromBlock", "toBlock"]) {
    if (first?.[name]) first[name] = substitutes.block(first[name]);
  }
  // The fees of the recorded chain would be refused here.
  for (const name of ["gasPrice", "maxFeePerGas"]) {
    if (first?.[name]) first[name] = hex(20n * GWEI);
  }
  return out;
}

// Bytes of any length, and quantities that may be as long as a hash or an address.
const bytes = new Set(["input", "data", "extraData", "proof", "accountProof", "eth_call",
                       "eth_getCode"]);
const quantities = new Set(["r", "s", "key", "value", "balance"]);

function kind(value, name) {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value !== "string") return typeof value;
  if (bytes.has(name)) return /^0x([0-9a-f]{2})*$/.test(value) ? "bytes" : "text";
  const is_quantity = /^0x(0|[1-9a-f][0-9a-f]*)$/.test(value);
  if (quantities.has(name)) return is_quantity ? "a quantity" : "text";
  if (name === "nonce" && value.length === 18) return "8 bytes";
  for (const size of [20, 32, 256]) {
    if (value.length === 2 + 2 * size && /^0x[0-9a-f]+$/.test(value)) return `${size} bytes`;
  }
  return is_quantity ? "a quantity" : /^\d+$/.test(value) ? "a decimal" : "text";
}

/** How a value differs in shape from the recorded one: reasons, none if it does not. */
function differences(theirs, ours, name, at = "") {
  const [wanted, got] = [kind(theirs, name), kind(ours, name)];
  if (wanted !== got) return [`${at || "the result"} is ${got}, not ${wanted}`];
  if (wanted === "a list") {
    if (theirs.length === 0) return [];  // of what, is not recorded
    if (ours.length === 0) return at === "" ? ["an empty list"] : [];
    // Each is like one of theirs.
    return ours.flatMap((each, i) => theirs.map((one) => differences(one, each, name, `${at}[${i}]`))
      .sort((a, b) => a.length - b.length)[0]).slice(0, 3);
  }
  if (wanted !== "object") return [];
  const names = new Set([...Object.keys(theirs), ...Object.keys(ours)]);
  return [...names].flatMap((each) => {
    const path = at ? `${at}.${each}` : each;
    if (!(each in ours)) return [`no ${path}`];
    if (!(each in theirs)) return [`${path} besides`];
    return differences(theirs[each], ours[each], each, path);
  });
}

/** A recorded answer as geth would give it of a chain with the newest fork from its first block. */
function of_today(value, newest_block) {
  if (Array.isArray(value)) return value.map((each) => of_today(each, newest_block));
  if (value === null || typeof value !== "object") return value;
  const out = Object.fromEntries(Object.entries(value).map(
    ([name, each]) => [name, of_today(each, newest_block)]));
  if ("receiptsRoot" in out) return { ...newest_block, transactions: [], ...out };
  if ("root" in out && "cumulativeGasUsed" in out) {
    delete out.root;
    out.status = "0x1";
  }
  if (out.type === "0x0" && "gasPrice" in out) out.chainId = "0x1";  // since EIP-155
  return out;
}

/** Nothing where the answers have the same shape, else why not. */
function difference(theirs, ours, method) {
  if ("error" in theirs !== "error" in ours) {
    return "error" in ours ? `error ${ours.error.code} ${ours.error.message}`
      : `a result where error ${theirs.error.code} is due`;
  }
  if (!("error" in theirs)) return differences(theirs.result, ours.result, method).join("; ");
  if (theirs.error.code !== ours.error.code) {
    return `error ${ours.error.code} ${ours.error.message}, not ${theirs.error.code}`;
  }
  return "data" in theirs.error === "data" in ours.error ? "" : "the error's data";
}

function print(rows) {
  const methods = [...new Set(rows.map(({ method }) => method))];
  const line = (name, counts) =>
    console.log(`${name.padEnd(42)}${counts.map((each) => String(each).padStart(12)).join("")}`);
  line("method", ["same shape", "differ", "not offered"]);
  const count = (of, verdict) => of.filter((row) => row.verdict === verdict).length;
  const counts = (of) => ["same", "differs", "not offered"].map((each) => count(of, each));
  for (const method of methods) line(method, counts(rows.filter((row) => row.method === method)));
  line(`total ${rows.length}`, counts(rows));
  for (const { name, verdict, why } of rows) {
    if (verdict !== "differs") continue;
    console.log(`${name}: ${why}${name in exceptions ? `\n  on purpose: ${exceptions[name]}` : ""}`);
  }
}

await test(async () => {
  if (!existsSync(records)) skip(`no recorded requests at ${records}`);
  if (engine === "geth" && !has_geth) skip(`no geth at ${geth} (./run --engine geth gets one)`);
  const requests = recorded_requests();
  const newest_block = requests.find(({ name }) => name === "eth_getBlockByNumber/get-latest")
    .answer.result;
  const network = await Network.start({ engine });
  const substitutes = await send_again(network);
  const rows = [];
  for (const request of requests) {
    const params = await params_here(request, substitutes);
    const ours = await ask(network.l2, request.method, ...params);
    const why = difference(of_today(request.answer, newest_block), ours, request.method);
    rows.push({ ...request, why, verdict: ours.error?.code === -32601 ? "not offered"
      : why ? "differs" : "same" });
  }
  print(rows);
  const differ = rows.filter(({ verdict }) => verdict === "differs").map(({ name }) => name);
  equal(differ.filter((name) => !(name in exceptions)), [],
        "what is offered has the shape of geth's answers, but for the exceptions");
  equal(Object.keys(exceptions).filter((name) => !differ.includes(name)), [],
        "each exception is still one");
  await network.stop();
});

// An anvil of the test's own, and what a test says to it.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { AbiCoder, Interface, toQuantity } from "ethers";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const binary = join(root, "node_modules", "@foundry-rs", "anvil-linux-amd64", "bin", "anvil");

/** Ends the test as skipped (77), saying why. */
export function skip(reason) {
  console.log(`skipped: ${reason}`);
  process.exit(77);
}

/** The abi and bytecode of each compiled contract in `directory`, by name, with its Interface. */
export function load_artefacts(directory) {
  if (!directory) {
    console.error("usage: node TEST.mjs DIRECTORY_OF_COMPILED_CONTRACTS");
    process.exit(2);
  }
  const names = ["MetisToken", "DevBridge", "LockingInfo", "LockingPool", "ProxyAdmin",
                 "TransparentUpgradeableProxy"];
  return Object.fromEntries(names.map((name) => {
    const { abi, bytecode } = JSON.parse(readFileSync(join(directory, `${name}.json`), "utf8"));
    return [name, { abi, bytecode, interface: new Interface(abi) }];
  }));
}

/** What a revert says: a require's text, `Name()` of a custom error, or `Panic(0x11)`. */
export function decode_revert(data, interfaces) {
  if (!data || data === "0x") return "";
  const coder = AbiCoder.defaultAbiCoder();
  const body = `0x${data.slice(10)}`;
  if (data.startsWith("0x08c379a0")) return coder.decode(["string"], body)[0];
  if (data.startsWith("0x4e487b71")) {
    return `Panic(0x${coder.decode(["uint256"], body)[0].toString(16).padStart(2, "0")})`;
  }
  for (const i of interfaces) {
    const error = i.parseError(data);
    if (error) return error.signature;
  }
  return data;
}

/** An anvil without mining of its own unless told; every sender is unlocked, gas costs nothing. */
export class Chain {
  /** Starts it on a free port; `options` are further flags of anvil. */
  static async start(options = []) {
    if (!existsSync(binary)) skip("no anvil: npm ci installs it on Linux x86-64 only");
    const chain = new Chain();
    chain.home_ = mkdtempSync(join(tmpdir(), "horae-contracts-"));
    chain.process_ = spawn(
      binary,
      ["--port", "0", "--auto-impersonate", "--order", "fifo", "--base-fee", "0", "--no-cors",
       "--cache-path", join(chain.home_, "cache"), ...options],
      { env: { ...process.env, HOME: chain.home_ }, stdio: ["ignore", "pipe", "inherit"] });
    const end = () => {
      chain.process_.kill("SIGKILL");
      rmSync(chain.home_, { recursive: true, force: true, maxRetries: 5 });
    };
    process.once("exit", end);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      process.once(signal, () => process.exit(1));
    }
    chain.url_ = await new Promise((resolve, reject) => {
      let said = "";
      chain.process_.stdout.on("data", (bytes) => {
        if (said === null) return; // read on, or the pipe fills and anvil stands still
        said += bytes;
        const match = said.match(/Listening on (\S+:\d+)/);
        if (match) {
          said = null;
          resolve(`http://${match[1]}`);
        }
      });
      chain.process_.once("exit", (code) => reject(new Error(`anvil ended with ${code}: ${said}`)));
    });
    return chain;
  }

  /** One JSON-RPC call: `{result}` or `{error}`. */
  async ask(method, ...params) {
    const answer = await fetch(this.url_, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    return answer.json();
  }

  async rpc(method, ...params) {
    const { result, error } = await this.ask(method, ...params);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  /** Queues a transaction and returns its hash. */
  send({ from, to, value = 0n, data = "0x" }) {
    // Gas is given, so that what reverts is mined as well and nothing is estimated.
    const gas = toQuantity(6_000_000);
    const txn = { from, data, value: toQuantity(value), gas, gasPrice: "0x0" };
    return this.rpc("eth_sendTransaction", to ? { ...txn, to } : txn);
  }

  /** Tries a call at the end of `block`: `{status, data}`, data being answer or revert. */
  async try_call({ from, to, value = 0n, data }, block = "latest") {
    const { result, error } = await this.ask(
      "eth_call", { from, to, value: toQuantity(value), data },
      typeof block === "number" ? toQuantity(block) : block);
    if (!error) return { status: 1, data: result };
    if (typeof error.data !== "string") throw new Error(`eth_call: ${error.message}`);
    return { status: 0, data: error.data };
  }
}

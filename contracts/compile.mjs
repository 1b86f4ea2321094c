// Compiles the dev contracts: node compile.mjs OUT_DIR
// Writes OUT_DIR/<Name>.json {abi, bytecode} for each contract that is deployed. Needs no network.
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "..", "node_modules");

// Where each deployed contract is defined; the list in CMakeLists.txt says the same.
const deployed = {
  MetisToken: "MetisToken.sol",
  DevBridge: "DevBridge.sol",
  LockingInfo: "LockingInfo.sol",
  LockingPool: "LockingPool.sol",
  ProxyAdmin: "@openzeppelin/contracts/proxy/transparent/ProxyAdmin.sol",
  TransparentUpgradeableProxy:
    "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol",
};

function fail(code, message) {
  process.stderr.write(`compile.mjs: ${message}\n`);
  process.exit(code);
}

if (process.argv.length !== 3) fail(2, "usage: node compile.mjs OUT_DIR");
const out = process.argv[2];

let solc;
try {
  solc = createRequire(import.meta.url)("solc");
} catch {
  fail(1, "the compiler is not installed: run `npm ci` at the repository's root");
}

const read = (path) => readFileSync(path, "utf8");
const sources = {};
for (const file of readdirSync(here)) {
  if (file.endsWith(".sol")) sources[file] = { content: read(join(here, file)) };
}
for (const file of Object.values(deployed)) {
  sources[file] ??= { content: read(join(modules, file)) };
}

const input = {
  language: "Solidity",
  sources,
  settings: {
    evmVersion: "shanghai",
    optimizer: { enabled: true, runs: 800 },
    // No hash of the sources at the code's end: a comment changes no bytecode.
    metadata: { bytecodeHash: "none" },
    outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
  },
};
const findImport = (path) => {
  try {
    return { contents: read(join(modules, path)) };
  } catch {
    return { error: `${path} is not there` };
  }
};

const output = JSON.parse(solc.compile(JSON.stringify(input), { import: findImport }));
const complaints = (output.errors ?? []).filter((e) => e.severity !== "info");
if (complaints.length > 0) fail(1, complaints.map((e) => e.formattedMessage).join("\n"));

mkdirSync(out, { recursive: true });
for (const [name, file] of Object.entries(deployed)) {
  const { abi, evm } = output.contracts[file][name];
  const path = join(out, `${name}.json`);
  // Renamed into place: a build that is interrupted leaves no half file behind.
  const artefact = JSON.stringify({ abi, bytecode: `0x${evm.bytecode.object}` });
  writeFileSync(`${path}.new`, `${artefact}\n`);
  renameSync(`${path}.new`, path);
}

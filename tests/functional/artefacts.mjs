// The compiled dev contracts of the build under test.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Interface } from "ethers";

/** abi, bytecode and Interface of a contract; the build's directory has them beside bin/. */
export function load_artefact(name) {
  const file = join(dirname(process.argv[2] ?? "."), "contracts", `${name}.json`);
  const { abi, bytecode } = JSON.parse(readFileSync(file, "utf8"));
  return { abi, bytecode, interface: new Interface(abi) };
}

// docs/operating.md, followed step by step: its blocks are run in their order in an empty directory, in
// the terminals that they name, and none may fail. Ports are others, and a reward batch comes sooner.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { free_port } from "./anvil.mjs";
import { check, equal, make_home, ok, Program, root, test, until } from "./network.mjs";

const bin = process.argv[2];
const home = make_home();
const env = {
  ...process.env,
  PATH: `${bin}:${join(root, "node_modules/@foundry-rs/cast-linux-amd64/bin")}:${process.env.PATH}`,
};

/** The blocks of a page that are to be typed: the terminal (3 where none is named) and the text. */
function blocks_of(page) {
  const text = readFileSync(join(root, "docs", page), "utf8");
  return [...text.matchAll(/^```sh(?: terminal=(\d))?\n([\s\S]*?)^```$/gm)]
    .map(([, terminal = "3", block]) => ({ terminal, block }));
}

/** A shell that is typed into. */
class Shell {
  constructor() {
    this.program = new Program("a terminal", "bash", ["--norc"],
                               { cwd: home, env, stdio: ["pipe", "pipe", "pipe"] });
    this.typed = 0;
  }
  /** Runs a block to its end; fails with the first command that fails. */
  async type(block) {
    const mark = `@@${++this.typed}`;
    const before = this.program.said.length;
    this.program.process.stdin.write(
      `set -euo pipefail\ntrap 'echo "${mark} failed: $BASH_COMMAND"' ERR\n${block}\n` +
      `trap - ERR\necho "${mark} done"\n`);
    await until(`the end of\n${block}`,
                () => this.program.end || this.program.said.includes(mark), { seconds: 180 });
    const said = this.program.said.slice(before);
    check(said.includes(`${mark} done`) && !this.program.end, block.split("\n")[0], said.slice(-3000));
    return said;
  }
}

await test(async () => {
  const [rpc, ops] = [await free_port(), await free_port()];
  const here = (block) => block
    .replace(/^horae dev .*$/m, "exec $& --l1-port 0 --l2-port 0 --ops-port 0")
    .replace(/^horae run .*$/m, "exec $&")
    .replace("--rewards-period-s 60", `--rewards-period-s 10 --rpc-port ${rpc} --ops-port ${ops}`)
    .replaceAll("127.0.0.1:8545", `127.0.0.1:${rpc}`)
    .replaceAll("127.0.0.1:8560", `127.0.0.1:${ops}`);

  const left_running = new Map();
  const shell = new Shell();
  for (const { terminal, block } of blocks_of("operating.md")) {
    if (block.includes("set_up ")) continue; // the binaries are built
    if (terminal === "3") {
      await shell.type(here(block));
      continue;
    }
    const before = left_running.get(terminal);
    if (before) {
      before.signal("SIGINT");
      equal((await before.wait()).code, 0, `terminal ${terminal}: Ctrl-C ends it in order`);
    }
    const program = new Program(block.trim(), "bash", ["-c", here(block)], { cwd: home, env });
    left_running.set(terminal, program);
    await until(`terminal ${terminal} to be ready`,
                () => program.end || /is ready, without its node|JSON-RPC on /.test(program.said));
    check(!program.end, block.trim(), program.said);
  }
  for (const program of [...left_running.values()].reverse()) {
    program.signal("SIGINT");
    equal((await program.wait()).code, 0, `${program.name} ends in order`);
  }
  ok("the guide was followed to its end");
});
